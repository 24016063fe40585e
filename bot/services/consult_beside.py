"""What stands beside a question for whoever answers it: what was told, voices, and reports that are shown."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.ports import Ports
from bot.services import access, consult_facts, consult_reports, consult_voices, desk
from bot.services.consult_facts import Told
from bot.services.consult_reports import Shown
from bot.services.staff import Staff


@dataclass(frozen=True)
class Beside:
    """`told`: what was not passed over; `voices`: the words that were understood of each, '' = none."""

    ref: str
    department_name: str
    text: str = field(repr=False)
    told: tuple[Told, ...]
    voices: tuple[str, ...] = field(repr=False)
    reports: tuple[Shown, ...]


@access.reads("consult.beside", why="answering")
def beside(ports: Ports, *, staff: Staff, ref: str) -> Beside:
    """For a question of his scope. Raises NotFound, Refused (role)."""
    with ports.transaction() as session:
        question = desk.found(session, staff, ref)[0]
        access.concerning(question.ref, person_id=question.person_id)
        told = consult_facts.of(ports, session, question_id=question.id)
        return Beside(
            question.ref,
            question.department_name,
            ports.crypto.open(question.text_sealed),
            tuple(one for one in told if one.text),
            tuple(consult_voices.of(ports, session, question_id=question.id)),
            tuple(consult_reports.shown(session, question_id=question.id)),
        )
