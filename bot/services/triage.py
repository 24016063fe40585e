"""分诊: from a patient's words to this hospital's departments, with the reason in his own words."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.db.base import new_ref
from bot.db.triage import TriageNote
from bot.errors import BadInput
from bot.his.port import Department
from bot.ports import Ports
from bot.services import flagged
from bot.triage import assess as triage
from bot.triage import cues
from bot.triage import urgency as levels
from bot.triage.names import EMERGENCY

__all__ = [
    "EMERGENCY",
    "Result",
    "Suggestion",
    "other_person",
    "parse_age",
    "parse_sex",
    "said_age",
    "said_duration",
    "suggest",
]
SHOWN = 3
OLDEST = 120
MONTHS = re.compile(r"(?:[1-9]|1[01]|[一二两三四五六七八九十]|十一)个?(?:多|半)?月了?")  # as an answer: a baby's age
CHILD_UNTIL = 14  # years: asked of as a boy or a girl
# Whom a patient may speak of; one word of each group stands for the group.
PEOPLE = {
    "孩子": "孩子|小孩|宝宝|宝贝|娃|儿子|女儿|闺女|丫头|小朋友|孙子|孙女|外孙|新生儿|婴儿",
    "母亲": "妈妈|我妈|老妈|俺妈|母亲|我娘|俺娘|婆婆|丈母娘|岳母",
    "父亲": "爸爸|我爸|老爸|俺爸|父亲|我爹|俺爹|公公|老丈人|岳父",
    "祖母": "奶奶|外婆|姥姥",
    "祖父": "爷爷|外公|姥爷",
    "伴侣": "老婆|媳妇|妻子|太太|老公|丈夫|爱人|老伴|先生|对象",
    "兄弟姐妹": "[我俺老]哥|哥哥|[我俺老]弟|弟弟|[我俺老]姐|姐姐|[我俺老]妹|妹妹",
    "朋友": "朋友|同事|同学|室友|邻居",
    "本人": "我自己|我本人|俺自己",
}
SPOKEN_OF = {who: re.compile(words) for who, words in PEOPLE.items()}
ENOUGH = 0.12  # a department less likely than this is a guess, not a suggestion


@dataclass(frozen=True)
class Suggestion:
    """One department of this hospital; `because` = the patient's own words, may be empty."""

    department: Department
    score: float
    because: tuple[str, ...]


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


def other_person(before: str, now: str) -> bool:
    """Whether `now` names somebody else than `before` was about; who names nobody speaks of himself."""
    named, known = _people(now), _people(before) or {"本人"}
    return bool(named) and not named & known


def _people(text: str) -> set[str]:
    return {who for who, words in SPOKEN_OF.items() if words.search(text)}


def said_duration(text: str) -> bool:
    """Whether the patient said how long it has been."""
    return cues.parse_duration(text) is not None


def suggest(
    ports: Ports,
    *,
    person_id: int,
    inbox_id: int,
    complaint: str,
    more: str,
    age: int | None,
    sex: str | None,
    duration: str,
) -> Result:
    """Score, map to the hospital's departments (at most three), and keep a note for the doctor.

    After a red flag that still stands nothing is less than an emergency.
    """
    text = "，".join(part for part in (complaint, more) if part)
    stands = flagged.stands(ports, person_id=person_id)
    here = {d.standard_name: d for d in reversed(ports.his.departments()) if d.standard_name}
    found = triage.assess(text, age=age, sex=sex, hospital={name: d.name for name, d in here.items()})
    kept = [
        Suggestion(here[one["name"]], float(one["score"]), tuple(one["because"]))
        for one in found["departments"]
        if one["name"] in here
    ]
    shown = tuple(s for s in kept[:SHOWN] if s.score >= ENOUGH) or tuple(kept[:1])
    urgency = levels.EMERGENCY if stands else str(found["urgency"])
    ref = new_ref("t")
    with ports.transaction() as session:
        session.add(
            TriageNote(
                ref=ref,
                person_id=person_id,
                inbox_id=inbox_id,
                text_sealed=ports.crypto.seal(text),
                age=age,
                sex=sex,
                duration=duration[:64],
                urgency=urgency,
                departments_json=[s.department.id for s in shown],
                created_at=ports.now(),
            )
        )
    return Result(ref, urgency, shown)
