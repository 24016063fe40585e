"""Whose card it is: the patient as the holder calls him, so that 给我妈挂号 finds the right one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from bot.db import cards as rows
from bot.db.messages import hold_person
from bot.errors import Refused
from bot.ports import Ports
from bot.services import access, holding
from bot.services.holding import Card

WORDS = {"self": "本人", "father": "爸爸", "mother": "妈妈", "child": "孩子", "spouse": "配偶", "other": "其他"}


@dataclass(frozen=True)
class Kin:
    """What a word of the dictionary of persons (nlu_data/lookups/persons.yml) says; None = it leaves that open."""

    relation: str
    sex: str | None = None


KIN = {
    "本人": Kin("self"),
    "母亲": Kin("mother"),
    "父亲": Kin("father"),
    "妻子": Kin("spouse", "f"),
    "丈夫": Kin("spouse", "m"),
    "配偶": Kin("spouse"),
    "孩子": Kin("child"),
    "婴儿": Kin("child"),
    "儿子": Kin("child", "m"),
    "女儿": Kin("child", "f"),
    **dict.fromkeys(("爷爷", "外公", "公公", "岳父", "女婿", "哥哥", "弟弟"), Kin("other", "m")),
    **dict.fromkeys(("奶奶", "外婆", "婆婆", "岳母", "儿媳", "姐姐", "妹妹"), Kin("other", "f")),
    **dict.fromkeys(("孙辈", "亲戚", "朋友"), Kin("other")),
}


def relation_of(word: str) -> str | None:
    """The relation that a person word names, None for one that names none (家人, 孕妇)."""
    found = KIN.get(word)
    return found.relation if found else None


def matching(mine: list[Card], word: str) -> list[Card]:
    """The cards of a list that a person word can mean; cards whose relation was never said match nothing."""
    kin = KIN.get(word)
    if kin is None:
        return []
    return [card for card in mine if card.relation == kin.relation and kin.sex in {None, card.sex}]


def candidates(mine: list[Card], word: str) -> list[Card]:
    """The cards that it may be when none is known to match: never said whose they are, and not of the other sex."""
    sex = {"母亲": "f", "父亲": "m"}.get(word) or (KIN[word].sex if word in KIN else None)
    return [card for card in mine if card.relation is None and sex in {None, card.sex}]


@access.acts("cards.relate", why="own")
def set_relation(ports: Ports, *, person_id: int, ref: str, relation: str) -> Card:
    """Keep who the patient is; said twice, the last one counts. Raises NotFound and Refused (no such relation)."""
    with ports.transaction() as session:
        hold_person(session, person_id)
        row = holding.held(session, person_id=person_id, ref=ref)
        if relation not in WORDS or (relation == "self" and holding.minor(ports, row.birth_date)):
            raise Refused
        write(session, row, relation)
        return holding.shown(ports, row)


def write(session: Session, row: Any, relation: str | None) -> None:
    """Write the relation; a person has one card of his own, and the one said last is it."""
    if relation == "self":
        mine = (rows.Card.person_id == row.person_id, rows.Card.own == 1, rows.Card.id != row.id)
        holding.change(session, *mine, own=None, relation=None)
    row.relation, row.own = relation, 1 if relation == "self" else None
    session.flush()
