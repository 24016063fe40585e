from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
import sqlalchemy as sa

from bot import clock
from bot.errors import BadInput
from bot.ports import Ports
from bot.services import privacy, staff
from tests.factories import together

MEMBERS = [
    staff.Member("chen", "陈建国", "doctor", "right-password", "yh.d01", "yh.p01"),
    staff.Member("wang", "王编辑", "editor", "other-password"),
]


def refused(ports: Ports, username: str, password: str) -> BadInput:
    with pytest.raises(BadInput) as failure:
        staff.sign_in(ports, username=username, password=password)
    return failure.value


def test_signing_in_and_being_remembered(ports: Ports) -> None:
    made = staff.ensure(ports, members=MEMBERS)
    signed = staff.sign_in(ports, username="chen", password="right-password")
    assert signed == made[0] == staff.get(ports, staff_id=signed.id)
    assert (signed.name, signed.role, signed.department_id, signed.doctor_id) == (
        "陈建国",
        "doctor",
        "yh.d01",
        "yh.p01",
    )
    assert staff.get(ports, staff_id=999) is None


def test_every_failure_is_one_answer(ports: Ports) -> None:
    staff.ensure(ports, members=MEMBERS)
    tries = [
        ("chen", "wrong"),
        ("nobody", "right-password"),
        ("", ""),
        ("chen", "x" * 10_000),
        ("x" * 9999, "y"),
    ]
    assert {(refused(ports, *one).code, str(refused(ports, *one).facts)) for one in tries} == {("bad_login", "{}")}


def test_passwords_are_argon2_and_never_in_clear(ports: Ports) -> None:
    staff.ensure(ports, members=MEMBERS)
    with ports.transaction() as session:
        hashes = session.scalars(sa.text("SELECT password_hash FROM staff")).all()
    assert all(value.startswith("$argon2id$") and "password" not in value for value in hashes)
    assert "right-password" not in repr(MEMBERS)


def test_an_account_is_locked_after_five_failures_for_a_quarter_of_an_hour(
    ports: Ports, monkeypatch: pytest.MonkeyPatch
) -> None:
    staff.ensure(ports, members=MEMBERS)
    for _ in range(5):
        refused(ports, "chen", "wrong")
    assert refused(ports, "chen", "right-password").code == "bad_login"
    assert staff.sign_in(ports, username="wang", password="other-password")
    start = datetime.now(timezone.utc).replace(tzinfo=None)
    monkeypatch.setattr(clock, "wire", lambda: start + timedelta(minutes=14))
    refused(ports, "chen", "right-password")
    monkeypatch.setattr(clock, "wire", lambda: start + timedelta(minutes=16))
    assert staff.sign_in(ports, username="chen", password="right-password")


def test_a_right_password_sets_the_count_back(ports: Ports) -> None:
    staff.ensure(ports, members=MEMBERS)
    for _ in range(3):
        for _ in range(4):
            refused(ports, "chen", "wrong")
        assert staff.sign_in(ports, username="chen", password="right-password")


def test_the_fifth_try_may_be_the_right_one(ports: Ports) -> None:
    staff.ensure(ports, members=MEMBERS)
    for _ in range(4):
        refused(ports, "chen", "wrong")
    assert staff.sign_in(ports, username="chen", password="right-password")
    refused(ports, "chen", "wrong")


def test_fifty_guesses_at_once_are_five_looks_at_the_password(
    postgres_ports: Ports, monkeypatch: pytest.MonkeyPatch
) -> None:
    staff.ensure(postgres_ports, members=MEMBERS)
    real = staff._matches
    reserved = staff._reserve_try
    allowed: list[bool] = []

    def counted(ports: Ports, username: str) -> tuple[object, bool]:
        row, free = reserved(ports, username)
        allowed.append(free)
        return row, free

    monkeypatch.setattr(staff, "_reserve_try", counted)
    together(50, lambda _: staff.sign_in(postgres_ports, username="chen", password="wrong"))
    assert (len(allowed), sum(allowed), real is staff._matches) == (50, 5, True)


def test_a_disabled_account_is_out_at_once(ports: Ports) -> None:
    made = staff.ensure(ports, members=MEMBERS)[0]
    with ports.transaction() as session:
        session.execute(sa.text("UPDATE staff SET active = false"))
    assert staff.get(ports, staff_id=made.id) is None
    refused(ports, "chen", "right-password")


def test_ensuring_again_keeps_passwords_and_updates_the_rest(ports: Ports) -> None:
    before = staff.ensure(ports, members=MEMBERS)
    moved = staff.Member("chen", "陈建国", "head", "new-password", "yh.d02")
    after = staff.ensure(ports, members=[moved, MEMBERS[1]])
    assert [s.id for s in after] == [s.id for s in before]
    assert (after[0].role, after[0].department_id, after[0].doctor_id) == ("head", "yh.d02", None)
    assert staff.sign_in(ports, username="chen", password="right-password").role == "head"


def test_a_role_that_is_none_is_refused(ports: Ports) -> None:
    with pytest.raises(BadInput):
        staff.ensure(ports, members=[staff.Member("x", "x", "owner", "p")])
    assert staff.get(ports, staff_id=1) is None


def test_signing_in_is_audited_without_what_was_typed(ports: Ports) -> None:
    staff.ensure(ports, members=MEMBERS)
    staff.sign_in(ports, username="chen", password="right-password")
    refused(ports, "chen", "guess-one")
    refused(ports, "somebody-else", "guess-two")
    with ports.transaction() as session:
        rows = session.execute(sa.text("SELECT * FROM audit ORDER BY id")).all()
    assert [row.action for row in rows] == ["staff.sign_in", "staff.sign_in_failed", "staff.sign_in_failed"]
    assert not any(word in repr(rows) for word in ("guess", "somebody", "password"))
    assert privacy.verify(ports).whole


def test_an_unknown_name_takes_as_long_as_a_wrong_password(ports: Ports, monkeypatch: pytest.MonkeyPatch) -> None:
    """One look at one hash of the same cost, and no new hash, whether there is such a name or not."""
    monkeypatch.setattr(staff, "hasher", counting := Counting(time_cost=2, memory_cost=1024, parallelism=1))
    staff._nobody.cache_clear()
    staff.ensure(ports, members=MEMBERS)
    refused(ports, "nobody", "wrong")  # makes the hash of nobody once
    done = []
    for username in ("chen", "nobody"):
        counting.work.clear()
        refused(ports, username, "wrong")
        done.append(list(counting.work))
    assert done[0] == done[1] == [("verify", "m=1024,t=2,p=1")]


def test_a_password_of_many_is_hashed_once_and_lets_each_in(ports: Ports, monkeypatch: pytest.MonkeyPatch) -> None:
    """The demo's fifty accounts would take ten seconds of processor."""
    monkeypatch.setattr(staff, "hasher", counting := Counting(time_cost=1, memory_cost=8, parallelism=1))
    alike = [staff.Member(f"doctor{n}", f"医生{n}", "doctor", "one-password") for n in range(3)]
    staff.ensure(ports, members=[*alike, MEMBERS[1]])
    assert [what for what, _ in counting.work] == ["hash", "hash"]
    for username in ("doctor0", "doctor2"):
        assert staff.sign_in(ports, username=username, password="one-password").username == username
    refused(ports, "wang", "one-password")


class Counting(staff.PasswordHasher):
    """Argon2 that notes what it is asked: (what, the cost of the hash)."""

    def __init__(self, **cost: int) -> None:
        super().__init__(**cost)
        self.work: list[tuple[str, str]] = []

    def hash(self, password: str, **more: Any) -> str:  # type: ignore[override]
        self.work.append(("hash", ""))
        return super().hash(password, **more)

    def verify(self, hash: str, password: str) -> bool:  # type: ignore[override]  # noqa: A002
        self.work.append(("verify", hash.split("$")[3]))
        return super().verify(hash, password)
