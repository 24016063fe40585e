"""The interview's questions as data: what is asked, what each tap adds to the story."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from bot.triage.lexicon import lexicon

OLDEST = 120
OFTEN = 0.5  # how often a finding is there at most, where its entry says nothing
UNSURE, UNSURE_LABEL = "unsure", "说不清"
YES, NO = "yes", "no"


@dataclass(frozen=True)
class Option:
    """One tap. `facts` fill the story's fields; `denies` is the concept it rules out; `share` as in the file."""

    key: str
    label: str
    says: str
    facts: Mapping[str, Any]
    denies: str
    share: float


@dataclass(frozen=True)
class Question:
    """`kind`: person, findings, manner or companions. `concept`: the finding it asks for, "" = none of the lexicon's.

    `of`: findings beside which alone it is asked; `beside`: such beside which it is asked as well.
    `since`, `until`: the ages it is asked at; `sex`: whom alone it is asked.
    """

    key: str
    kind: str
    ask: str
    options: tuple[Option, ...]
    concept: str = ""
    of: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    since: int = 0
    until: int = OLDEST
    sex: str = ""
    ask_child: str = ""

    def option(self, key: str) -> Option | None:
        """The option of a key; None = 说不清, or nothing of ours."""
        return next((option for option in self.options if option.key == key), None)

    @property
    def taps(self) -> tuple[tuple[str, str], ...]:
        """Key and label of each quick reply; 说不清 is always among them."""
        return (*((option.key, option.label) for option in self.options), (UNSURE, UNSURE_LABEL))


@lru_cache(maxsize=1)
def questions() -> Mapping[str, Question]:
    """Key → question, in the file's order; findings that the lexicon does not know are left out."""
    text = Path(__file__).with_suffix(".yml").read_text(encoding="utf-8")
    rooms: dict[str, dict[str, Any]] = yaml.load(text, yaml.CSafeLoader)
    known = lexicon().entries
    found = [_question(kind, key, body) for kind, bodies in rooms.items() for key, body in bodies.items()]
    return {each.key: each for each in found if each.concept in known or not each.concept}


def _question(kind: str, key: str, body: Mapping[str, Any]) -> Question:
    """One entry of the file; findings and companions are answered by 有 and 没有 unless it says otherwise."""
    concept = key if kind == "findings" else ""
    more = {name: body[name] for name in ("since", "until", "sex", "ask_child") if name in body}
    of, beside = tuple(body.get("of", ())), tuple(body.get("beside", ()))
    return Question(key, kind, body["ask"], _options(body, concept), concept, of, beside, **more)


def _options(body: Mapping[str, Any], concept: str) -> tuple[Option, ...]:
    if "options" in body:
        return tuple(_option(key, one) for key, one in body["options"].items())
    share = body.get("share", OFTEN)
    agree = Option(YES, body.get("there", "有"), body["says"], {}, "", share)
    return agree, Option(NO, body.get("absent", "没有"), "", {}, concept, 0.98 - share)


def _option(key: str, body: Mapping[str, Any]) -> Option:
    facts = {name: body[name] for name in ("age", "months", "sex", "pregnant", "days") if name in body}
    return Option(key, body["label"], body.get("says", ""), facts, "", body["share"])
