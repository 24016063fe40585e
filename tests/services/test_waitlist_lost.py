"""A place on offer that the hospital takes away: its patient is told, and stands where he stood."""

from __future__ import annotations

import pytest

from bot.errors import Refused
from bot.ports import Ports
from bot.services import news, waitlist_filling
from tests.factories import FakeHis
from tests.services.lines import SLOT, Waiting, delivered, offered, sold_out, waits


def on_offer(ports: Ports) -> Waiting:
    """The first in line has a place on offer; another waits behind him."""
    holder, made = sold_out(ports)
    first, second = Waiting(ports), Waiting(ports)
    first.join()
    second.join()
    holder.cancel(made)
    assert waitlist_filling.tick(ports) == 1
    delivered(ports)
    return first


def test_a_stopped_clinic_takes_the_offer_back(ports: Ports, his: FakeHis) -> None:
    first = on_offer(ports)
    ref = str(first.offer())
    his.close_session(session_id=his.slot(SLOT).session_id, key="desk")
    news.hear(ports)
    assert (offered(ports), waits(ports)) == (["ended"], ["waiting", "waiting"])
    with pytest.raises(Refused, match="place_gone"):
        first.accept(ref)
    told = [reply["text"] for reply in delivered(ports) if "收回" in reply["text"]]
    assert len(told) == 1
    news.hear(ports)
    assert delivered(ports) == []


def test_news_of_a_place_that_is_still_kept_changes_nothing(ports: Ports, his: FakeHis) -> None:
    first = on_offer(ports)
    place = his.appointment_by_key(f"wait:{first.offer()}")
    assert place is not None
    his.tell("appointment", place.id, place.patient_id)
    news.hear(ports)
    assert offered(ports) == ["offered"]
    assert first.accept().state == "booked"


def test_a_yes_that_came_before_the_news_is_not_undone(ports: Ports, his: FakeHis) -> None:
    first = on_offer(ports)
    made = first.accept()
    his.close_session(session_id=his.slot(SLOT).session_id, key="desk")
    news.hear(ports)
    assert offered(ports) == ["accepted"]
    assert [(b.ref, b.state) for b in first.mine()] == [(made.ref, "stopped")]
