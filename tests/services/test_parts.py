"""A hospital that has connected its bookings and nothing else: patients hear what is so, and where to go instead."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot import clock
from bot.errors import HisRefused, HisUnavailable, PeizhenError
from bot.ports import Ports
from bot.services import aftercare, booking, news, prices, queue, reports, unheard, waitlist_filling
from bot.services.arrival import Scan
from tests.factories import NOW, FakeHis, a_card, a_person, someone
from tests.services.lines import SLOT, Waiting, booked, delivered, offered, sold_out, waits
from tests.services.test_booking import states

LISTS = frozenset({"prices", "sessions", "changes"})
CALLS = frozenset({"hold", "confirm", "reschedule", "queue", "check_in", "calls", "reports", "report"})
CALLS |= {"prescriptions", "bills"}
TODAY = clock.utc(datetime(2026, 11, 24, 8, 40))
CLINIC = "yh.h01-20261124-am"


class Core:
    """A hospital without parts, as the HTTP adapter shows it; `whole` = ids of patients of a neighbour that has them."""

    def __init__(self, his: FakeHis) -> None:
        self._his = his
        self.whole: set[str] = set()

    @property
    def capacity(self) -> int:
        return self._his.capacity

    @capacity.setter
    def capacity(self, places: int) -> None:
        self._his.capacity = places

    def hospitals(self) -> list[Any]:
        return [replace(hospital, offers=()) for hospital in self._his.hospitals()]

    def __getattr__(self, name: str) -> Any:
        if name in LISTS:
            return lambda **_: []
        return self._left_out(name) if name in CALLS else getattr(self._his, name)

    def _left_out(self, name: str) -> Callable[..., Any]:
        def ask(*who: str, **asked: Any) -> Any:
            if self.whole.isdisjoint(who):
                raise HisRefused("not_offered")
            return getattr(self._his, name)(*who, **asked)

        return ask


@pytest.fixture
def core(ports: Ports, his: FakeHis) -> Ports:
    return replace(ports, his=Core(his))  # type: ignore[arg-type]


def refusal(call: Callable[[], object]) -> str:
    with pytest.raises(PeizhenError) as failure:
        call()
    return failure.value.code


# -- the day itself
def test_who_asks_for_his_place_is_sent_to_the_screen(core: Ports) -> None:
    patient = Waiting(core)
    made = patient.book()
    who: dict[str, Any] = {"person_id": patient.person_id, "ref": made.ref}
    with clock.frozen(TODAY):
        assert refusal(lambda: queue.mine(core, person_id=patient.person_id)) == "queue_on_screen"
        assert refusal(lambda: queue.one(core, **who)) == "queue_on_screen"
        assert refusal(lambda: queue.check_in(core, **who, key="k", where=Scan("yh.d01"))) == "queue_on_screen"


def test_who_has_no_number_today_has_no_queue_there_either(core: Ports) -> None:
    assert queue.mine(core, person_id=a_person(core)) == []


# -- papers
def test_papers_and_prices_that_are_not_connected_are_not_called_missing(core: Ports) -> None:
    person_id = a_person(core)
    a_card(core, person_id)
    assert refusal(lambda: reports.mine(core, person_id=person_id)) == "not_offered"
    assert refusal(lambda: aftercare.prescriptions(core, person_id=person_id)) == "not_offered"
    assert refusal(lambda: prices.find(core, text="超声")) == "not_offered"
    assert prices.registration(core).low_fen == 2000


def test_the_other_hospitals_papers_are_shown_all_the_same(core: Ports, his: FakeHis) -> None:
    person_id = a_person(core)
    here, there = a_card(core, person_id, someone("李雷")), a_card(core, person_id, someone("韩梅"))
    core.his.whole.add(there.patient_id)  # type: ignore[attr-defined]
    for card in (here, there):
        his.add_report(card.patient_id)
        his.add_prescription(card.patient_id)
    assert [line.masked_name for line in reports.mine(core, person_id=person_id)] == ["韩*"]
    assert [each.masked_name for each in aftercare.prescriptions(core, person_id=person_id)] == ["韩*"]
    assert refusal(lambda: reports.mine(core, person_id=person_id, card_ref=here.ref)) == "not_offered"


# -- numbers
def test_a_number_that_cannot_be_moved_stands(core: Ports) -> None:
    patient = Waiting(core)
    made = patient.book()
    assert refusal(lambda: patient.move(made, "yh.s01-20261124-0930")) == "not_offered"
    assert [(each.ref, each.state) for each in patient.mine()] == [(made.ref, "booked")]


def _free_again(core: Ports, *patients: Waiting) -> None:
    """Sold out, everybody waits, one place comes back."""
    holder, made = sold_out(core)
    for patient in patients:
        patient.join()
    holder.cancel(made)


def test_a_place_that_cannot_be_kept_is_offered_to_one_at_a_time_and_says_so(core: Ports, his: FakeHis) -> None:
    first, second = Waiting(core), Waiting(core)
    _free_again(core, first, second)
    assert (waitlist_filling.tick(core), waitlist_filling.tick(core)) == (1, 0)
    assert (first.offer() is not None, second.offer(), his.taken(SLOT)) == (True, None, 0)
    assert "没法先留号，别人也能挂" in delivered(core)[0]["text"]
    got = first.accept()
    assert (got.state, first.accept(waited_for(core))) == ("booked", got)
    assert (waits(core), offered(core), his.taken(SLOT), booked(core)) == (["filled", "waiting"], ["accepted"], 1, 1)


def waited_for(core: Ports) -> str:
    """The only offer's reference."""
    with core.transaction() as session:
        return str(session.execute("SELECT ref FROM wait_offer").scalar())


def test_who_says_yes_after_somebody_was_faster_is_told(core: Ports, his: FakeHis) -> None:
    patient = Waiting(core)
    _free_again(core, patient)
    waitlist_filling.tick(core)
    his.book(slot_id=SLOT, patient_id="yh.n9999", key="desk")
    assert refusal(patient.accept) == "slot_full"
    assert (waits(core), offered(core), patient.mine()) == (["over"], ["ended"], [])


def test_a_promise_that_lapses_goes_to_the_next_and_nothing_is_given_back(core: Ports, his: FakeHis) -> None:
    first, second = Waiting(core), Waiting(core)
    _free_again(core, first, second)
    waitlist_filling.tick(core)
    with clock.frozen(NOW + timedelta(minutes=31)):
        assert waitlist_filling.tick(core) == 1
        assert second.accept().state == "booked"
    assert (waits(core), offered(core), his.taken(SLOT)) == (["lapsed", "filled"], ["ended", "accepted"], 1)


def test_an_answer_that_is_lost_is_settled_by_its_key(core: Ports, his: FakeHis) -> None:
    patient = Waiting(core)
    _free_again(core, patient)
    waitlist_filling.tick(core)
    his.lose_answers = 1
    assert refusal(patient.accept) == "his_unavailable"
    with clock.frozen(NOW + timedelta(minutes=10)):
        assert booking.settle_open(core) == 1
        waitlist_filling.tick(core)
    assert (waits(core), offered(core), his.taken(SLOT)) == (["filled"], ["accepted"], 1)


# -- what the desk did
def test_a_clinic_called_off_is_heard_of_by_asking(core: Ports, his: FakeHis) -> None:
    patient = Waiting(core)
    patient.book()
    assert unheard.ask(core) == 0
    his.close_session(session_id=CLINIC, key="desk")
    assert news.hear(core) == 0
    assert (unheard.ask(core), unheard.ask(core)) == (1, 0)
    assert [each.state for each in patient.mine()] == ["stopped"]


def test_a_number_that_the_desk_gave_away_is_heard_of_too(core: Ports, his: FakeHis) -> None:
    patient = Waiting(core)
    patient.book()
    [appointment] = his.appointments(patient.card.patient_id)
    his.cancel(appointment_id=appointment.id, key="desk")
    assert unheard.ask(core) == 1
    assert states(core) == ["cancelled"]


def test_a_hospital_that_tells_its_news_is_not_asked(ports: Ports, his: FakeHis) -> None:
    Waiting(ports).book()
    his.asked.clear()
    assert unheard.ask(ports) == 0
    assert his.asked == []


def test_three_silences_are_enough_for_one_run(core: Ports, his: FakeHis, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        Waiting(core).book()
    Waiting(core).book("yh.s02-20261124-0900")
    asked = []

    def silent(appointment_id: str) -> Any:
        asked.append(appointment_id)
        raise HisUnavailable

    monkeypatch.setattr(his, "appointment", silent)
    assert unheard.ask(core) == 0
    assert len(asked) == 3
