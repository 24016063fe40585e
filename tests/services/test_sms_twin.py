"""The demo's twin of a gateway: what it "sent" can be read, and only with the installation's key."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from bot.errors import BadInput, NotFound, Refused
from bot.ports import Ports, TextMessage
from bot.services import sms_twin

ONE, TWO = "13800138000", "13900139000"


def send(ports: Ports, phone: str, text: str) -> None:
    sms_twin.ConsoleSms(ports.transaction, ports.crypto).send(phone=phone, message=TextMessage("code", {}, text))


def test_the_last_message_of_a_phone_and_the_recent_of_all(ports: Ports) -> None:
    for phone, text in ((ONE, "一"), (TWO, "二"), (ONE, "三")):
        send(ports, phone, text)
    assert sms_twin.last(ports, phone=f"+86 {ONE}").text == "三"
    assert [(kept.phone, kept.text) for kept in sms_twin.recent(ports)] == [(ONE, "一"), (TWO, "二"), (ONE, "三")]


def test_a_phone_that_got_none_and_what_is_no_phone(ports: Ports) -> None:
    with pytest.raises(NotFound):
        sms_twin.last(ports, phone=ONE)
    with pytest.raises(BadInput):
        sms_twin.last(ports, phone="12345")


def test_kept_messages_are_sealed(ports: Ports) -> None:
    send(ports, ONE, "验证码123456")
    with ports.transaction() as session:
        row = session.execute(sa.text("SELECT * FROM sms_kept")).one()
    assert all(secret not in b"".join(v for v in row if isinstance(v, bytes)) for secret in (ONE.encode(), b"123456"))
    assert ONE not in repr(row)
    assert "123456" not in repr(sms_twin.recent(ports))


def test_without_a_gateway_nothing_is_sent_and_that_is_said() -> None:
    with pytest.raises(Refused, match="no_sms"):
        sms_twin.NoGateway().send(phone=ONE, message=TextMessage("code", {}, "x"))
