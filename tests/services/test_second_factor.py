"""A code of the phone beside the password: right, wrong, old, again, at once; and recovery codes."""

from __future__ import annotations

import pyotp
import pytest
import sqlalchemy as sa

from bot import clock
from bot.db.staff import StaffMember, StaffRecovery
from bot.errors import BadInput, Conflict, NotFound
from bot.ports import Ports
from bot.services import own_account, second_factor, staff
from tests.factories import together
from tests.signing_in import SECRET, code

NOON = 1_795_320_010  # machine time, ten seconds into a half minute
PASSWORD = "right-password"


@pytest.fixture(autouse=True)
def wait(monkeypatch: pytest.MonkeyPatch):
    """`wait(seconds)`: so long after noon."""

    def at(seconds: float) -> None:
        monkeypatch.setattr(clock, "wire_seconds", lambda: NOON + int(seconds))

    at(0)
    return at


@pytest.fixture
def chen(ports: Ports) -> staff.Staff:
    member = staff.Member("chen", "陈建国", "doctor", PASSWORD, "yh.d01", totp_secret=SECRET)
    return staff.ensure(ports, members=[member])[0]


@pytest.fixture
def newcomer(ports: Ports) -> staff.Staff:
    return staff.ensure(ports, members=[staff.Member("wang", "王编辑", "editor", PASSWORD)])[0]


def comes_in(ports: Ports, typed: str, *, username: str = "chen", password: str = PASSWORD) -> bool:
    try:
        staff.sign_in(ports, username=username, password=password, code=typed)
    except BadInput:
        return False
    return True


def test_it_is_the_code_of_rfc_6238() -> None:
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # appendix B's, in base32
    totp = pyotp.TOTP(secret, digits=8)
    assert [totp.generate_otp(at // 30) for at in (59, 1111111109, 20000000000)] == ["94287082", "07081804", "65353130"]


def test_the_right_code_and_no_other_comes_in(ports: Ports, chen: staff.Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ports.rules, "login_failures", 99)
    now = code()
    wrong = ("", "１２３", now[:5], f"{now}0", "x" * 999, "\x00", f"{(int(now) + 1) % 10**6:06d}")
    assert not any(comes_in(ports, typed) for typed in wrong)
    assert comes_in(ports, now)


@pytest.mark.parametrize("written", ["{0}", " {0} ", "{1} {2}", "{1}-{2}", "full"])
def test_a_code_is_read_as_people_type_it(ports: Ports, chen: staff.Staff, written: str) -> None:
    now = code()
    full = "".join(chr(ord(c) + 0xFEE0) for c in now)
    assert comes_in(ports, full if written == "full" else written.format(now, now[:3], now[3:]))


@pytest.mark.parametrize(("ahead", "good"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_phones_clock_may_be_off_by_half_a_minute(ports: Ports, chen: staff.Staff, ahead: int, good: bool) -> None:
    assert comes_in(ports, code(ahead=ahead)) is good


def test_a_code_counts_once_and_so_does_everything_before_it(ports: Ports, chen: staff.Staff, wait) -> None:
    older, now = code(ahead=-1), code()
    assert comes_in(ports, now)
    assert not comes_in(ports, now)
    assert not comes_in(ports, older)
    wait(20)
    assert comes_in(ports, code())


def test_a_wrong_password_takes_no_code(ports: Ports, chen: staff.Staff) -> None:
    assert not comes_in(ports, code(), password="guess")
    assert comes_in(ports, code())


def test_of_twenty_with_the_same_code_one_comes_in(postgres_ports: Ports, monkeypatch: pytest.MonkeyPatch) -> None:
    ports = postgres_ports
    monkeypatch.setitem(ports.rules, "login_failures", 99)
    staff.ensure(ports, members=[staff.Member("chen", "陈", "editor", PASSWORD, totp_secret=SECRET)])
    assert sum(together(20, lambda _: comes_in(ports, code()))) == 1


def test_without_taking_the_step_the_same_code_comes_in_again(
    ports: Ports, chen: staff.Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(second_factor, "_take", lambda *_: True)
    assert [comes_in(ports, code()) for _ in range(3)] == [True] * 3


def test_five_wrong_codes_lock_the_right_one_out(ports: Ports, chen: staff.Staff) -> None:
    assert [comes_in(ports, f"{n:06d}") for n in range(5)] == [False] * 5
    assert not comes_in(ports, code())


def test_setting_up_a_phone_begins_with_the_first_right_code(ports: Ports, newcomer: staff.Staff) -> None:
    assert comes_in(ports, "", username="wang")
    found = second_factor.enrolment(ports, staff_id=newcomer.id)
    assert found.uri.startswith("otpauth://totp/") and found.secret in found.uri
    with pytest.raises(BadInput, match="bad_totp"):
        own_account.confirm_second_factor(ports, staff=newcomer, here=0, code="000000")
    assert comes_in(ports, "", username="wang")
    codes = own_account.confirm_second_factor(ports, staff=newcomer, here=0, code=code(found.secret))
    assert len(set(codes)) == second_factor.RECOVERY_CODES
    assert not comes_in(ports, "", username="wang")
    assert not comes_in(ports, code(found.secret), username="wang")  # it was taken by setting up
    assert comes_in(ports, code(found.secret, ahead=1), username="wang")


def test_the_secret_cannot_be_read_again_nor_set_up_twice(ports: Ports, newcomer: staff.Staff) -> None:
    secret = second_factor.enrolment(ports, staff_id=newcomer.id).secret
    own_account.confirm_second_factor(ports, staff=newcomer, here=0, code=code(secret))
    with pytest.raises(NotFound):
        second_factor.enrolment(ports, staff_id=newcomer.id)
    with pytest.raises(Conflict):
        own_account.confirm_second_factor(ports, staff=newcomer, here=0, code=code(secret))


def test_a_recovery_code_counts_once_and_for_its_owner_alone(
    ports: Ports, chen: staff.Staff, newcomer: staff.Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ports.rules, "login_failures", 99)
    secret = second_factor.enrolment(ports, staff_id=newcomer.id).secret
    first, second, *_ = own_account.confirm_second_factor(ports, staff=newcomer, here=0, code=code(secret))
    assert not comes_in(ports, first)
    assert comes_in(ports, first.lower().replace("-", " "), username="wang")
    assert not comes_in(ports, first, username="wang")
    assert second_factor.recovery_left(ports, staff_id=newcomer.id) == second_factor.RECOVERY_CODES - 1
    own_account.new_recovery_codes(ports, staff=newcomer, here=0, password=PASSWORD)
    assert not comes_in(ports, second, username="wang")


def test_of_twenty_with_the_same_recovery_code_one_comes_in(
    postgres_ports: Ports, monkeypatch: pytest.MonkeyPatch
) -> None:
    ports = postgres_ports
    monkeypatch.setitem(ports.rules, "login_failures", 99)
    made = staff.ensure(ports, members=[staff.Member("chen", "陈", "editor", PASSWORD, totp_secret=SECRET)])[0]
    kept = own_account.new_recovery_codes(ports, staff=made, here=0, password=PASSWORD)[0]
    assert sum(together(20, lambda _: comes_in(ports, kept))) == 1


def test_another_phone_counts_from_its_first_code_on(ports: Ports, chen: staff.Staff) -> None:
    with pytest.raises(BadInput, match="bad_password"):
        own_account.renew_second_factor(ports, staff=chen, password="guess")
    own_account.renew_second_factor(ports, staff=chen, password=PASSWORD)
    new = second_factor.enrolment(ports, staff_id=chen.id).secret
    assert comes_in(ports, code())
    own_account.confirm_second_factor(ports, staff=chen, here=0, code=code(new))
    assert not comes_in(ports, code(ahead=1))
    assert comes_in(ports, code(new, ahead=1))


def test_secrets_lie_sealed_and_recovery_codes_hashed(ports: Ports, chen: staff.Staff) -> None:
    codes = own_account.new_recovery_codes(ports, staff=chen, here=0, password=PASSWORD)
    with ports.transaction() as session:
        stored = repr(session.execute(sa.select(StaffMember.__table__)).all())
        stored += repr(session.execute(sa.select(StaffRecovery.__table__)).all())
    assert SECRET not in stored
    assert not any(part in stored for one in codes for part in (one, one.replace("-", "")))
    assert SECRET not in repr(staff.Member("x", "x", "editor", "p", totp_secret=SECRET))
