"""One-time codes: what is right, how often one may try, and what is never kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
import sqlalchemy as sa

from bot import clock
from bot.db.sms import SmsCode
from bot.errors import BadInput, PeizhenError, Refused, Unavailable
from bot.ports import Ports
from bot.services import codes
from tests.factories import NOW, FakeSms, a_person, together

PHONE, OTHER = "13800138000", "13900139000"
_keys = count(1)


@pytest.fixture
def sms(ports: Ports) -> FakeSms:
    assert isinstance(ports.sms, FakeSms)
    return ports.sms


def send(ports: Ports, person_id: int, phone: str = PHONE, key: str | None = None) -> codes.Sent:
    return codes.send(ports, person_id=person_id, phone=phone, key=key or f"s{next(_keys)}")


def prove(ports: Ports, person_id: int, code: str, phone: str = PHONE, key: str | None = None) -> None:
    codes.prove(ports, person_id=person_id, phone=phone, code=code, key=key or f"p{next(_keys)}")


def refused(call: Any, *args: Any, **kwargs: Any) -> tuple[str, dict[str, object]]:
    with pytest.raises(PeizhenError) as failure:
        call(*args, **kwargs)
    return failure.value.code, failure.value.facts


def stands(ports: Ports, person_id: int, phone: str = PHONE) -> bool:
    with ports.transaction() as session:
        return codes.proven(ports, session, person_id=person_id, phone=phone) is not None


def wrong(code: str, n: int = 1) -> str:
    return f"{(int(code) + n) % 10**6:06d}"


def test_the_code_that_went_to_a_phone_proves_it(ports: Ports, sms: FakeSms) -> None:
    person = a_person(ports)
    sent = send(ports, person)
    assert (sent.masked_phone, sent.minutes, sent.resend_seconds) == ("138****8000", 5, 60)
    assert not stands(ports, person)
    prove(ports, person, f"验证码是 {sms.code(PHONE)}")
    assert stands(ports, person)
    assert not stands(ports, person, OTHER)
    assert not stands(ports, a_person(ports))


def test_the_message_says_the_code_how_long_and_what_for(ports: Ports, sms: FakeSms) -> None:
    send(ports, a_person(ports))
    [(phone, message)] = sms.sent
    assert phone == PHONE
    assert all(part in message.text for part in (message.facts["code"], "5分钟", "绑定就诊卡", "不要告诉别人"))


def test_neither_code_nor_phone_is_kept_in_clear(ports: Ports, sms: FakeSms) -> None:
    person = a_person(ports)
    send(ports, person)
    with ports.transaction() as session:
        kept = repr(session.execute(sa.text("SELECT * FROM sms_code")).all())
        kept += repr(session.execute(sa.text("SELECT * FROM quota")).all())
    assert sms.code(PHONE) not in kept
    assert PHONE not in kept


@pytest.mark.parametrize("text", ["", "12345", "1234567", "abcdef", "1" * 500, "验证码", "12 34 56 7"])
def test_what_is_no_code_costs_no_try(ports: Ports, sms: FakeSms, text: str) -> None:
    person = a_person(ports)
    send(ports, person)
    with pytest.raises(BadInput):
        prove(ports, person, text)
    for n in range(1, 5):
        assert refused(prove, ports, person, wrong(sms.code(PHONE), n)) == ("code_wrong", {"left": 5 - n})


@pytest.mark.parametrize("text", ["123456", "１２３４５６", "123 456", "123-456", "验证码：123456。"])
def test_six_digits_are_read_however_they_are_typed(text: str) -> None:
    assert codes.parse_code(text) == "123456"


def test_after_five_wrong_codes_the_right_one_is_worth_nothing(ports: Ports, sms: FakeSms) -> None:
    person = a_person(ports)
    send(ports, person)
    code = sms.code(PHONE)
    told = [refused(prove, ports, person, wrong(code, n))[0] for n in range(1, 6)]
    assert told == ["code_wrong"] * 4 + ["code_over"]
    assert refused(prove, ports, person, code)[0] == "code_over"
    assert not stands(ports, person)


def test_a_code_lives_five_minutes_and_its_proof_ten(ports: Ports, sms: FakeSms) -> None:
    person = a_person(ports)
    send(ports, person)
    with clock.frozen(NOW + timedelta(minutes=5)):
        assert refused(prove, ports, person, sms.code(PHONE))[0] == "code_over"
        send(ports, person)
        prove(ports, person, sms.code(PHONE))
    with clock.frozen(NOW + timedelta(minutes=15)):
        assert stands(ports, person)
    with clock.frozen(NOW + timedelta(minutes=15, seconds=1)):
        assert not stands(ports, person)


def test_only_the_newest_code_counts(ports: Ports, sms: FakeSms, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter((111111, 222222))
    monkeypatch.setattr("bot.services.codes.secrets.randbelow", lambda _most: next(drawn))
    person = a_person(ports)
    send(ports, person)
    with clock.frozen(NOW + timedelta(seconds=60)):
        send(ports, person)
        assert refused(prove, ports, person, "111111")[0] == "code_wrong"
        prove(ports, person, "222222")


def test_a_second_code_waits_a_minute_whoever_asks(ports: Ports) -> None:
    person, other = a_person(ports), a_person(ports)
    send(ports, person)
    assert refused(send, ports, person) == ("code_too_soon", {"seconds": 60})
    with clock.frozen(NOW + timedelta(seconds=59)):
        assert refused(send, ports, other) == ("code_too_soon", {"seconds": 1})
        send(ports, other, OTHER)
    with clock.frozen(NOW + timedelta(seconds=60)):
        send(ports, other)


def test_who_read_his_code_gets_the_next_one_at_once(ports: Ports, sms: FakeSms) -> None:
    person = a_person(ports)
    send(ports, person)
    prove(ports, person, sms.code(PHONE))
    send(ports, person)


def test_a_phone_gets_ten_codes_a_day_and_a_person_asks_for_twenty(ports: Ports) -> None:
    person = a_person(ports)
    for n in range(10):
        with clock.frozen(NOW + timedelta(minutes=n)):
            send(ports, a_person(ports))
    with clock.frozen(NOW + timedelta(minutes=20)):
        assert refused(send, ports, person)[0] == "too_many_codes"
        for n in range(20):
            send(ports, person, f"139{n:08d}")
        assert refused(send, ports, person, OTHER)[0] == "too_many_codes"
    with clock.frozen(NOW + timedelta(hours=16)):  # 00:30 in Shanghai
        send(ports, person)


def test_a_message_worked_on_twice_sends_and_tries_once(ports: Ports, sms: FakeSms) -> None:
    person = a_person(ports)
    assert send(ports, person, key="s") == send(ports, person, key="s")
    assert len(sms.sent) == 1
    bad = wrong(sms.code(PHONE))
    assert [refused(prove, ports, person, bad, key="p") for _ in range(3)] == [("code_wrong", {"left": 4})] * 3
    for _ in range(2):
        prove(ports, person, sms.code(PHONE), key="q")


def test_one_key_with_other_codes_is_another_try_each_time(ports: Ports, sms: FakeSms) -> None:
    person = a_person(ports)
    send(ports, person)
    told = [refused(prove, ports, person, wrong(sms.code(PHONE), n), key="same")[0] for n in range(1, 7)]
    assert told == ["code_wrong"] * 4 + ["code_over"] * 2


@pytest.mark.parametrize(
    ("failure", "code"),
    [(Unavailable(), "sms_unavailable"), (Refused("no_sms"), "no_sms"), (Refused("x"), "sms_unavailable")],
)
def test_a_code_that_never_left_counts_for_nothing(ports: Ports, sms: FakeSms, failure: Exception, code: str) -> None:
    person = a_person(ports)
    sms.failures = [failure]
    assert refused(send, ports, person, key="k")[0] == code
    send(ports, person, key="k")
    assert len(sms.sent) == 1


def test_forty_guesses_at_once_are_five(postgres_ports: Ports) -> None:
    """The control takes the condition on `tries` away: the same guesses all count as tries then."""
    assert _guesses_that_counted(postgres_ports) == 5


def test_without_the_guard_forty_guesses_at_once_are_forty(
    postgres_ports: Ports, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(codes, "_count", _count_without_looking)
    assert _guesses_that_counted(replace(postgres_ports)) > 5


def _guesses_that_counted(ports: Ports) -> int:
    person = a_person(ports)
    send(ports, person)
    assert isinstance(ports.sms, FakeSms)
    code = ports.sms.code(PHONE)
    together(40, lambda n: prove(ports, person, wrong(code, n + 1)))
    with ports.transaction() as session:
        return int(session.scalar(sa.select(SmsCode.tries)))


def _count_without_looking(ports: Ports, session: Any, row: Any, this: str) -> bool:
    return codes._update(session, SmsCode.id == row.id, tries=SmsCode.tries + 1, last_try=this)


def test_forty_persons_asking_for_one_phone_at_once_send_one_message(postgres_ports: Ports) -> None:
    people = [a_person(postgres_ports) for _ in range(40)]
    results = together(40, lambda n: send(postgres_ports, people[n]))
    assert sum(isinstance(result, codes.Sent) for result in results) == 1
    assert {error.code for error in results if isinstance(error, PeizhenError)} == {"code_too_soon"}
