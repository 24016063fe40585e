"""gate-deidentify: people in ≥ 300 texts are taken out of them, and hardly anything else is.

The texts of corpora/deidentify.jsonl were written before the rules; half of them (`held`) was not looked
at while rules were made, and `last` was written when they were done. What is planted in them comes from lists and a seed: names, numbers, contacts, places, days, in the
ways in which people write them. What the hospital's own lists hold (`card`, `doctor`) is given to the rules as it is
in the product, the rest is not.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from bot.faq import deidentify
from tests.gates.planting import planted
from tests.gates.planting.planted import Planted

CORPUS = Path(__file__).with_name("corpora") / "deidentify.jsonl"
HALVES = ("open", "held", "last")
FLOORS = {"numbers": 0.99, "names": 0.95, "contacts": 0.95, "places": 0.9, "days": 0.95}
MOST_OVER = 0.02  # share of clean words that may be masked
FEWEST = 300  # texts
SEEDS = 3  # times that the texts are filled anew


@dataclass(frozen=True)
class Outcome:
    """One text after cleaning: what leaked, and how many of its clean words were masked."""

    case: Planted
    cleaned: str
    leaked: tuple[planted.Value, ...]
    words: int
    masked: tuple[str, ...]


@dataclass(frozen=True)
class Score:
    """Figures of many outcomes."""

    outcomes: Sequence[Outcome]

    def recall(self, group: str) -> float:
        of, gone = self.counts(group)
        return 1 - gone / of if of else 1.0

    def counts(self, group: str) -> tuple[int, int]:
        """(planted, leaked) of one group."""
        of = sum(value.group == group for o in self.outcomes for value in o.case.values)
        return of, sum(value.group == group for o in self.outcomes for value in o.leaked)

    @property
    def over(self) -> float:
        return sum(len(o.masked) for o in self.outcomes) / max(sum(o.words for o in self.outcomes), 1)

    @property
    def good(self) -> bool:
        return all(self.recall(group) >= floor for group, floor in FLOORS.items()) and self.over <= MOST_OVER


def judged(case: Planted) -> Outcome:
    """Clean one text as the product does and look for what was planted."""
    text, marks = deidentify.scrub(case.text, names=case.cards, doctors=case.doctors)
    leaked = tuple(value for value in case.values if planted.stands(value, text))
    words = planted.clean_words(case)
    masked = tuple(f"{w} ({m.kind})" for s, e, w in words for m in marks if m.start < e and s < m.end)
    return Outcome(case, text, leaked, len(words), masked)


def score(texts: Sequence[str], *, seeds: int) -> Score:
    cases = [planted.fill(text, random.Random(f"{seed}/{n}")) for seed in range(seeds) for n, text in enumerate(texts)]
    return Score([judged(case) for case in cases])


def controlled(texts: Sequence[str]) -> Score:
    """The same with the cleaning taken away: the text goes through as it came."""
    with patch.object(deidentify, "scrub", lambda text, **_: (text, ())):
        return score(texts, seeds=1)


def texts(half: str) -> list[str]:
    rows = [json.loads(line) for line in CORPUS.read_text(encoding="utf-8").splitlines()]
    return [row["text"] for row in rows if half in {row["half"], "both"}]


def lines(found: Score, *, shown: int) -> Iterable[str]:
    """Every miss, and the words that were masked for nothing."""
    for outcome in found.outcomes:
        for value in outcome.leaked:
            yield f"missed {value.kind:<9}{value.said!r} in {outcome.cleaned!r}"
    wrongly = Counter(word for outcome in found.outcomes for word in outcome.masked)
    for word, times in wrongly.most_common(shown):
        yield f"over   {times:>4} {word!r}"


def line(half: str, found: Score) -> str:
    parts = []
    for group in FLOORS:
        of, gone = found.counts(group)
        parts.append(f"{group}={100 * found.recall(group):.2f}%({of - gone}/{of})")
    return f"{half}: texts={len(found.outcomes)} {' '.join(parts)} over_masked={100 * found.over:.2f}%"


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--half", choices=(*HALVES, "both"), default="both")
    options.add_argument("--seeds", type=int, default=SEEDS)
    options.add_argument("--quiet", action="store_true", help="figures only, no misses")
    chosen = options.parse_args()
    halves = HALVES if chosen.half == "both" else (chosen.half,)
    scores = {half: score(texts(half), seeds=chosen.seeds) for half in halves}
    for found in scores.values() if not chosen.quiet else ():
        sys.stdout.writelines(f"{said}\n" for said in lines(found, shown=40))
    for half, found in scores.items():
        print(line(half, found))
    every = Score([o for found in scores.values() for o in found.outcomes])
    control = controlled(texts(chosen.half))
    enough = sum(len(texts(half)) for half in halves) >= (FEWEST if chosen.half == "both" else 1)
    good = enough and all(found.good for found in scores.values()) and not control.good
    print(
        f"deidentify: {line(chosen.half, every).replace(': ', ' ')}"
        f" control=numbers:{100 * control.recall('numbers'):.0f}%,names:{100 * control.recall('names'):.0f}%"
        f" {'OK' if good else 'FAIL'}"
    )
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())
