"""What the table learns from: the pool, the two knowledge bases, our lexicon and our own texts. No evaluation file."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bot.triage import lexicon
from bot.triage.names import STANDARD
from bot.triage.pattern import expand

POOL, DISEASES, SYMPTOMS = "triage_pool.jsonl", "disease_kb.jsonl", "symptom_kb.jsonl"
OWN_TEXTS = Path(__file__).parents[1] / "departments" / "own_texts.yml"
DISEASE_WEIGHT, SYMPTOM_WEIGHT, LEXICON_WEIGHT = 0.1, 0.05, 0.3  # beside 1.0 for a patient's own text
OWN_TEXT_WEIGHT = 4.0  # two dozen of ours stand for a department of which the pool has none
WORDINGS = 20  # of one lexicon pattern that are learnt
UNSURE = frozenset({"中医科", "急诊科"})  # the knowledge base names them beside nearly everything
SHARE = 0.35  # of a symptom's diseases in one department before the symptom speaks for it
LONGEST_NAME = 12


@dataclass(frozen=True)
class Example:
    """One text with its department, its weight, and the age in years when known."""

    text: str
    name: str
    weight: float
    age: int | None = None


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
        parts = 1.0 if age is None else 0.5
        yield Example(row["text"], row["departments"][0], parts)
        if age is not None:
            yield Example(row["text"], row["departments"][0], parts, age)


def disease_examples(data: Path) -> Iterator[Example]:
    """Names of diseases."""
    for row in read(data / DISEASES):
        names = [name for name in row["departments"] if name in STANDARD and name not in UNSURE]
        for alias in {row["disease"], *(alias.strip() for alias in row["alias"])} if names else ():
            if 1 < len(alias) < LONGEST_NAME:
                yield Example(alias, names[0], DISEASE_WEIGHT)


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
