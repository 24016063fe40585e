"""gate-deidentify: people in ≥ 300 texts are taken out of them, and hardly anything else is.

corpora/deidentify.jsonl are our texts: written before the rules (`held` was not looked at while rules were
made, `last` was written when they were done) and filled from lists and a seed with names, numbers, contacts, places,
days, in the ways in which people write them; what the hospital's own lists hold (`card`, `doctor`) is given to the rules
as it is in the product, the rest is not. deidentify_open.jsonl and deidentify_spent.jsonl are a stranger's, with
everybody already in them and no list to help, halved by `random.Random(7).shuffle`. The first half was open from the
beginning; the second stayed closed until it had been counted once, and rules were mended by it afterwards.
deidentify_second_open.jsonl and deidentify_second_spent.jsonl are what a second stranger wrote, halved and opened likewise. deidentify_families.jsonl (the ways in which people are named,
and sixty texts of nobody), deidentify_fresh.jsonl and its kin are ours again, counted at first sight before anything was mended;
deidentify_fresh_third.jsonl is not learnt from.
What each gave at first sight stands in docs/faq-editing.md. Each file must reach the floors alone.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from bot.faq import deidentify
from bot.faq.board import Mark
from tests.gates.planting import planted, written
from tests.gates.planting.planted import Planted

CORPORA = Path(__file__).with_name("corpora")
CORPUS = CORPORA / "deidentify.jsonl"
HALVES = ("open", "held", "last")
STRANGERS = ("open", "spent", "second_open", "second_spent")
OWN = ("families", "fresh", "fresh_again", "fresh_third")
AS_WRITTEN = {name: CORPORA / f"deidentify_{name}.jsonl" for name in (*STRANGERS, *OWN)}
FLOORS = {"numbers": 0.99, "names": 0.95, "contacts": 0.95, "places": 0.9, "days": 0.95}
ASKED = ("numbers", "names")  # by the issue, of every file; the rest is our own floor for our own texts
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
    floors: Sequence[str] = tuple(FLOORS)

    def recall(self, group: str) -> float:
        of, gone = self.counts(group)
        return 1 - gone / of if of else 1.0

    def counts(self, group: str) -> tuple[int, int]:
        """(planted, leaked) of one group."""
        of = sum(value.group == group for o in self.outcomes for value in o.case.values)
        return of, sum(value.group == group for o in self.outcomes for value in o.leaked)

    @property
    def over(self) -> float:
        return _share(self.outcomes)

    @property
    def over_nobody(self) -> float:
        """The same of texts in which nobody stands: drugs, illnesses and food that look like names."""
        return _share([o for o in self.outcomes if not o.case.values])

    @property
    def good(self) -> bool:
        return all(self.recall(group) >= FLOORS[group] for group in self.floors) and self.over <= MOST_OVER


def _share(outcomes: Sequence[Outcome]) -> float:
    return sum(len(o.masked) for o in outcomes) / max(sum(o.words for o in outcomes), 1)


def judged(case: Planted) -> Outcome:
    """Clean one text as the product does and look for what was planted."""
    text, marks = deidentify.scrub(case.text, names=case.cards, doctors=case.doctors)
    leaked = tuple(value for value in case.values if _leaked(case, value, text, marks))
    words = planted.clean_words(case)
    masked = tuple(f"{w} ({m.kind})" for s, e, w in words for m in marks if m.start < e and s < m.end)
    return Outcome(case, text, leaked, len(words), masked)


def _leaked(case: Planted, value: planted.Value, text: str, marks: Sequence[Mark]) -> bool:
    return written.leaked(value, text, marks) if case.written else planted.stands(value, text)


def score(texts: Sequence[str], *, seeds: int) -> Score:
    cases = [planted.fill(text, random.Random(f"{seed}/{n}")) for seed in range(seeds) for n, text in enumerate(texts)]
    return Score([judged(case) for case in cases])


def as_written(name: str) -> Score:
    """Texts in which people stand already, a stranger's or our own."""
    return Score([judged(case) for case in written.read(AS_WRITTEN[name])], floors=ASKED)


@contextmanager
def uncleaned() -> Iterator[None]:
    """The control: the cleaning taken away, a text goes through as it came."""
    with patch.object(deidentify, "scrub", lambda text, **_: (text, ())):
        yield


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
    over = f"over_masked={100 * found.over:.2f}% where_nobody_stands={100 * found.over_nobody:.2f}%"
    return f"{half}: texts={len(found.outcomes)} {' '.join(parts)} {over}"


def parts(seeds: int) -> dict[str, Score]:
    """Our own file by its parts, and the texts in which people stand already."""
    ours = {f"ours/{half}": score(texts(half), seeds=seeds) for half in HALVES}
    return ours | {f"written/{name}": as_written(name) for name in AS_WRITTEN}


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--only", help="one part, such as ours/held or written/open; the gate needs all")
    options.add_argument("--seeds", type=int, default=SEEDS)
    options.add_argument("--quiet", action="store_true", help="figures only, no misses")
    chosen = options.parse_args()
    if chosen.only and chosen.only.startswith("written/"):
        scores = {chosen.only: as_written(chosen.only.partition("/")[2])}
    else:
        scores = {part: found for part, found in parts(chosen.seeds).items() if chosen.only in {None, part}}
    for part, found in scores.items() if not chosen.quiet else ():
        sys.stdout.writelines(f"{part}: {said}\n" for said in lines(found, shown=40))
    for part, found in scores.items():
        print(line(part, found))
    with uncleaned():
        controls = parts(seeds=1)
    every, control = _all(scores), _all(controls)
    enough = chosen.only is not None or len(every.outcomes) >= FEWEST
    good = enough and all(found.good for found in scores.values()) and not any(c.good for c in controls.values())
    short = [part for part, found in scores.items() if not found.good]
    print(
        f"deidentify: {line('all', every).replace(': ', ' ')} short={','.join(short) or 'none'}"
        f" control=numbers:{100 * control.recall('numbers'):.0f}%,names:{100 * control.recall('names'):.0f}%"
        f" {'OK' if good else 'FAIL'}"
    )
    return 0 if good else 1


def _all(scores: Mapping[str, Score]) -> Score:
    return Score([outcome for found in scores.values() for outcome in found.outcomes])


if __name__ == "__main__":
    raise SystemExit(main())
