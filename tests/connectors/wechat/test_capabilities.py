"""What an account's kind cannot do is switched off before WeChat is asked."""

from __future__ import annotations

import pytest

from connectors.wechat import capabilities
from connectors.wechat.capabilities import KINDS
from connectors.wechat.errors import PlatformRefused
from connectors.wechat.platform import Platform


def test_the_table_of_kinds():
    can = {kind: {name for name in vars(what) if getattr(what, name)} for kind, what in KINDS.items()}
    everything = can["verified_service"]
    assert can["unverified_subscription"] == {"choice_ids"}
    assert can["verified_subscription"] == {"choice_ids", "customer_messages", "followers", "menu"}
    assert can["unverified_service"] == {"choice_ids", "menu"}
    assert everything - can["sandbox"] == {"pay", "choice_ids"}
    assert capabilities.off("verified_service") == []
    assert "customer_messages" in capabilities.off("unverified_service")


class Untouched:
    """A token store that nobody may ask."""

    def load(self):
        raise AssertionError("a call went out")

    save = lock = load


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("message/custom/send", "customer_messages"),
        ("message/custom/typing", "customer_messages"),
        ("customservice/getonlinekflist", "customer_messages"),
        ("menu/create", "menu"),
        ("message/template/send", "templates"),
        ("qrcode/create", "qr_scenes"),
        ("/cityservice/sendchannelmsg", "templates"),
        ("/customservice/kfaccount/add", "customer_messages"),
        ("draft/add", "followers"),
        ("message/mass/sendall", "followers"),
        ("tags/create", "followers"),
    ],
)
def test_a_call_that_the_kind_cannot_make_is_refused_without_asking(kind, path, name):
    platform = Platform("wx1", "s", "http://127.0.0.1:9", Untouched(), kind=kind)
    expected = AssertionError if getattr(KINDS[kind], name) else PlatformRefused
    with pytest.raises(expected) as caught:
        platform.call(path, {})
    if expected is PlatformRefused:
        assert (caught.value.code, caught.value.reason) == (48001, "no_permission")


def test_everybody_may_ask_for_a_token():
    assert all(capabilities.allows(kind, "stable_token") for kind in KINDS)
