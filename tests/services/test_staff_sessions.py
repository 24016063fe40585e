"""Sessions live on the server: they end by hand, by rest, after a shift, and with what they were begun under."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot import clock
from bot.db.staff import StaffMember, StaffSession
from bot.errors import BadInput
from bot.ports import Ports
from bot.services import own_account, staff, staff_sessions

PASSWORD = "right-password"


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch):
    """`later(minutes)`: the machine's clock goes on."""
    start, gone = clock.wire(), timedelta()

    def go(minutes: float) -> None:
        nonlocal gone
        gone += timedelta(minutes=minutes)
        monkeypatch.setattr(clock, "wire", lambda: start + gone)

    return go


@pytest.fixture
def wang(ports: Ports) -> staff.Staff:
    ports.rules["second_factor_roles"] = []  # type: ignore[index]
    return staff.ensure(ports, members=[staff.Member("wang", "王编辑", "editor", PASSWORD)])[0]


def begin(ports: Ports, member: staff.Staff, browser: str = "Firefox · Linux") -> str:
    return staff_sessions.begin(ports, staff_id=member.id, browser=browser)


def opened(ports: Ports, token: str, *, used: bool = True) -> staff_sessions.Opened | None:
    return staff_sessions.find(ports, token=token, used=used)


def here(ports: Ports, token: str) -> int:
    found = opened(ports, token)
    assert found
    return found.id


def test_a_token_opens_its_session_and_no_other(ports: Ports, wang: staff.Staff) -> None:
    token = begin(ports, wang)
    found = opened(ports, token)
    assert found and (found.staff, found.due) == (wang, "")
    assert opened(ports, token[:-1]) is None
    assert opened(ports, "") is None
    with ports.transaction() as session:
        assert token not in repr(session.execute(sa.select(StaffSession.__table__)).all())


def test_signing_out_ends_it_for_a_copy_of_the_cookie_too(ports: Ports, wang: staff.Staff) -> None:
    token, elsewhere = begin(ports, wang), begin(ports, wang)
    staff_sessions.end(ports, session_id=here(ports, token))
    assert opened(ports, token) is None
    assert opened(ports, elsewhere)


def test_it_ends_by_rest_and_polling_is_rest(ports: Ports, wang: staff.Staff, later) -> None:
    token = begin(ports, wang)
    for _ in range(3):
        later(9)
        assert opened(ports, token, used=False)
    later(9)
    assert opened(ports, token, used=False) is None


def test_use_keeps_it_but_not_beyond_the_shift(ports: Ports, wang: staff.Staff, later) -> None:
    token = begin(ports, wang)
    for _ in range(12 * 60 // 29):
        later(29)
        assert opened(ports, token)
    later(29)
    assert opened(ports, token) is None


def test_clicking_fast_writes_once_a_minute(ports: Ports, wang: staff.Staff, later) -> None:
    def seen() -> object:
        with ports.transaction() as session:
            return session.scalar(sa.select(StaffSession.seen_at))

    token, before = begin(ports, wang), seen()
    later(0.9)
    opened(ports, token)
    assert seen() == before
    later(0.2)
    opened(ports, token)
    assert seen() != before


def test_the_list_knows_which_browser_this_is_and_ends_the_others(ports: Ports, wang: staff.Staff) -> None:
    desk, ward = begin(ports, wang, "Edge · Windows"), begin(ports, wang, "微信 · 安卓")
    seats = staff_sessions.mine(ports, staff=wang, here=here(ports, ward))
    assert [(seat.browser, seat.here) for seat in seats] == [("微信 · 安卓", True), ("Edge · Windows", False)]
    own_account.end_others(ports, staff=wang, here=here(ports, ward))
    assert opened(ports, desk) is None
    assert opened(ports, ward)


def test_a_new_password_ends_the_other_sessions_and_the_old_password(ports: Ports, wang: staff.Staff) -> None:
    desk, ward = begin(ports, wang), begin(ports, wang)
    change = {"staff": wang, "here": here(ports, ward)}
    own_account.change_password(ports, **change, password=PASSWORD, new="一句好记的长话，有点长")
    assert opened(ports, desk) is None
    assert opened(ports, ward)
    assert staff.sign_in(ports, username="wang", password="一句好记的长话，有点长")
    with pytest.raises(BadInput):
        staff.sign_in(ports, username="wang", password=PASSWORD)


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("guess", "一句好记的长话，有点长", "bad_password"),
        (PASSWORD, "short", "weak_password"),
        (PASSWORD, "aaaaaaaaaaaaaaaa", "weak_password"),
        (PASSWORD, "WANG-has-this-one", "weak_password"),
        (PASSWORD, "x1y2z3" * 100, "weak_password"),
        (PASSWORD, PASSWORD, "same_password"),
    ],
)
def test_what_is_no_new_password(ports: Ports, wang: staff.Staff, old: str, new: str, why: str) -> None:
    token = begin(ports, wang)
    with pytest.raises(BadInput, match=why):
        own_account.change_password(ports, staff=wang, here=here(ports, token), password=old, new=new)
    assert staff.sign_in(ports, username="wang", password=PASSWORD)


def test_guessing_the_password_at_an_open_console_locks_as_signing_in_does(ports: Ports, wang: staff.Staff) -> None:
    for _ in range(5):
        with pytest.raises(BadInput):
            own_account.renew_second_factor(ports, staff=wang, password="guess")
    with pytest.raises(BadInput, match="bad_password"):
        own_account.renew_second_factor(ports, staff=wang, password=PASSWORD)


@pytest.mark.parametrize(("change", "due"), [({"must_change": True}, "password"), ({}, "")])
def test_what_has_to_be_done_first(ports: Ports, wang: staff.Staff, change: dict[str, bool], due: str) -> None:
    token = begin(ports, wang)
    with ports.transaction() as session:
        session.execute(sa.update(StaffMember).values(id=wang.id, **change))
    found = opened(ports, token)
    assert found and found.due == due


def test_a_rule_that_asks_for_a_phone_counts_in_sessions_that_go_on(ports: Ports, wang: staff.Staff) -> None:
    token = begin(ports, wang)
    ports.rules["second_factor_roles"] = ["editor"]  # type: ignore[index]
    found = opened(ports, token)
    assert found and found.due == "second_factor"
