"""So much from one address in a minute: counted by all processes together, and never for the house itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot import clock
from bot.db.quotas import Quota
from bot.errors import Refused
from bot.ports import Ports
from bot.services import crowding
from tests.factories import NOW, RULES, together

HOME, MOST = "198.51.100.7", 5
MINUTE = timedelta(minutes=1)


@pytest.fixture
def few(ports: Ports) -> Ports:
    return replace(ports, rules={**ports.rules, "forms_per_minute_address": MOST, "sign_ins_per_minute_address": 1})


def passes(ports: Ports, address: str = HOME, what: str = "form") -> bool:
    try:
        crowding.count(ports, what=what, address=address)
    except Refused as refusal:
        return refusal.code != "too_crowded"
    return True


def test_beyond_the_minutes_number_an_address_waits_for_the_next_minute(few: Ports) -> None:
    assert [passes(few) for _ in range(MOST + 2)] == [True] * MOST + [False] * 2
    assert passes(few, what="sign_in") and not passes(few, what="sign_in")
    assert passes(few, "198.51.100.8")
    with clock.frozen(NOW + MINUTE):
        assert passes(few)


def test_of_many_at_once_no_more_pass_than_the_number(few: Ports) -> None:
    assert sum(together(20, lambda _n: passes(few))) == MOST


def test_the_house_itself_and_what_cannot_be_read_are_not_counted(few: Ports) -> None:
    own = replace(few, rules={**few.rules, "own_networks": ["203.0.113.0/28"]})
    for address in ("127.0.0.1", "::1", "203.0.113.9", "::ffff:203.0.113.9", "", "unknown", "1.2.3.4, 5.6.7.8"):
        assert all(passes(own, address) for _ in range(MOST + 1)), address
    assert not all(passes(own, "203.0.113.16") for _ in range(MOST + 1))


def test_one_home_has_one_count_however_many_addresses_it_has(few: Ports) -> None:
    assert all(passes(few, f"2001:db8:1:2::{n}") for n in range(MOST))
    assert not passes(few, "2001:db8:1:2:ffff::1")
    assert passes(few, "2001:db8:1:3::1")


def test_an_address_is_not_kept_and_its_hash_not_for_long(few: Ports) -> None:
    passes(few)
    with few.transaction() as session:
        [row] = session.scalars(sa.select(Quota)).all()
    assert HOME not in row.subject
    assert crowding.forget(few) == 0
    with clock.frozen(NOW + timedelta(minutes=61)):
        assert crowding.forget(few) == 1


def test_a_full_waiting_hall_behind_one_address_gets_through() -> None:
    """Two hundred patients on the hospital's Wi-Fi send a form each in one minute."""
    assert RULES["forms_per_minute_address"] >= 200 and RULES["sign_ins_per_minute_address"] >= 200
