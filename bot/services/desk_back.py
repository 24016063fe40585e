"""A doctor asks the patient something first, or says why he cannot answer here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.errors import BadInput, Conflict
from bot.ports import Ports
from bot.services import access, consult_turns, desk_drafts, desk_telling
from bot.services.consult_turns import Turn
from bot.services.desk_scope import audit, found, held_by, step
from bot.services.staff import Staff

LENGTHS = range(2, 501)  # characters of a question back
MOST_WORDS = 500  # characters beside a reason


@dataclass(frozen=True)
class Reason:
    """Why a question is not answered here: what the doctor chooses, and what the patient reads."""

    code: str
    label: str
    says: str


def reasons(ports: Ports) -> list[Reason]:
    """The list of the rules, in its order."""
    return [Reason(code, row["label"], row["says"]) for code, row in ports.rules["refusal_reasons"].items()]


@access.acts("consult.ask_back", why="answering")
def ask_back(ports: Ports, *, staff: Staff, ref: str, text: str) -> None:
    """Ask the patient; the question waits for his reply. The same words twice are one.

    Raises BadInput('bad_ask_back'), NotFound, Conflict (he does not hold it), Refused (role).
    """
    plain = text.replace("\x00", "").strip()
    if len(plain) not in LENGTHS:
        raise BadInput("bad_ask_back")
    _say(ports, staff, ref, "ask_back", plain, view=desk_telling.ASKED_BACK, state="asked_back")


@access.acts("consult.refuse", why="answering")
def refuse(ports: Ports, *, staff: Staff, ref: str, reason: str, words: str = "") -> None:
    """End a question without an answer: a reason of the list, and what the doctor adds. The same twice is one.

    Raises BadInput('bad_refusal'), NotFound, Conflict (he does not hold it), Refused (role).
    """
    chosen = next((one for one in reasons(ports) if one.code == reason), None)
    added = words.replace("\x00", "").strip()
    if chosen is None or len(added) > MOST_WORDS:
        raise BadInput("bad_refusal")
    said = f"{chosen.says}\n{added}".strip()
    _say(ports, staff, ref, "refusal", said, view=desk_telling.REFUSED, state="refused")


def _say(ports: Ports, staff: Staff, ref: str, kind: str, text: str, *, view: str, state: str) -> None:
    ended = {"state": state, "claimed_by": None, "claim_until": None, "preferred_by": staff.id}
    try:
        with ports.transaction() as session:
            step(session, staff, ref, *held_by(staff), **ended)
            row = found(session, staff, ref)[0]
            key = f"{row.ref}:{row.version}"
            once = f"{kind}:{key}"
            consult_turns.add(ports, session, question=row, kind=kind, text=text, key=once, staff_id=staff.id)
            desk_telling.tell(ports, session, row, view=view, key=desk_telling.turn_key(view, key))
            desk_drafts.drop(session, question_id=row.id, staff_id=staff.id)
            audit(ports, session, staff, f"consult.{kind}", row)
    except Conflict:
        if not _said_already(ports, staff, ref, state, kind, text):
            raise


def _said_already(ports: Ports, staff: Staff, ref: str, state: str, kind: str, text: str) -> bool:
    with ports.transaction() as session:
        row: Any = found(session, staff, ref)[0]
        last: list[Turn] = consult_turns.of(ports, session, question_id=row.id)[-1:]
    said = [(turn.kind, turn.text, turn.by) for turn in last]
    return bool(row.state == state and said == [(kind, text, staff.name)])
