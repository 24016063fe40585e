"""Push and sign-in over the connector, with our names for what can go wrong."""

from __future__ import annotations

import pytest

from bot.errors import BadInput, Unavailable
from bot.host import templates
from bot.host.oauth import WeChatOAuth
from bot.host.push import WeChatPush
from bot.push.port import Card, PushLater, PushRefused, PushUnknown
from connectors.wechat.errors import PlatformLater, PlatformNotReached, PlatformRefused
from tests.factories import RULES


class Platform:
    def __init__(self, failure=None):
        self.sent, self.failure = [], failure

    def send_custom(self, openid, payload):
        if self.failure:
            raise self.failure
        self.sent.append((openid, payload))

    def upload_image(self, content):
        if self.failure:
            raise self.failure
        return f"M-{len(content)}"


def push(platform, quota=None):
    return WeChatPush(platform, rules=RULES, quota=quota)


def test_behaviour_14_a_used_up_day_closes_this_way_and_no_other():
    """Not before midnight: a stopped clinic must not wait for it while a template would go."""
    with pytest.raises(PushRefused, match="day_quota"):
        push(Platform(PlatformLater(45009, "day_quota"))).send(openid="o", reply={"text": "停诊"})


class OAuth:
    def __init__(self, failure=None):
        self.failure = failure

    def authorize_url(self, redirect_uri, state):
        return f"https://open.example?{redirect_uri}&{state}"

    def exchange(self, code):
        if self.failure:
            raise self.failure
        return f"o-{code}"


def test_a_reply_goes_out_in_as_many_messages_as_it_needs():
    platform = Platform()
    reply = {"text": "很" * 1500, "choices": [{"label": "好", "id": "1-1-x"}]}
    push(platform).send(openid="o-one", reply=reply)
    bodies = [payload["text"]["content"] for _, payload in platform.sent]
    assert len(bodies) == 3
    assert all(len(body.encode()) <= 2048 for body in bodies)
    assert sum(body.count("很") for body in bodies) == 1500
    assert "msgmenuid=1-1-x" in bodies[-1]
    assert {openid for openid, _ in platform.sent} == {"o-one"}


def test_a_picture_is_uploaded_and_sent_by_its_id():
    platform = Platform()
    push(platform).send(openid="o-one", reply={"image": b"12345"})
    assert platform.sent == [("o-one", {"msgtype": "image", "image": {"media_id": "M-5"}})]
    for failure, raised in (
        (PlatformRefused(40006, "bad_data"), PushRefused),
        (PlatformLater(0, "network"), PushLater),
    ):
        with pytest.raises(raised):
            push(Platform(failure)).send(openid="o-one", reply={"image": b"12345"})


@pytest.mark.parametrize(
    ("failure", "raised", "reason"),
    [
        (PlatformRefused(45015, "out of time"), PushRefused, "45015"),
        (PlatformLater(45011, "minute_quota"), PushLater, "45011"),
        (PlatformNotReached(0, "network"), PushLater, "network"),
        (PlatformLater(-1, "busy"), PushUnknown, "-1"),
        (PlatformLater(0, "network"), PushUnknown, "network"),
    ],
)
def test_refusals_and_delays_have_our_names(failure, raised, reason):
    with pytest.raises(raised) as error:
        push(Platform(failure)).send(openid="o-one", reply={"text": "李雷"})
    assert reason in error.value.reason
    assert "李雷" not in str(error.value)
    assert error.value.__cause__ is None


def test_a_code_is_an_openid_or_one_of_our_errors():
    good = WeChatOAuth(OAuth())
    assert good.exchange("code") == "o-code"
    assert "state1" in good.authorize_url(redirect_uri="https://x", state="state1")
    with pytest.raises(BadInput, match="bad_code"):
        WeChatOAuth(OAuth(PlatformRefused(40029, "code"))).exchange("x")
    with pytest.raises(Unavailable):
        WeChatOAuth(OAuth(PlatformLater(-1, "busy"))).exchange("x")


class Quota:
    """So many messages are left, the one kept back too."""

    def __init__(self, left):
        self.count, self.given_back = left, 0

    def left(self, openid):
        return self.count

    def take(self, openid, *, reserve=False):
        if self.count <= (0 if reserve else 1):
            return False
        self.count -= 1
        return True

    def give_back(self, openid):
        self.given_back += 1


LONG = {"text": "很" * 1500}  # three messages


def test_behaviour_14_a_reply_is_sent_whole_or_not_at_all():
    platform = Platform()
    with pytest.raises(PushRefused, match="window_closed"):
        push(platform, Quota(3)).send(openid="o-one", reply=LONG)
    assert platform.sent == []
    push(platform, Quota(4)).send(openid="o-one", reply=LONG)
    assert len(platform.sent) == 3
    with pytest.raises(PushRefused, match="window_closed"):
        push(platform, Quota(1)).send(openid="o-one", reply={"text": "好"})


@pytest.mark.parametrize(
    ("failure", "raised", "given_back"),
    [
        (PlatformRefused(45015, "window_closed"), PushRefused, 1),
        (PlatformNotReached(0, "network"), PushLater, 1),
        (PlatformLater(0, "network"), PushUnknown, 0),
    ],
)
def test_behaviour_14_what_surely_was_not_sent_is_not_counted(failure, raised, given_back):
    quota = Quota(5)
    with pytest.raises(raised):
        push(Platform(failure), quota).send(openid="o-one", reply={"text": "好"})
    assert quota.given_back == given_back


def test_what_broke_off_in_the_middle_is_not_begun_again():
    platform = Platform()
    whole = platform.send_custom

    def broken(openid, payload):
        if platform.sent:
            raise PlatformRefused(45047, "window_used_up")
        whole(openid, payload)

    platform.send_custom = broken
    with pytest.raises(PushUnknown, match="partly"):
        push(platform).send(openid="o-one", reply=LONG)


def test_an_account_has_the_ways_of_its_kind_and_templates_with_an_id():
    made = WeChatPush(Platform(), rules=templates.of_demo(RULES), ways=("customer", "template"))
    assert [made.offers(rung, "stopped") for rung in ("customer", "template", "subscription")] == [True, True, False]
    bare = WeChatPush(Platform(), rules=RULES)
    assert [bare.offers(rung, "stopped") for rung in ("customer", "template", "care")] == [True, False, False]


def test_behaviour_15_a_field_that_wechat_would_refuse_is_refused_here():
    made = WeChatPush(Platform(), rules=templates.of_demo(RULES))
    card = Card("stopped", key="n1", order="b_1", facts={"name": "李*", "says": "医生停诊"}, url="http://h5")
    with pytest.raises(PushRefused, match="bad_field"):
        made.notify(openid="o-one", rung="template", card=card)
