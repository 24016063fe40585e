"""Today's bookings of a department and the pages that patients gave along: who sees them, and that it is written down."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot import clock
from bot.db.privacy import Audit
from bot.errors import NotFound
from bot.ports import Ports
from bot.services import booking, previsit_giving, triage
from bot.services.complaint import Complaint
from tests.web.conftest import Enter, SignIn
from tests.web.numbers import BONES, Booker, Clinics


@pytest.fixture
def hospital() -> Clinics:
    return Clinics()


@pytest.fixture
def made(li: Booker, ports: Ports) -> booking.Booking:
    """A number of today with an interview that led to its department."""
    triage.suggest(
        ports, person_id=li.person_id, inbox_id=None, complaint=Complaint("膝盖疼半年，没有发烧", months=400)
    )
    slot = booking.offers(ports, department_id=BONES, day=clock.today())[0]
    return li.book(slot.slot_id)


def opened(ports: Ports) -> list[tuple[str, str]]:
    with ports.transaction() as session:
        rows = session.execute(sa.select(Audit.subject, Audit.result).where(Audit.action == "summary.open"))
        return [tuple(row) for row in rows]


def give(ports: Ports, li: Booker, made: booking.Booking) -> previsit_giving.Kept:
    return previsit_giving.give(ports, person_id=li.person_id, booking_ref=made.ref)


def test_a_doctor_reads_what_was_given_and_it_is_written_down(
    sign_in: SignIn, ports: Ports, li: Booker, made: booking.Booking
) -> None:
    doctor = sign_in("doctor", department_id=BONES)
    page = doctor.get("/console/visits").text
    assert made.masked_name in page
    assert made.patient_name not in page
    note = previsit_giving.offered(ports, person_id=li.person_id, booking_ref=made.ref)
    assert f"/console/visits/{note}" not in page
    assert doctor.get(f"/console/visits/{note}").status_code == 404
    assert give(ports, li, made).ref == note
    assert f"/console/visits/{note}" in doctor.get("/console/visits").text
    shown = doctor.get(f"/console/visits/{note}").text
    assert "膝盖疼半年，没有发烧" in shown
    assert "发烧" in shown.partition("<dt>没有</dt>")[2]
    assert (note, "ok") in opened(ports)


def test_what_is_taken_back_is_gone_at_the_next_look(
    sign_in: SignIn, ports: Ports, li: Booker, made: booking.Booking
) -> None:
    doctor, kept = sign_in("doctor", department_id=BONES), give(ports, li, made)
    assert doctor.get(f"/console/visits/{kept.ref}").status_code == 200
    assert _state(previsit_giving.withdraw(ports, person_id=li.person_id, booking_ref=made.ref)) == "withdrawn"
    assert _state(previsit_giving.withdraw(ports, person_id=li.person_id, booking_ref=made.ref)) == "withdrawn"
    assert doctor.get(f"/console/visits/{kept.ref}").status_code == 404
    assert give(ports, li, made).state == "given"
    assert doctor.get(f"/console/visits/{kept.ref}").status_code == 200


def _state(kept: previsit_giving.Kept | None) -> str:
    return kept.state if kept else ""


def test_other_departments_and_other_roles_see_nothing(
    sign_in: SignIn, ports: Ports, li: Booker, made: booking.Booking
) -> None:
    kept = give(ports, li, made)
    other = sign_in("doctor", username="other", department_id="yh.d02")
    assert made.masked_name not in other.get("/console/visits").text
    assert other.get(f"/console/visits/{kept.ref}").status_code == 404
    assert sign_in("operator").get("/console/visits").status_code == 403


def test_the_page_goes_with_a_number_that_is_moved(ports: Ports, li: Booker, made: booking.Booking) -> None:
    give(ports, li, made)
    slot = booking.offers(ports, department_id=BONES, day=clock.today())[-1]
    moved = booking.reschedule(ports, person_id=li.person_id, ref=made.ref, slot_id=slot.slot_id, key="m")
    kept = previsit_giving.of_booking(ports, person_id=li.person_id, booking_ref=moved.ref)
    assert kept is not None
    assert kept.state == "given"


def test_nobody_gives_anothers_page_or_to_anothers_booking(
    ports: Ports, li: Booker, made: booking.Booking, patient: Enter
) -> None:
    _client, stranger = patient("o-stranger")
    for use in (previsit_giving.give, previsit_giving.beside, previsit_giving.withdraw, previsit_giving.offered):
        with pytest.raises(NotFound):
            use(ports, person_id=stranger, booking_ref=made.ref)


def test_an_old_interview_or_one_of_another_department_is_not_offered(
    ports: Ports, li: Booker, made: booking.Booking
) -> None:
    assert previsit_giving.offered(ports, person_id=li.person_id, booking_ref=made.ref)
    with clock.frozen(ports.now() + timedelta(hours=ports.rules["summary_hours"] + 1)):
        assert previsit_giving.offered(ports, person_id=li.person_id, booking_ref=made.ref) is None
