"""One reader of what happened at the hospitals: once for all kinds, each hospital from where it was left."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from bot import clock
from bot.db.changes import ChangeCursor
from bot.errors import HisUnavailable
from bot.his.federated import FederatedHis
from bot.his.port import Change, Hospital
from bot.ports import Ports
from bot.services import news
from tests.factories import NOW, FakeHis
from tests.services.lines import Waiting, due

CLINIC = "yh.h01-20261124-am"
MINUTE = timedelta(minutes=1)


class Neighbour:
    """Another hospital of the region: news of its own, or none because it is down."""

    def __init__(self) -> None:
        self.down = False
        self.asked_since: list[datetime] = []

    def hospitals(self) -> list[Hospital]:
        return [Hospital("yz", "云和湖滨医院", "湖滨路", "0571-2", "120", "急诊")]

    def changes(self, *, since: datetime, hospital_id: str | None = None) -> list[Change]:
        self.asked_since.append(since)
        if self.down:
            raise HisUnavailable
        return [Change("yz.e1", clock.now(), "appointment", "yz.a1", "yz.n1")]


def cursors(ports: Ports) -> dict[str, datetime]:
    with ports.transaction() as session:
        return {c.hospital_id: c.seen_until for c in session.scalars(sa.select(ChangeCursor))}


@pytest.fixture
def neighbour() -> Neighbour:
    return Neighbour()


@pytest.fixture
def region(ports: Ports, neighbour: Neighbour) -> Ports:
    return replace(ports, his=FederatedHis({"yh": ports.his, "yz": neighbour}))  # type: ignore[dict-item]


def test_one_look_hears_of_clinics_numbers_and_reports(ports: Ports, his: FakeHis) -> None:
    stopped, given_away = Waiting(ports), Waiting(ports)
    stopped.book()
    given_away.book("yh.s02-20261125-0900")
    his.add_report(stopped.card.patient_id, ready_at=NOW - MINUTE, ordered_at=NOW - 60 * MINUTE)
    his.close_session(session_id=CLINIC, key="desk")
    his.cancel_at_the_desk(next(a.id for a in his._appointments.values() if a.patient_id == given_away.card.patient_id))
    his.asked.clear()
    assert news.hear(ports) == 3
    assert his.asked.count("changes") == 1
    assert sorted(kind for kind, _due, _end in due(ports)) == ["booking_cancelled", "report_ready", "stopped"]
    assert news.hear(ports) == 0


def test_a_hospital_that_is_down_holds_no_other_up(
    ports: Ports, region: Ports, his: FakeHis, neighbour: Neighbour
) -> None:
    patient = Waiting(ports)
    patient.book()
    his.close_session(session_id=CLINIC, key="desk")
    neighbour.down = True
    with pytest.raises(HisUnavailable):
        news.hear(region)
    assert [made.state for made in patient.mine()] == ["stopped"]
    assert cursors(region) == {"yh": NOW}


def test_what_was_missed_meanwhile_is_read_from_where_it_stopped(region: Ports, neighbour: Neighbour) -> None:
    news.hear(region)
    neighbour.down = True
    for hours in (1, 2, 3):
        with clock.frozen(NOW + timedelta(hours=hours)), pytest.raises(HisUnavailable):
            news.hear(region)
    neighbour.down = False
    with clock.frozen(NOW + timedelta(hours=4)):
        news.hear(region)
    overlap = timedelta(minutes=region.rules["news_overlap_minutes"])
    assert set(neighbour.asked_since) == {NOW - overlap}
    assert cursors(region) == {"yh": NOW + timedelta(hours=4), "yz": NOW + timedelta(hours=4)}


def test_nobody_is_asked_for_news_that_no_hospital_remembers(region: Ports, neighbour: Neighbour) -> None:
    news.hear(region)
    with clock.frozen(NOW + timedelta(days=30)):
        news.hear(region)
        assert neighbour.asked_since[-1] == clock.now() - timedelta(hours=region.rules["news_reach_hours"])


def test_what_nobody_here_booked_is_not_asked_about(ports: Ports, his: FakeHis) -> None:
    his.close_session(session_id=CLINIC, key="desk")
    his.tell("appointment", "yh.a-unknown", "yh.n9")
    his.asked.clear()
    assert news.hear(ports) == 0
    assert "appointment" not in his.asked


def test_of_many_changes_of_one_number_it_is_asked_about_once(ports: Ports, his: FakeHis) -> None:
    patient = Waiting(ports)
    patient.book()
    [appointment] = his._appointments.values()
    for _ in range(5):
        his.tell("appointment", appointment.id, appointment.patient_id)
    his.asked.clear()
    assert news.hear(ports) == 0
    assert his.asked.count("appointment") == 1


def test_a_number_that_cannot_be_asked_about_is_asked_about_next_time(
    ports: Ports, his: FakeHis, monkeypatch: pytest.MonkeyPatch
) -> None:
    patient = Waiting(ports)
    patient.book()
    news.hear(ports)
    his.close_session(session_id=CLINIC, key="desk")

    def silent(_id: str) -> None:
        raise HisUnavailable

    with monkeypatch.context() as patched:
        patched.setattr(his, "appointment", silent)
        with clock.frozen(NOW + 10 * MINUTE):
            assert news.hear(ports) == 0
    with clock.frozen(NOW + timedelta(hours=5)):
        assert news.hear(ports) == 1
    assert [made.state for made in patient.mine()] == ["stopped"]
