"""The texts from which the second net learns: emergencies and others by several writers, our own, and the pool."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from bot.triage import redflags
from bot.triage.building.examples import POOL
from bot.triage.building.weighing import Text
from bot.triage.redflags.rulebook import rulebook
from bot.triage.sounds import sound

POOLED = 20_000  # texts of the pool, as ordinary complaints
WRONG, COMMON, SEED = 0.2, 20, 7  # share of characters typed wrong; how often a character must be used to be one
POOL_READ = Path(__file__).with_name("pool_read.txt")  # rows of the pool: the category that each belongs to, or PERHAPS
PERHAPS = "-"
_ENTITY = re.compile(r"\[([^\]]+)\](?:\([^)]*\)|\{[^}]*\})")


def rows(path: Path) -> list[dict[str, Any]]:
    """JSON lines."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def written(writers: Path, without: str | None = None) -> Iterator[Text]:
    """What several writers wrote, but not the files of the writer `without`."""
    for path in sorted(writers.glob("open*_*.jsonl")):
        if path.name.split("_")[0] != without:
            yield from (Text(row["text"], row.get("category", 0)) for row in rows(path))


def own(sayings: Path, nlu: Path) -> Iterator[Text]:
    """The rules' examples, our sayings (a file a category, and one of all), what our dialogue learns from."""
    book = rulebook()
    for rule in book.rules:
        yield from (Text(text, book.numbers[rule.category]) for text in rule.fires)
        yield from (Text(text) for text in rule.quiet)
    for path in sorted(sayings.glob("*.txt")):
        yield from (Text(text, int(path.stem)) for text in path.read_text(encoding="utf-8").splitlines() if text)
    for path in (sayings.with_suffix(".jsonl"), sayings.with_name("told.jsonl")):
        yield from (Text(row["text"], row["category"]) for row in rows(path))
    yield from (Text(text) for text in unflagged(talk(nlu)))


def mistyped(texts: Sequence[Text], typed: Iterable[str]) -> list[Text]:
    """Each text once more as it is typed or heard wrong: characters that sound alike, as often as `typed` has them."""
    pick = random.Random(SEED)  # noqa: S311 - the same mistakes each time
    common = Counter(char for text in typed for char in text if sound(char) != char)
    alike: dict[str, list[str]] = {}
    for char, count in common.items():
        if count >= COMMON:
            alike.setdefault(sound(char), []).append(char)

    def wrong(char: str) -> str:
        others = alike.get(sound(char), [])
        if not others or pick.random() >= WRONG:
            return char
        return pick.choices(others, [common[other] for other in others])[0]

    return [replace(text, words="".join(map(wrong, text.words))) for text in texts]


def talk(nlu: Path) -> Iterator[str]:
    """Examples of intents, without their marks."""
    for path in sorted(nlu.rglob("*.yml")):
        for block in yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader).get("nlu") or []:
            yield from (_ENTITY.sub(r"\1", line.lstrip("- ")) for line in str(block.get("examples", "")).splitlines())


def pool(data: Path) -> list[Text]:
    """Ordinary complaints in patients' words; those that were read and are emergencies by their category.

    What may be one or not is left out.
    """
    read = dict(line.split("\t") for line in POOL_READ.read_text(encoding="utf-8").splitlines())
    found = {row["text"]: read.get(row["row"], "0") for row in rows(data / POOL) if row["text"]}
    kept = [Text(text, int(kind)) for text, kind in sorted(found.items()) if kind != PERHAPS]
    return kept[:: max(1, len(kept) // POOLED)]


def by_kind(writers: Path, writer: str) -> dict[str, list[str]]:
    """Texts of one writer: his emergencies, and the others by their kind."""
    kinds: dict[str, list[str]] = {}
    for kind in ("positives", "negatives"):
        path = writers / f"{writer}_{kind}.jsonl"
        for row in rows(path) if path.is_file() else ():
            kinds.setdefault("emergency" if kind == "positives" else row["kind"], []).append(row["text"])
    return kinds


def unflagged(texts: Iterable[str]) -> list[str]:
    """Each text once, without those that a rule finds."""
    return [text for text in dict.fromkeys(texts) if text and not redflags.by_rules(text)]
