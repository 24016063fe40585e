"""分诊: from a patient's words to this hospital's departments, with the reason in his own words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.db.base import new_ref
from bot.db.triage import TriageNote
from bot.errors import BadInput
from bot.his.port import Department
from bot.ports import Ports
from bot.services import flagged, previsit
from bot.services.complaint import Answer, Complaint, other_person, told_by
from bot.triage import belief, cues, departments, interview, urgency
from bot.triage.assess import emergency_first
from bot.triage.names import EMERGENCY
from bot.triage.nearest import nearest
from bot.triage.story import Story

__all__ = [
    "EMERGENCY",
    "PRESSING",
    "Answer",
    "Complaint",
    "Result",
    "Suggestion",
    "other_person",
    "parse_age",
    "parse_sex",
    "pressing",
    "said_age",
    "said_duration",
    "suggest",
    "told_by",
]
PRESSING = urgency.EMERGENCY
SHOWN = 3
OLDEST = 120
MONTHS = re.compile(r"(?:[1-9]|1[01]|[一二两三四五六七八九十]|十一)个?(?:多|半)?月了?")  # as an answer: a baby's age
ENOUGH = 0.12  # a department less likely than this is a guess, not a suggestion


@dataclass(frozen=True)
class Suggestion:
    """One department of this hospital; `because` = the patient's own words, may be empty.

    `instead_of`: the department that it stands in for because the hospital has none, "" = it is the one.
    """

    department: Department
    score: float
    because: tuple[str, ...]
    instead_of: str = ""

    @property
    def bookable(self) -> bool:
        """Whether it gives numbers: at the emergency room none is needed."""
        return self.department.standard_name != EMERGENCY


@dataclass(frozen=True)
class Result:
    """What the interview found. `urgency`: emergency | urgent | routine | self_care."""

    ref: str
    urgency: str
    suggestions: tuple[Suggestion, ...]


def parse_age(text: str) -> int:
    """Whole years from 35岁, 8个月, 六十多, 45. Raises BadInput('bad_age')."""
    age = 0 if MONTHS.fullmatch(text.strip()) else cues.parse_age(text)
    if age is None or not 0 <= age <= OLDEST:
        raise BadInput("bad_age")
    return age


def parse_sex(text: str) -> str | None:
    """'m', 'f' or None when the words do not say."""
    return cues.parse_sex(text)


def said_age(text: str) -> int | None:
    """The age a patient mentioned in passing."""
    return cues.parse_age(text)


def said_duration(text: str) -> bool:
    """Whether the patient said how long it has been."""
    return cues.parse_duration(text) is not None


def pressing(level: str | None, complaint: Complaint) -> str:
    """The urgency of a complaint on the way: what was reached stays."""
    return urgency.higher(level, interview.level(complaint.story))


def suggest(
    ports: Ports, *, person_id: int, inbox_id: int | None, complaint: Complaint, level: str | None = None
) -> Result:
    """Score, map to the hospital's departments (at most three), and keep a note for the doctor.

    `level`: the urgency that was reached on the way; it is never lowered. After a red flag that still stands nothing
    is less than an emergency.
    """
    story = complaint.story
    stands = flagged.stands(ports, person_id=person_id)
    reached = urgency.EMERGENCY if stands else pressing(level, complaint)
    here = {d.standard_name: d for d in reversed(ports.his.departments()) if d.standard_name}
    shown = _shown(_here(_best(story), here))
    ref = new_ref("t")
    page = previsit.page(complaint, urgency=reached, departments=[one.department.name for one in shown])
    with ports.transaction() as session:
        session.add(
            TriageNote(
                ref=ref,
                person_id=person_id,
                inbox_id=inbox_id,
                text_sealed=ports.crypto.seal(complaint.words),
                age=story.age,
                sex=story.sex,
                duration=page.duration[:64],
                urgency=reached,
                departments_json=[one.department.id for one in shown],
                summary_sealed=ports.crypto.seal(previsit.dumped(page)),
                created_at=ports.now(),
            )
        )
    return Result(ref, reached, shown)


def _best(story: Story) -> Sequence[departments.Suggestion]:
    """Standard departments, best first; 全科 where nothing in the words is known."""
    return emergency_first(interview.alarm(story), belief.ranked(story))


def _here(best: Sequence[departments.Suggestion], here: Mapping[str, Department]) -> list[Suggestion]:
    """The same of this hospital; one that it has not is the nearest's, unless that one is suggested anyway."""
    found: dict[str, Suggestion] = {}
    for one in best:
        name = one.name if one.name in here else nearest(one.name, here)
        if name is not None and name not in found:
            instead = "" if name == one.name else one.name
            found[name] = Suggestion(here[name], one.score, tuple(one.because), instead)
    return list(found.values())


def _shown(found: Sequence[Suggestion]) -> tuple[Suggestion, ...]:
    return tuple(one for one in found[:SHOWN] if one.score >= ENOUGH) or tuple(found[:1])
