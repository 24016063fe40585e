"""What patients asked, where the assistant failed, and whether promises were kept: figures, and nobody in them.

A group of fewer patients than `insight_least` is not shown. Each look is a row of the audit trail.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.errors import BadInput, HisUnavailable
from bot.ports import Ports
from bot.services import access, insight_answers, insight_numbers, insight_talks
from bot.services.insight_answers import Answers
from bot.services.insight_numbers import Bookings, Notices
from bot.services.insight_talks import Talks, Topics
from bot.services.insight_window import SECTIONS, SPANS, Window, window
from bot.services.staff import Staff

__all__ = ["SECTIONS", "SPANS", "Overview", "overview"]


@dataclass(frozen=True)
class Overview:
    """The figures; a part that the reader's role is not for is None. `departments`: those to choose from, by id."""

    window: Window
    department_name: str
    departments: dict[str, str]
    talks: Talks | None = None
    topics: Topics | None = None
    places: Topics | None = None
    answers: Answers | None = None
    bookings: Bookings | None = None
    notices: Notices | None = None


@access.reads("insight.read", why="insight")
def overview(ports: Ports, *, staff: Staff, days: int, department: str | None = None) -> Overview:
    """Figures of the last days, today included. Raises Refused (role), BadInput('bad_span', 'bad_department')."""
    wanted = window(ports, staff=staff, days=days, department=department)
    names = _departments(ports)
    if department and department not in names:
        raise BadInput("bad_department")
    access.concerning(f"insight/{days}/{wanted.department or 'all'}")
    return _read(ports, wanted, names, choosing=staff.role != "head")


def _read(ports: Ports, wanted: Window, names: dict[str, str], *, choosing: bool) -> Overview:
    sees = wanted.sections.__contains__
    with ports.transaction() as session:
        return Overview(
            wanted,
            names.get(wanted.department or "", wanted.department or ""),
            names if choosing else {},
            talks=insight_talks.talks(ports, session, wanted) if sees("talks") else None,
            topics=insight_talks.asked(ports, session, wanted) if sees("topics") else None,
            places=insight_talks.places(ports, session, wanted, names) if sees("talks") else None,
            answers=insight_answers.answers(ports, session, wanted) if sees("answers") else None,
            bookings=insight_numbers.bookings(session, wanted) if sees("bookings") else None,
            notices=insight_numbers.notices(ports, session, wanted) if sees("notices") else None,
        )


def _departments(ports: Ports) -> dict[str, str]:
    """Names by id; none while the hospital's system does not answer: the figures are ours."""
    try:
        return {one.id: one.name for one in ports.his.departments()}
    except HisUnavailable:
        return {}
