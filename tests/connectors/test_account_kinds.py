"""What the connector switches off for a kind of account is what the platform would refuse: two tables, kept apart."""

from __future__ import annotations

import pytest

from connectors.simulator import kinds
from connectors.simulator.errors import PlatformError
from connectors.wechat import capabilities

CALLS = [
    *("message/custom/send", "message/custom/typing", "message/template/send", "message/subscribe/bizsend"),
    *("menu/create", "qrcode/create", "tags/create", "user/tag/get", "draft/add", "freepublish/submit"),
    *("message/mass/sendall", "customservice/getonlinekflist", "/cityservice/sendchannelmsg", "media/get"),
]


@pytest.mark.parametrize("kind", sorted(capabilities.KINDS))
@pytest.mark.parametrize("call", CALLS)
def test_a_call_is_switched_off_where_wechat_would_refuse_it(kind, call):
    try:
        kinds.check(kind, call if call.startswith("/") else f"/cgi-bin/{call}")
        taken = True
    except PlatformError:
        taken = False
    assert capabilities.allows(kind, call) == taken


@pytest.mark.parametrize("kind", sorted(capabilities.KINDS))
def test_a_kind_may_sign_in_on_both_sides_or_on_none(kind):
    assert capabilities.of(kind).oauth == kinds.may(kind, kinds.OAUTH)
