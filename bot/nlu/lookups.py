"""Everyday names of departments, symptoms, drugs, exams and family: one automaton over all of them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import ahocorasick
import yaml

from bot.errors import ConfigError
from bot.nlu.spans import Span, longest
from bot.nlu.text import fold

ENTITIES = {
    "departments": "department",
    "symptoms": "symptom",
    "drugs": "drug",
    "exams": "exam",
    "persons": "person",
}
FOLDER = "nlu_data/lookups"  # from the project's root, where rasa runs
Names = Mapping[str, Mapping[str, str]]  # entity → folded everyday name → standard term

# 呼吸 or 乳腺 alone names a body part more often than a department: such a name needs one of these beside it.
_DEPARTMENT_WORD = re.compile(r"(?:科|室|门诊|中心|的)$")
_BEFORE = re.compile(r"(?:挂|约|预约|去|到|看|找|转|查|个|是|,|^)$")
_AFTER = re.compile(
    r"科|门诊|[一-鿿]?(?:医生|大夫|专家|主任|教授)|号|的号|还?有号|在[几哪]|怎么走|几楼|[今明后本下这]|周|星期|礼拜|吧?$|,"
)


class Lexicon:
    """Longest match of everyday names; built once, then read only.

    >>> Lexicon({"department": {"骨头科": "骨科"}}).find("我要挂骨头科")
    [Span(start=3, end=6, entity='department', value='骨科', extra={'kind': 'standard'})]
    """

    def __init__(self, names: Names) -> None:
        self.names = {entity: dict(sorted(terms.items())) for entity, terms in sorted(names.items())}

    @cached_property
    def _automaton(self) -> Any:
        automaton = ahocorasick.Automaton()
        found: dict[str, list[tuple[str, str]]] = {}
        for entity, terms in self.names.items():
            for name, standard in terms.items():
                found.setdefault(name, []).append((entity, standard))
        for name, meanings in found.items():
            automaton.add_word(name, (len(name), meanings))
        automaton.make_automaton()
        return automaton

    def find(self, text: str) -> list[Span]:
        """Leftmost-longest names in a folded text."""
        return longest(self._all(text)) if any(self.names.values()) else []

    def _all(self, text: str) -> Iterator[Span]:
        for last, (length, meanings) in self._automaton.iter(text):
            start, end = last + 1 - length, last + 1
            if not _whole_word(text, start, end):
                continue
            for entity, standard in meanings:
                if entity != "department":
                    yield Span(start, end, entity, standard)
                elif _means_department(text, start, end):
                    yield Span(start, end, entity, standard, {"kind": "standard"})


def _whole_word(text: str, start: int, end: int) -> bool:
    """CT inside another Latin word is not CT."""
    return not (_latin(text, start - 1) and _latin(text, start)) and not (_latin(text, end - 1) and _latin(text, end))


def _latin(text: str, index: int) -> bool:
    return 0 <= index < len(text) and "a" <= text[index] <= "z"


def _means_department(text: str, start: int, end: int) -> bool:
    if _DEPARTMENT_WORD.search(text, start, end):
        return True
    return bool(_BEFORE.search(text, max(0, start - 2), start) or start == 0) and bool(
        _AFTER.match(text, end) or end == len(text)
    )


def load(folder: Path) -> Lexicon:
    """Read every `*.yml` of a lookups folder (`lookup: name`, `entries: {standard: [everyday, …]}`).

    Raises ConfigError('bad_lookup') naming the file when it is malformed or gives one name two meanings.
    """
    names: dict[str, dict[str, str]] = {entity: {} for entity in ENTITIES.values()}
    for path in sorted(folder.glob("*.yml")):
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        if not isinstance(content, dict) or not isinstance(content.get("entries"), dict):
            raise ConfigError("bad_lookup", file=path.name)
        entity = ENTITIES.get(str(content.get("lookup")))
        if entity is not None:
            _collect(names[entity], content["entries"], path)
    return Lexicon(names)


def _collect(into: dict[str, str], entries: Mapping[Any, Any], path: Path) -> None:
    for standard, everyday in entries.items():
        for name in [standard, *(everyday or [])]:
            known = into.setdefault(fold(str(name)), str(standard))
            if known != str(standard):
                raise ConfigError("bad_lookup", file=path.name, name=str(name))


def fingerprint(folder: Path) -> str:
    """Changes when a name, a file or this reading of them changes."""
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.yml")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
