"""Nobody sees or changes what is somebody else's: the matrix of gate-idor, with one malformed reference at each door."""

from __future__ import annotations

import pytest

from tests.gates.idor import run
from tests.idor import matrix, probe
from tests.idor.world import Canary


@pytest.fixture(scope="module")
def outcome() -> tuple[probe.Findings, list[str], int]:
    return run(malformed=1)


def test_every_door_has_its_row(outcome: tuple[probe.Findings, list[str], int]) -> None:
    """Whoever adds a route, an answer, a form or a view says in tests/idor/matrix.py what it takes."""
    assert outcome[1] == []


def test_no_answer_shows_what_is_somebody_elses(outcome: tuple[probe.Findings, list[str], int]) -> None:
    assert dict(outcome[0].leaks) == {}


def test_anothers_and_none_are_one_answer(outcome: tuple[probe.Findings, list[str], int]) -> None:
    assert outcome[0].told_apart == []


def test_nothing_is_changed_and_nothing_breaks(outcome: tuple[probe.Findings, list[str], int]) -> None:
    assert (outcome[0].changed, outcome[0].broke) == (0, [])


def test_no_page_offers_what_its_reader_may_not_do(outcome: tuple[probe.Findings, list[str], int]) -> None:
    assert outcome[0].offers == set()


def test_each_row_opens_its_door_to_the_right_person(outcome: tuple[probe.Findings, list[str], int]) -> None:
    assert outcome[0].useless == set()


def test_a_door_without_a_row_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(matrix.ROUTES, "h5.report_page")
    monkeypatch.delitem(matrix.ANSWERS, "show_report")
    monkeypatch.delitem(matrix.VIEWS, "report")
    assert {"h5.report_page", "show_report", "report"} == set(_rowless())


def _rowless() -> list[str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(probe, "probe", lambda *_, **__: probe.Findings())
        return run(malformed=0)[1]


def test_without_the_owner_checks_the_same_run_leaks() -> None:
    found, _rowless, _people = run(malformed=0, guarded=False)
    families = {kind for leak in found.leaks for kind in ("report", "question", "answer", "masked") if kind in leak}
    assert families == {"report", "question", "answer", "masked"}
    assert sum(found.leaks.values()) > 50


def test_a_number_among_a_meters_digits_is_no_leak() -> None:
    talk = Canary("550001", "a", "review")
    assert talk.stands_in('<a href="/console/reviews/550001">') and not talk.stands_in("seconds_sum 0.5500017 3550001")
