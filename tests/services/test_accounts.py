"""Operators and accounts: making, changing, closing, resetting, and what two of them have to agree on."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot import clock
from bot.db.privacy import Audit
from bot.errors import BadInput, Conflict, NotFound, Refused
from bot.ports import Ports
from bot.services import account_requests, accounts, audit, staff, staff_sessions
from bot.services.accounts import Place
from tests.factories import together

SERVICE, AUDITOR, DOCTOR = Place("service"), Place("auditor"), Place("doctor", "yh.d01", "yh.p01")


@pytest.fixture
def operators(ports: Ports) -> list[staff.Staff]:
    members = [staff.Member(name, name, "operator", "a-good-password") for name in ("first", "second")]
    return staff.ensure(ports, members=members)


@pytest.fixture
def first(operators: list[staff.Staff]) -> staff.Staff:
    return operators[0]


@pytest.fixture
def second(operators: list[staff.Staff]) -> staff.Staff:
    return operators[1]


@pytest.fixture
def wang(ports: Ports) -> staff.Staff:
    return staff.ensure(ports, members=[staff.Member("wang", "王编辑", "editor", "right-password")])[0]


def comes_in(ports: Ports, username: str, password: str) -> bool:
    try:
        staff.sign_in(ports, username=username, password=password)
    except BadInput:
        return False
    return True


def seated(ports: Ports, member: staff.Staff) -> str:
    return staff_sessions.begin(ports, staff_id=member.id, browser="Firefox")


def actions(ports: Ports) -> list[tuple[str, str]]:
    with ports.transaction() as session:
        ours = sa.select(Audit.action, Audit.reason).where(Audit.action.startswith("staff."))
        rows = session.execute(ours.order_by(Audit.id))
        return [tuple(row) for row in rows]


def only(ports: Ports, looks: staff.Staff) -> account_requests.Waiting:
    (found,) = account_requests.waiting(ports, staff=looks)
    return found


def test_a_new_account_has_a_first_password_and_changes_it_first(ports: Ports, first: staff.Staff) -> None:
    made = accounts.create(ports, staff=first, username="li.na", name=" 李娜 ", place=DOCTOR)
    found = accounts.one(ports, account_id=made.account_id)
    assert (found.name, found.place, found.active, found.second_factor) == ("李娜", DOCTOR, True, False)
    member = staff.sign_in(ports, username="li.na", password=made.password)
    opened = staff_sessions.find(ports, token=seated(ports, member))
    assert opened and opened.due == "password"
    assert made.password not in repr(made)
    assert actions(ports)[0] == ("staff.create", "doctor")


@pytest.mark.parametrize(
    ("username", "name", "place", "why"),
    [
        ("Li", "李", SERVICE, "bad_username"),
        ("1li", "李", SERVICE, "bad_username"),
        ("l" * 65, "李", SERVICE, "bad_username"),
        ("<b>", "李", SERVICE, "bad_username"),
        ("li", " ", SERVICE, "bad_name"),
        ("li", "李" * 65, SERVICE, "bad_name"),
        ("li", "李", Place("owner"), "bad_role"),
        ("li", "李", Place("doctor"), "bad_place"),
        ("li", "李", Place("head"), "bad_place"),
        ("li", "李", Place("auditor", "yh.d01"), "bad_place"),
        ("li", "李", Place("head", "yh.d01", "yh.p01"), "bad_place"),
        ("li", "李", Place("doctor", "d" * 65), "bad_place"),
    ],
)
def test_what_is_no_account(ports: Ports, first: staff.Staff, username: str, name: str, place: Place, why: str) -> None:
    with pytest.raises(BadInput, match=why):
        accounts.create(ports, staff=first, username=username, name=name, place=place)
    assert len(accounts.listed(ports)) == 2


def test_of_two_accounts_of_one_name_one_is_made(postgres_ports: Ports) -> None:
    ports = postgres_ports
    boss = staff.ensure(ports, members=[staff.Member("boss", "b", "operator", "a-good-password")])[0]
    facts = {"staff": boss, "username": "li", "name": "李", "place": SERVICE}
    made = together(6, lambda _: accounts.create(ports, **facts))
    assert sorted(type(one).__name__ for one in made) == ["Conflict"] * 5 + ["Done"]


def test_closing_ends_what_goes_on(ports: Ports, first: staff.Staff, wang: staff.Staff) -> None:
    token = seated(ports, wang)
    accounts.close(ports, staff=first, account_id=wang.id)
    assert staff_sessions.find(ports, token=token) is None
    assert not comes_in(ports, "wang", "right-password")
    again = accounts.reset(ports, staff=first, account_id=wang.id)
    assert comes_in(ports, "wang", again.password)
    assert staff_sessions.find(ports, token=token) is None  # what was ended stays ended


def test_another_role_ends_what_was_begun_under_the_old_one(
    ports: Ports, first: staff.Staff, wang: staff.Staff
) -> None:
    token = seated(ports, wang)
    accounts.change(ports, staff=first, account_id=wang.id, place=SERVICE)
    assert staff_sessions.find(ports, token=token) is None
    found = staff.get(ports, staff_id=wang.id)
    assert found and found.role == "service"


def test_nobody_changes_his_own_account(ports: Ports, first: staff.Staff) -> None:
    for use in (accounts.close, accounts.reset, accounts.reset_phone):
        with pytest.raises(Refused, match="own_account"):
            use(ports, staff=first, account_id=first.id)
    with pytest.raises(Refused, match="own_account"):
        accounts.change(ports, staff=first, account_id=first.id, place=SERVICE)
    with pytest.raises(NotFound):
        accounts.close(ports, staff=first, account_id=99_999)


@pytest.mark.parametrize("role", ["auditor", "operator"])
def test_a_new_watcher_waits_for_a_second_operator(
    ports: Ports, first: staff.Staff, second: staff.Staff, role: str
) -> None:
    made = accounts.create(ports, staff=first, username="li", name="李", place=Place(role))
    assert (made.waits, made.password) == (True, "")
    assert not accounts.one(ports, account_id=made.account_id).active
    asked = only(ports, first)
    assert asked.own and asked.role == role
    with pytest.raises(Refused, match="own_request"):
        account_requests.approve(ports, staff=first, ref=asked.ref)
    given = account_requests.approve(ports, staff=second, ref=asked.ref)
    assert comes_in(ports, "li", given.password)
    assert [action for action, _ in actions(ports)][:3] == ["staff.create", "staff.ask_open", "staff.given_open"]
    assert audit.verify(ports).whole


def test_a_role_that_waits_is_not_had(ports: Ports, first: staff.Staff, second: staff.Staff, wang: staff.Staff) -> None:
    assert accounts.change(ports, staff=first, account_id=wang.id, place=AUDITOR).waits
    before = staff.get(ports, staff_id=wang.id)
    account_requests.approve(ports, staff=second, ref=only(ports, second).ref)
    after = staff.get(ports, staff_id=wang.id)
    assert before and after and (before.role, after.role) == ("editor", "auditor")


def test_one_operator_alone_takes_over_no_watcher(ports: Ports, first: staff.Staff, second: staff.Staff) -> None:
    watcher = staff.ensure(ports, members=[staff.Member("watch", "w", "auditor", "a-good-password")])[0]
    for reset in (accounts.reset, accounts.reset_phone):
        done = reset(ports, staff=first, account_id=watcher.id)
        assert (done.waits, done.password) == (True, "")
    assert comes_in(ports, "watch", "a-good-password")
    given = account_requests.approve(ports, staff=second, ref=only(ports, second).ref)
    assert comes_in(ports, "watch", given.password)
    assert not comes_in(ports, "watch", "a-good-password")


def test_whom_it_is_about_does_not_decide(ports: Ports, first: staff.Staff, second: staff.Staff) -> None:
    accounts.reset(ports, staff=first, account_id=second.id)
    with pytest.raises(Refused, match="own_request"):
        account_requests.approve(ports, staff=second, ref=only(ports, second).ref)


def test_a_request_is_decided_once(postgres_ports: Ports) -> None:
    ports = postgres_ports
    names = ("first", "second", "third", "wang")
    roles = dict.fromkeys(names, "operator") | {"wang": "editor"}
    people = staff.ensure(ports, members=[staff.Member(n, n, roles[n], "a-good-password") for n in names])
    boss, *others, wang = sorted(people, key=lambda one: names.index(one.username))
    accounts.change(ports, staff=boss, account_id=wang.id, place=AUDITOR)
    ref = only(ports, boss).ref
    decide = (account_requests.approve, account_requests.refuse)
    outcomes = together(8, lambda n: decide[n % 2](ports, staff=others[n % 2], ref=ref))
    assert sum(isinstance(one, Conflict) for one in outcomes) == 7


def test_a_refused_one_and_a_lapsed_one_change_nothing(
    ports: Ports, first: staff.Staff, second: staff.Staff, wang: staff.Staff
) -> None:
    accounts.change(ports, staff=first, account_id=wang.id, place=AUDITOR)
    ref = only(ports, first).ref
    account_requests.refuse(ports, staff=first, ref=ref)  # taken back
    accounts.change(ports, staff=first, account_id=wang.id, place=AUDITOR)
    lapsed = only(ports, first).ref
    with clock.frozen(ports.now() + timedelta(days=8)):
        assert account_requests.waiting(ports, staff=second) == []
        for old in (ref, lapsed):
            with pytest.raises(Conflict):
                account_requests.approve(ports, staff=second, ref=old)
    found = staff.get(ports, staff_id=wang.id)
    assert found and found.role == "editor"


def test_without_the_rule_one_is_enough(ports: Ports, first: staff.Staff, wang: staff.Staff) -> None:
    ports.rules["two_person_roles"] = []  # type: ignore[index]
    assert not accounts.change(ports, staff=first, account_id=wang.id, place=AUDITOR).waits
