"""One item over time: honest about units, ranges and what cannot be measured."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.errors import HisUnavailable, NotFound
from bot.his.port import Observation
from bot.plot.layout import plot
from bot.ports import Ports
from bot.services import reports, views
from bot.services.cards import Card
from tests.factories import NOW, FakeHis, a_card, a_person

GLUCOSE = Observation("GLU", "空腹血糖", "5.10", "mmol/L", 3.9, 6.1, "3.90-6.10", "N")


@pytest.fixture
def person(ports: Ports) -> int:
    return a_person(ports)


@pytest.fixture
def card(ports: Ports, person: int) -> Card:
    return a_card(ports, person)


def visit(his: FakeHis, card: Card, days_ago: int, line: Observation = GLUCOSE, **changes: Any) -> str:
    """A blood sugar of some days ago; gives its reference."""
    at = NOW - timedelta(days=days_ago)
    facts = {"name": "血糖", "ordered_at": at, "ready_at": at + timedelta(hours=3), "items": (line,)}
    return f"{card.ref}.{his.add_report(card.patient_id, **facts | changes).id}"


def trend(ports: Ports, person: int, ref: str) -> Any:
    return reports.trend(ports, person_id=person, ref=ref, code="GLU")


def test_points_of_all_visits_oldest_first(ports: Ports, his: FakeHis, person: int, card: Card) -> None:
    ref = visit(his, card, 1, replace(GLUCOSE, value="7.20", flag="H"))
    visit(his, card, 90)
    visit(his, card, 30, replace(GLUCOSE, value="6.00"))
    found = trend(ports, person, ref)
    [series] = found.series
    assert [(p.printed, p.value, p.flag) for p in series.points] == [
        ("5.10", 5.1, "N"),
        ("6.00", 6.0, "N"),
        ("7.20", 7.2, "H"),
    ]
    assert [p.moment for p in series.points] == sorted(p.moment for p in series.points)
    assert (found.name, found.masked_name, series.unit) == ("空腹血糖", card.masked_name, "mmol/L")
    assert "7.2" not in repr(found)


def test_another_unit_is_another_series_and_never_on_one_scale(
    ports: Ports, his: FakeHis, person: int, card: Card
) -> None:
    american = Observation("GLU", "空腹血糖", "92", "mg/dL", 70.0, 110.0, "70-110", "N")
    visit(his, card, 400, american)
    visit(his, card, 300, american)
    ref = visit(his, card, 1)
    assert [(s.unit, [p.printed for p in s.points]) for s in trend(ports, person, ref).series] == [
        ("mmol/L", ["5.10"]),
        ("mg/dL", ["92", "92"]),
    ]
    said = views.render(ports, person_id=person, replies=[{"view": "trend", "ref": f"{ref}/0"}])[0]["text"]
    assert "换过单位" in said


def test_two_letters_mu_are_one_unit(ports: Ports, his: FakeHis, person: int, card: Card) -> None:
    visit(his, card, 9, replace(GLUCOSE, unit="\u00b5mol/L"))
    ref = visit(his, card, 1, replace(GLUCOSE, unit="\u03bcmol/L"))
    assert len(trend(ports, person, ref).series) == 1


def test_a_changed_range_stays_with_its_own_day(ports: Ports, his: FakeHis, person: int, card: Card) -> None:
    visit(his, card, 200)
    ref = visit(his, card, 1, replace(GLUCOSE, low=3.9, high=6.5, reference="3.90-6.50"))
    [series] = trend(ports, person, ref).series
    assert [(p.high, p.reference) for p in series.points] == [(6.1, "3.90-6.10"), (6.5, "3.90-6.50")]
    drawn = plot(series.plotted)
    assert drawn is not None
    assert len(drawn.bands) == 2
    assert drawn.bands[1].y < drawn.bands[0].y


@pytest.mark.parametrize(
    ("printed", "value", "bound"),
    [
        ("<0.5", 0.5, "<"),
        ("＜0.5", 0.5, "<"),
        ("≤ 0.5", 0.5, "<"),
        (">1000", 1000.0, ">"),
        ("-1.2", -1.2, ""),
        ("阴性", None, ""),
        ("1+", None, ""),
        ("1e400", None, ""),
        ("nan", None, ""),
        ("", None, ""),
        ("1:80", None, ""),
    ],
)
def test_a_value_is_read_as_it_was_printed(
    ports: Ports, his: FakeHis, person: int, card: Card, printed: str, value: float | None, bound: str
) -> None:
    ref = visit(his, card, 1, replace(GLUCOSE, value=printed))
    [point] = trend(ports, person, ref).series[0].points
    assert (point.printed, point.value, point.bound) == (printed, value, bound)
    drawn = plot([point] if point.value is not None else [])
    assert (drawn is None) == (value is None)
    assert drawn is None or drawn.dots[0].open == bool(bound)


def test_held_and_preliminary_and_pending_results_are_not_in_it(
    ports: Ports, his: FakeHis, person: int, card: Card
) -> None:
    ref = visit(his, card, 1)
    visit(his, card, 20, replace(GLUCOSE, value="1.77", flag="LL"))
    visit(his, card, 30, replace(GLUCOSE, value="33.3"), critical=True)
    visit(his, card, 40, replace(GLUCOSE, value="29.9", flag="HH"), critical=True, released_at=NOW)
    visit(his, card, 50, replace(GLUCOSE, value="8.88"), status="preliminary")
    visit(his, card, 0, ready_at=None, items=())
    found = trend(ports, person, ref)
    assert [p.printed for p in found.series[0].points] == ["29.9", "5.10"]
    assert found.held_back == 2


def test_other_reports_other_items_and_old_ones_are_not_in_it(
    ports: Ports, his: FakeHis, person: int, card: Card
) -> None:
    ref = visit(his, card, 1)
    visit(his, card, 10, name="血脂")
    visit(his, card, 20, replace(GLUCOSE, code="HBA1C"))
    visit(his, card, 0, ordered_at=datetime(2023, 11, 1), ready_at=datetime(2023, 11, 1))
    assert len(trend(ports, person, ref).series[0].points) == 1


def test_as_many_reports_as_the_rules_say_the_newest(ports: Ports, his: FakeHis, person: int, card: Card) -> None:
    ref = visit(his, card, 1)
    for days in range(2, 40):
        visit(his, card, days)
    most = int(ports.rules["trend_reports"])
    points = trend(ports, person, ref).series[0].points
    assert len(points) == most
    assert points[0].moment == NOW - timedelta(days=most) + timedelta(hours=3)


def test_only_ones_own_and_only_what_the_report_has(ports: Ports, his: FakeHis, person: int, card: Card) -> None:
    ref = visit(his, card, 1)
    for code in ("HBA1C", "", "GLU' OR 1=1"):
        with pytest.raises(NotFound):
            reports.trend(ports, person_id=person, ref=ref, code=code)
    for place in (-1, 1, 99):
        with pytest.raises(NotFound):
            reports.trend_of_line(ports, person_id=person, ref=ref, place=place)
    with pytest.raises(NotFound):
        trend(ports, a_person(ports), ref)


def test_a_foreign_report_among_them_spoils_all(
    ports: Ports, his: FakeHis, person: int, card: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    ref = visit(his, card, 1)
    visit(his, card, 9)
    honest = his.report
    monkeypatch.setattr(
        his,
        "report",
        lambda *, patient_id, report_id: replace(
            honest(patient_id=patient_id, report_id=report_id),
            **({} if ref.endswith(report_id) else {"patient_id": "x"}),
        ),
    )
    with pytest.raises(HisUnavailable):
        trend(ports, person, ref)


def test_the_picture_is_a_small_png_without_a_name(ports: Ports, his: FakeHis, person: int, card: Card) -> None:
    ref = visit(his, card, 1)
    visit(his, card, 90, replace(GLUCOSE, value="<0.5", flag="L"))
    drawn = views.drawn(ports, person_id=person, reply={"view": "trend_picture", "ref": f"{ref}/0"})
    assert set(drawn) == {"image"}
    assert drawn["image"].startswith(b"\x89PNG\r\n")
    assert len(drawn["image"]) < 100_000
    assert b"tEXt" not in drawn["image"]


def test_of_a_preliminary_result_alone_there_is_no_trend_yet(
    ports: Ports, his: FakeHis, person: int, card: Card
) -> None:
    ref = visit(his, card, 1, status="preliminary")
    assert trend(ports, person, ref).series == ()
    replies = [{"view": "trend", "ref": f"{ref}/0"}, {"view": "trend_picture", "ref": f"{ref}/0"}]
    said = [reply["text"] for reply in views.render(ports, person_id=person, replies=replies)]
    assert said == ["这一项还没有正式结果，出来后再看变化。", "这一项还没有能画成图的数字。"]


def test_words_measured_last_are_drawn_by_the_numbers_before_them(
    ports: Ports, his: FakeHis, person: int, card: Card
) -> None:
    visit(his, card, 30)
    ref = visit(his, card, 1, replace(GLUCOSE, value="阴性", unit=""))
    drawn = views.drawn(ports, person_id=person, reply={"view": "trend_picture", "ref": f"{ref}/0"})
    assert drawn["image"].startswith(b"\x89PNG")
