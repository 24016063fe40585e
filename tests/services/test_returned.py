"""What a patient gives back cannot be passed on: for a random time it is the waitlist's, then everybody's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
import sqlalchemy as sa

from bot import clock
from bot.errors import HisRefused, PeizhenError, Refused
from bot.ports import Ports
from bot.services import booking, returned, waitlist_filling
from tests.factories import NOW, FakeHis, together
from tests.races import Meeting
from tests.services.lines import BONES, SLOT, TUESDAY, Waiting, booked, sold_out

HOUR = timedelta(hours=1)
ELSEWHERE = "yh.s01-20261125-0900"


def given_back(ports: Ports, capacity: int = 1) -> Waiting:
    """One place of a half hour given back; `capacity` places in all."""
    ports.his.capacity = capacity
    who = Waiting(ports)
    who.cancel(who.book())
    return who


def on_offer(ports: Ports) -> bool:
    return any(offer.slot_id == SLOT for offer in booking.offers(ports, department_id=BONES, day=TUESDAY))


def refusal(who: Waiting) -> str:
    with pytest.raises(PeizhenError) as failure:
        who.book()
    return failure.value.code


def test_a_place_given_back_is_not_on_offer_and_cannot_be_had_by_its_id(ports: Ports, his: FakeHis) -> None:
    given_back(ports)
    assert his.slot(SLOT).left == 1
    assert not on_offer(ports)
    assert refusal(Waiting(ports)) == "slot_full"
    assert his.taken(SLOT) == 0


def test_after_one_to_two_hours_it_is_everybodys(ports: Ports) -> None:
    given_back(ports)
    with clock.frozen(NOW + HOUR - timedelta(seconds=1)):
        assert not on_offer(ports)
    with clock.frozen(NOW + 2 * HOUR):
        assert on_offer(ports)
        assert Waiting(ports).book().state == "booked"


def test_the_moment_is_different_every_time(ports: Ports) -> None:
    with ports.transaction() as session:
        for n in range(20):
            returned.note(ports, session, cause=f"c{n}", slot_id="s", patient_id="p", start=NOW + 24 * HOUR)
        moments = [m - NOW for m in session.scalars(sa.select(returned.ReturnedPlace.visible_at))]
    assert len(set(moments)) == 20
    assert all(HOUR <= m <= 2 * HOUR for m in moments)


def test_near_its_half_hour_it_comes_back_sooner(ports: Ports) -> None:
    start = NOW + timedelta(minutes=40)
    for n in range(20):
        with ports.transaction() as session:
            returned.note(ports, session, cause=f"c{n}", slot_id="s", patient_id="p", start=start)
            assert session.scalar(sa.select(sa.func.max(returned.ReturnedPlace.visible_at))) <= start - timedelta(
                minutes=20
            )


def test_the_other_places_of_the_half_hour_are_sold_as_before(ports: Ports, his: FakeHis) -> None:
    given_back(ports, capacity=2)
    assert Waiting(ports).book().state == "booked"
    assert refusal(Waiting(ports)) == "slot_full"
    assert his.taken(SLOT) == 1


def test_who_gave_it_back_by_mistake_may_have_it_again(ports: Ports) -> None:
    who = given_back(ports)
    assert who.book().state == "booked"
    with clock.frozen(NOW + 3 * HOUR):
        assert refusal(Waiting(ports)) == "slot_full"


def test_a_place_that_is_moved_away_from_is_kept_back_too(ports: Ports, his: FakeHis) -> None:
    ports.his.capacity = 1
    who = Waiting(ports)
    old = who.book()
    new = who.move(old, ELSEWHERE)
    assert his.slot(SLOT).left == 1
    assert not on_offer(ports)
    assert refusal(Waiting(ports)) == "slot_full"
    assert who.move(new, SLOT).state == "booked"  # by mistake, and back again
    assert returned.kept_back(ports, {SLOT}) == {}


def test_a_move_that_the_hospital_refuses_keeps_nothing_back(
    ports: Ports, his: FakeHis, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[dict[str, int]] = []

    def no(**_: Any) -> None:
        seen.append(returned.kept_back(ports, {SLOT}))
        raise HisRefused("slot_full")

    monkeypatch.setattr(his, "reschedule", no)
    who = Waiting(ports)
    old = who.book()
    with pytest.raises(Refused):
        who.move(old, ELSEWHERE)
    assert (seen, returned.kept_back(ports, {SLOT})) == ([{SLOT: 1}], {})
    assert [made.ref for made in who.mine()] == [old.ref]


def test_a_move_cannot_have_a_place_that_is_kept_back(ports: Ports, his: FakeHis) -> None:
    given_back(ports)
    who = Waiting(ports)
    old = who.book(ELSEWHERE)
    with pytest.raises(Refused) as failure:
        who.move(old, SLOT)
    assert (failure.value.code, his.taken(SLOT)) == ("slot_full", 0)
    assert [made.state for made in who.mine()] == ["booked"]


def test_the_waitlist_gets_it_at_once(ports: Ports) -> None:
    holder, made = sold_out(ports)
    who = Waiting(ports)
    who.join()
    holder.cancel(made)
    waitlist_filling.tick(ports)
    assert who.accept().state == "booked"
    assert returned.kept_back(ports, {SLOT}) == {}


def test_a_place_the_waitlist_let_go_is_kept_back_again(ports: Ports, his: FakeHis) -> None:
    holder, made = sold_out(ports)
    who = Waiting(ports)
    who.join()
    holder.cancel(made)
    waitlist_filling.tick(ports)
    who.decline()
    waitlist_filling.tick(ports)
    assert his.slot(SLOT).left == 1
    assert refusal(Waiting(ports)) == "slot_full"


def test_a_cancelling_that_the_hospital_refused_keeps_nothing_back(
    ports: Ports, his: FakeHis, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = Waiting(ports)
    made = who.book()
    with monkeypatch.context() as patch:
        patch.setattr(his, "cancel", _refuse)
        with pytest.raises(PeizhenError):
            who.cancel(made)
    assert returned.kept_back(ports, {SLOT}) == {}


def _thirty_want_one_of_two(ports: Ports, for_sale: Callable[..., bool] = returned.for_sale) -> None:
    """Two places are free at the hospital, one of them kept back: one of thirty gets one."""
    given_back(ports, capacity=2)
    crowd = [Waiting(ports) for _ in range(30)]
    with patch.object(returned, "for_sale", for_sale):
        together(30, lambda n: crowd[n].book())
    assert booked(ports) == 1


def test_thirty_at_once_cannot_get_at_the_place_kept_back(postgres_ports: Ports) -> None:
    _thirty_want_one_of_two(postgres_ports)


def test_control_with_a_look_and_no_lock_the_place_kept_back_is_sold(postgres_ports: Ports) -> None:
    def looked(ports: Ports, session: Any, *, slot_id: str, left: int, **_: Any) -> bool:
        return left - returned.kept_back(ports, {slot_id}).get(slot_id, 0) > 0

    with pytest.raises(AssertionError):
        _thirty_want_one_of_two(postgres_ports, Meeting(30).after(looked))


def _refuse(**_: Any) -> Any:
    from bot.errors import HisRefused

    raise HisRefused("not_cancellable")
