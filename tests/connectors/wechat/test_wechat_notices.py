"""就医助手 and 订阅通知: what is posted, and what is refused before it is."""

from __future__ import annotations

import json
from typing import Any

import pytest

from connectors.wechat import policy
from connectors.wechat.care import Care
from connectors.wechat.errors import PlatformLater, PlatformNotReached, PlatformRefused
from connectors.wechat.subscriptions import Subscriptions


class Platform:
    def __init__(self) -> None:
        self.posted: list[tuple[str, Any]] = []

    def call(self, path: str, body: Any) -> dict[str, Any]:
        self.posted.append((path, body))
        return {"errcode": 0, "msgid": 77}


@pytest.fixture
def platform() -> Any:
    return Platform()


def care(platform: Any, **changes: Any) -> None:
    facts = {"status": 1501001, "order_id": "b_1", "message_id": "n1", "fields": {"pat_name": "李*龙\n"}}
    Care(platform, "wx1").send("o-one", **{**facts, **changes})


def test_a_care_message_has_its_business_and_its_fields_as_json(platform: Any) -> None:
    care(platform)
    [(path, body)] = platform.posted
    assert path == "/cityservice/sendchannelmsg"
    assert json.loads(body.pop("business_info")) == {"pat_name": "李*龙 "}
    assert body == {
        "status": 1501001,
        "open_id": "o-one",
        "order_id": "b_1",
        "msg_id": "n1",
        "app_id": "wx1",
        "business_id": 150,
    }


@pytest.mark.parametrize("odd", [{"status": 7}, {"order_id": "a b"}, {"message_id": ""}, {"order_id": "李"}])
def test_what_cannot_be_is_not_posted(platform: Any, odd: dict[str, Any]) -> None:
    with pytest.raises(PlatformRefused):
        care(platform, **odd)
    assert platform.posted == []


def test_a_subscription_message_gives_its_number(platform: Any) -> None:
    fields = {"thing1": {"value": "有消息了"}}
    assert Subscriptions(platform).send("o-one", "T-1", fields, url="https://h5") == "77"
    assert platform.posted == [
        (
            "message/subscribe/bizsend",
            {"touser": "o-one", "template_id": "T-1", "data": fields, "page": "https://h5"},
        )
    ]


@pytest.mark.parametrize(
    ("error", "maybe"),
    [
        (PlatformLater(0, "network"), True),
        (PlatformLater(0, "bad_answer"), True),
        (PlatformLater(-1, "busy"), True),
        (PlatformLater(45011, "minute_quota"), False),
        (PlatformLater(0, "token_lock"), False),
        (PlatformNotReached(0, "network"), False),
        (PlatformRefused(45015, "window_closed"), False),
    ],
)
def test_which_failures_may_have_had_their_effect(error: Any, maybe: bool) -> None:
    assert policy.may_have_been_done(error) is maybe
