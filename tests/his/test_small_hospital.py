"""A patient of the example hospital, which has the core and nothing else: the whole way over HTTP, on our own services."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from bot import clock
from bot.db.base import make_engine
from bot.errors import HisUnavailable, PeizhenError
from bot.his.http import HttpHis
from bot.ports import Ports
from bot.services import booking, news, queue, reports, unheard, waitlist_filling
from tests.connecting.conftest import EXAMPLE_KEY, example
from tests.connecting.visitors import person
from tests.factories import Someone, a_card, a_person, make_ports


@pytest.fixture
def ports(sqlite_url: str, tmp_path: Path) -> Iterator[Ports]:
    """Its clock is the machine's, and so is ours."""
    with clock.frozen(datetime.now(timezone.utc).replace(tzinfo=None)), example(tmp_path) as url:
        his = HttpHis(url, EXAMPLE_KEY)
        yield make_ports(make_engine(sqlite_url), his=his)
        his.close()


def _refusal(call: object, *args: object, **facts: object) -> str:
    with pytest.raises(PeizhenError) as failure:
        call(*args, **facts)  # type: ignore[operator]
    return failure.value.code


def test_a_number_is_taken_kept_and_given_back(ports: Ports) -> None:
    person_id = a_person(ports)
    card = a_card(ports, person_id, Someone(**person()))
    day = clock.local(ports.now()).date() + timedelta(days=2)
    [offer, *_] = booking.offers(ports, department_id="xm.k1", day=day)
    order = {"person_id": person_id, "card_ref": card.ref, "slot_id": offer.slot_id, "key": "b"}
    made = booking.book(ports, **order)
    assert (made.state, made.doctor_name, made.day) == ("booked", "郝谷", day)
    assert booking.book(ports, **order) == made
    assert (news.hear(ports), unheard.ask(ports), waitlist_filling.tick(ports)) == (0, 0, 0)
    assert _refusal(reports.mine, ports, person_id=person_id) == "not_offered"
    with clock.frozen(made.start):
        assert _refusal(queue.mine, ports, person_id=person_id) == "queue_on_screen"
    assert booking.cancel(ports, person_id=person_id, ref=made.ref, key="c").state == "cancelled"
    again = booking.offers(ports, department_id="xm.k1", day=day)
    assert next(each.left for each in again if each.slot_id == offer.slot_id) <= offer.left


def test_a_lost_answer_is_settled_by_its_key(ports: Ports, monkeypatch: pytest.MonkeyPatch) -> None:
    person_id = a_person(ports)
    card = a_card(ports, person_id, Someone(**person()))
    day = clock.local(ports.now()).date() + timedelta(days=2)
    [offer, *_] = booking.offers(ports, department_id="xm.k1", day=day)
    right = HttpHis.book

    def lost(his: HttpHis, **order: str) -> None:
        right(his, **order)
        raise HisUnavailable

    with monkeypatch.context() as patch:
        patch.setattr(HttpHis, "book", lost)
        order = {"person_id": person_id, "card_ref": card.ref, "slot_id": offer.slot_id, "key": "b"}
        assert _refusal(booking.book, ports, **order) == "his_unavailable"
    with clock.frozen(ports.now() + timedelta(minutes=10)):
        assert booking.settle_open(ports) == 1
    assert [each.state for each in booking.mine(ports, person_id=person_id)] == ["booked"]
