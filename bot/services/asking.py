"""A question on its way to a doctor: what must be said first, the rules of asking online, and sending it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from bot.errors import NotFound
from bot.ports import Ports
from bot.services import access, asking_rules, consult, consult_facts, emergency, faq, flagged
from bot.services.asking_rules import GUARDIAN, NO, SEEN, YES, hours
from bot.services.consult import Question

__all__ = ["GUARDIAN", "NO", "SEEN", "YES", "check", "earlier_answers", "hours", "needs", "send"]
NEEDS = (SEEN, GUARDIAN)
STANDING = ("waiting", "claimed", "asked_back", "answered")  # states of a question that is with the doctors, or was
OFFERED = 3  # answers of others that are shown before a question goes out


def needs(ports: Ports, *, person_id: int, department_id: str, red_flag: bool = False) -> tuple[str, ...]:
    """What has still to be asked before this goes out; nothing of what sounds urgent. See asking_rules."""
    return () if red_flag else asking_rules.needs(ports, person_id=person_id, department_id=department_id)


def check(ports: Ports, *, person_id: int, department_id: str, said: Mapping[str, str], red_flag: bool = False) -> None:
    """Raises Refused('first_visit' | 'guardian_asks')."""
    asking_rules.check(needs(ports, person_id=person_id, department_id=department_id, red_flag=red_flag), said)


def earlier_answers(ports: Ports, *, text: str) -> list[faq.Hit]:
    """Published answers to read before a question is sent; empty when none fits."""
    return faq.search(ports, text=text, top=OFFERED)


def urgent(ports: Ports, *, person_id: int, text: str) -> bool:
    """Whether these words hold a red flag, or their writer has one that stands."""
    return emergency.check(ports, text=text) is not None or flagged.stands(ports, person_id=person_id)


def send(
    ports: Ports,
    *,
    person_id: int,
    department_id: str,
    doctor_id: str | None,
    text: str,
    said: Mapping[str, str],
    key: str,
) -> Question:
    """Hand a question to its department by the rules of asking online; the same key, or the same words soon, ask once.

    `said`: the answers to what `needs` named. Raises as `consult.ask` and `check` do.
    """
    plain = consult.parse_question(text)
    try:
        return consult.by_key(ports, person_id=person_id, key=key)
    except NotFound:
        pass
    known = _there_already(
        ports, person_id=person_id, department_id=department_id, doctor_id=doctor_id or None, text=plain
    )
    if known is not None:
        return known
    red_flag = urgent(ports, person_id=person_id, text=plain)
    check(ports, person_id=person_id, department_id=department_id, said=said, red_flag=red_flag)
    asked = consult.ask(
        ports,
        person_id=person_id,
        department_id=department_id,
        doctor_id=doctor_id,
        text=plain,
        red_flag=red_flag,
        key=key,
    )
    with access.unseen():
        consult_facts.keep(ports, person_id=person_id, ref=asked.ref, told=said)
    return asked


def _there_already(
    ports: Ports, *, person_id: int, department_id: str, doctor_id: str | None, text: str
) -> Question | None:
    """The same words to the same place, sent a while ago by somebody who was not told in time that they arrived."""
    since = ports.now() - timedelta(minutes=ports.rules["question_again_minutes"])
    with access.unseen():
        mine = consult.mine(ports, person_id=person_id)
    same = (q for q in mine if q.text == text and (q.department_id, q.doctor_id) == (department_id, doctor_id))
    return next((q for q in same if q.asked_at > since and q.state in STANDING), None)
