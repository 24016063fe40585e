"""What the table learns from: the pool, the two knowledge bases, our lexicon and our own texts. No evaluation file."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from zlib import crc32

import yaml

from bot.triage import lexicon
from bot.triage.names import STANDARD
from bot.triage.pattern import expand

POOL, DISEASES, SYMPTOMS = "triage_pool.jsonl", "disease_kb.jsonl", "symptom_kb.jsonl"
OWN_TEXTS = Path(__file__).parents[1] / "departments" / "own_texts.yml"
DISEASE_WEIGHT, SYMPTOM_WEIGHT, LEXICON_WEIGHT = 0.1, 0.05, 0.2  # beside 1.0 for a patient's own text
OWN_TEXT_WEIGHT = 6.0  # two dozen of ours stand for a department of which the pool has none
WORDINGS = 20  # of one lexicon pattern that are learnt
UNSURE = frozenset({"中医科", "急诊科"})  # the knowledge base names them beside nearly everything
SHARE = 0.35  # of a symptom's diseases in one department before the symptom speaks for it
LONGEST_NAME = 12
# What people ask about a disease whatever it is. The pool has such questions for a few departments only, and without
# these the words of the question would speak for those.
QUESTIONS = (
    "{}怎么治疗", "得了{}吃什么药好", "{}是怎么引起的", "{}有什么表现", "{}严重吗，能治好吗", "查出{}要注意什么",
    "{}会不会遗传", "医生说我是{}，要住院吗", "{}反复发作怎么办", "{}平时吃什么，忌什么",
)  # fmt: skip
MANY = 50  # patients' texts from which a department counts as taught by the pool


@dataclass(frozen=True)
class Example:
    """One text with its department, its weight, the age in years when known, and the other departments as good."""

    text: str
    name: str
    weight: float
    age: int | None = None
    also: frozenset[str] = frozenset()


def read(path: Path) -> list[dict[str, Any]]:
    """JSON lines. Exits with 2, naming the path, when it is missing."""
    if not path.is_file():
        sys.stderr.write(f"missing: {path}\n")
        raise SystemExit(2)
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def age_of(row: dict[str, Any]) -> int | None:
    """The middle of an age band (`30+` → 35); None when absent or impossible."""
    band = str(row.get("age_band") or "").rstrip("+")
    return int(band) + 5 if band.isdigit() and int(band) <= 90 else None  # noqa: PLR2004


def pool_examples(data: Path) -> Iterator[Example]:
    """Patients' texts; those with an age are learnt with and without it, so that a missing age means nothing."""
    for row in read(data / POOL):
        age = age_of(row)
        first, *also = row["departments"]
        one = Example(row["text"], first, 1.0 if age is None else 0.5, also=frozenset(also))
        yield one
        if age is not None:
            yield replace(one, age=age)


def disease_examples(data: Path) -> Iterator[Example]:
    """Names of diseases."""
    for row in read(data / DISEASES):
        names = [name for name in row["departments"] if name in STANDARD and name not in UNSURE]
        for alias in {row["disease"], *(alias.strip() for alias in row["alias"])} if names else ():
            if 1 < len(alias) < LONGEST_NAME:
                yield Example(alias, names[0], DISEASE_WEIGHT)


def question_examples(diseases: Sequence[Example], taught: Collection[str]) -> Iterator[Example]:
    """One question for each disease of a department that the pool does not teach."""
    for one in diseases:
        if one.name not in taught:
            yield replace(one, text=QUESTIONS[crc32(one.text.encode()) % len(QUESTIONS)].format(one.text))


def taught_by(patients: Sequence[Example]) -> set[str]:
    """Departments with enough different texts in the pool."""
    counts = Counter(name for _, name in {(one.text, one.name) for one in patients})
    return {name for name, count in counts.items() if count >= MANY}


def symptom_examples(data: Path) -> Iterator[Example]:
    """Symptoms that lean to one department."""
    for row in read(data / SYMPTOMS):
        counts = {name: n for name, n in row["departments"].items() if name in STANDARD and name not in UNSURE}
        name = max(counts, key=lambda key: counts[key], default=None)
        if name and counts[name] >= SHARE * row["n_diseases"] and 1 < len(row["symptom"]) < LONGEST_NAME:
            yield Example(row["symptom"], name, SYMPTOM_WEIGHT)


def lexicon_examples() -> Iterator[Example]:
    """Our own lexicon's wordings."""
    for body in lexicon.read().values():
        name = max(body["to"], key=body["to"].get)
        for pattern in body["say"]:
            wordings = expand(pattern)
            for wording in wordings[:: max(1, len(wordings) // WORDINGS)]:
                yield Example(wording, name, LEXICON_WEIGHT)


def own_examples() -> Iterator[Example]:
    """Our own texts for the departments that the pool lacks."""
    for name, texts in yaml.load(OWN_TEXTS.read_text(encoding="utf-8"), yaml.CSafeLoader).items():
        for text in texts.splitlines():
            yield Example(text, name, OWN_TEXT_WEIGHT)
