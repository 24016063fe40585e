"""gate-redflags: emergencies in words whose writers saw no rule, and messages that are none.

The corpus has two halves by different authors. The open one (open*.jsonl, a file for each writer) may be read while rules
grow (`--half open`, `--misses`). The closed one (closed*.jsonl) is only counted: no sentence of it is ever printed, and its
first score is the one to report; afterwards it is open: open4, open7 to open10 and open12 were it once, closed8 is the next,
and where it is not there yet the gate ends with 2. open5, open6 and open11 hold emergencies alone. Beside them, where
$PEIZHEN_DATA (else ../shared/data) is there, the foreign development sets, and how many ordinary triage texts fire. The
control lets only words count that stand side by side in the rule's own order, as keyword patterns would: it must not pass.
"""

from __future__ import annotations

import bot.lean  # noqa: F401  isort:skip

import argparse
import json
import os
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any
from unittest.mock import patch

from scipy.stats import beta

from bot.triage import redflags
from bot.triage.lexicon import spans
from bot.triage.matcher import Hit
from bot.triage.redflags import engine
from bot.triage.redflags.rulebook import Groups
from bot.triage.redflags.weighing import Load

HALVES = {"open": "open", "closed": "closed8"}  # each half with the writer named when it holds no file
CORPORA = Path(__file__).parent / "corpora" / "redflags"
ALLOWED_MISSES = 8 / 1500  # with so many the lower 95 % bound of the recall is still 99 %
ALLOWED_FALSE = {"ordinary": 0.02, "hard": 0.15}
ALLOWED_TRIAGE = 0.05  # of the triage development set: real complaints, few of them an emergency
NEVER_MISSED = {1: "chest pain", 2: "stroke", 4: "anaphylaxis", 12: "pregnancy", 15: "infant fever"}
SUICIDE = 19
METHOD = re.compile(
    "药|农药|百草枯|敌敌畏|跳|楼顶|天台|桥|河|江|割|手腕|刀|刀片|绳|上吊|吊死|勒|烧炭|煤气|撞|卧轨|铁轨|遗书|喝了|吞"
)
MOST_MS, MOST_GROWTH = 50, 10  # one check of 64 KB; how much longer it may take than one of 8 KB
Row = dict[str, Any]


@dataclass(frozen=True)
class Score:
    """What was found of the positives, and which of the others fired."""

    missed: tuple[Row, ...]
    positives: tuple[Row, ...]
    false: tuple[Row, ...]
    negatives: tuple[Row, ...]

    @property
    def recall(self) -> float:
        return 1 - len(self.missed) / len(self.positives)

    @property
    def at_least(self) -> float:
        return lower_bound(len(self.positives) - len(self.missed), len(self.positives))

    def false_share(self, kind: str) -> float:
        """Share of the negatives of one kind that fired."""
        return sum(r["kind"] == kind for r in self.false) / max(1, sum(r["kind"] == kind for r in self.negatives))

    @property
    def unforgivable(self) -> int:
        """Misses where none is allowed."""
        return sum(row["category"] in NEVER_MISSED or with_method(row) for row in self.missed)

    @property
    def good(self) -> bool:
        few = len(self.missed) <= ALLOWED_MISSES * len(self.positives) and not self.unforgivable
        return few and all(self.false_share(kind) <= most for kind, most in ALLOWED_FALSE.items())


def lower_bound(found: int, of: int) -> float:
    """Lower end of the one-sided exact 95 % interval of a share (Clopper and Pearson)."""
    return float(beta.ppf(0.05, found, of - found + 1)) if found else 0.0


def with_method(row: Row) -> bool:
    """Somebody who speaks of suicide and names a way."""
    return row["category"] == SUICIDE and bool(METHOD.search(row["text"]))


def fires(text: str) -> bool:
    return redflags.check(text).red_flag


def score(positives: Sequence[Row], negatives: Sequence[Row]) -> Score:
    """Check every text once."""
    missed = tuple(row for row in positives if not fires(row["text"]))
    false = tuple(row for row in negatives if fires(row["text"]))
    return Score(missed, tuple(positives), false, tuple(negatives))


# -- the control -----------------------------------------------------------------------------------------------------
def side_by_side(state: Any, groups: Groups, hit: Hit, _near: int) -> tuple[Hit, ...] | None:
    """Findings only as a keyword pattern would see them: in the rule's order, one right after the other."""
    parts = [state._group.get(group) for group in groups]
    if None in parts or hit not in parts:
        return None
    touching = all(before.end == after.start for before, after in pairwise(parts))
    return tuple(parts) if touching else None


def controlled(positives: Sequence[Row], negatives: Sequence[Row]) -> Score:
    """The same score without order-free matching and without the second net."""
    with (
        patch.object(engine._Pass, "_together", side_by_side),
        patch.object(engine, "weigh", lambda *_, **__: Load(0.0)),
    ):
        return score(positives, negatives)


# -- tables ----------------------------------------------------------------------------------------------------------
def by_category(found: Score) -> Iterable[str]:
    """Recall of each category and kind of wording, figures only."""
    for field in ("category", "kind"):
        wanted, missed = (Counter(row[field] for row in rows) for rows in (found.positives, found.missed))
        for name, of in sorted(wanted.items()):
            yield f"{field:>9} {name!s:<14}{of - missed[name]:>5}/{of}"
    of, gone = (sum(with_method(row) for row in rows) for rows in (found.positives, found.missed))
    yield f"  suicide with a method  {of - gone:>5}/{of}"


def growth() -> tuple[float, float]:
    """Milliseconds of one check of 64 KB of mixed text, and how much longer it takes than one of 8 KB."""
    sentence = "今天想问一下挂号的事情，我家里人前几天肚子有点不舒服，胸口闷，没有发烧，去年做过手术。"
    best = []
    for size in (8, 64):
        text, times = (sentence * 1600)[: size * 1024 // 3], []
        for _ in range(7):
            began = time.process_time()
            redflags.check(text)
            times.append(time.process_time() - began)
        best.append(min(times) * 1000)
    return best[1], best[1] / best[0]


def foreign(listed: int) -> tuple[str, bool]:
    """Figures on the development sets, where they are; `listed` random texts that fire are printed for reading."""
    folder = Path(os.environ.get("PEIZHEN_DATA", "../shared/data"))
    if not folder.is_dir():
        return "dev=absent", True
    flags, denials, triage = (read(folder / f"{name}_dev.jsonl") for name in ("redflag", "negation", "triage"))
    fired = [row for row in triage if fires(row["text"])]
    for row in random.Random(5).sample(fired, min(listed, len(fired))):
        print(f"fires {','.join(redflags.check(row['text']).rules)}: {row['text']}")
    found, false = (sum(fires(row["text"]) for row in flags if row["red_flag"] is kind) for kind in (True, False))
    wanted = sum(row["red_flag"] for row in flags)
    right, known = denied(denials)
    share, unsure = len(fired) / len(triage), sum(redflags.check(row["text"]).doubted for row in triage) / len(triage)
    line = (
        f"redflag_dev={found}/{wanted} redflag_dev_false={false}/{len(flags) - wanted} negation_dev={right}/{known}"
        f" triage_dev_fires={100 * share:.1f}% triage_dev_doubted={100 * unsure:.1f}%"
    )
    return line, share <= ALLOWED_TRIAGE


def denied(rows: Iterable[Row]) -> tuple[int, int]:
    """Of the labelled words that the lexicon knows, how many are rightly taken as denied or not."""
    right = known = 0
    for row in rows:
        judged = {span.words: span.denied for span in spans(row["text"])}
        for word, state in [(w, True) for w in row["negated"]] + [(w, False) for w in row["affirmed"]]:
            states = {seen for found, seen in judged.items() if word in found or found in word}
            known += bool(states)
            right += states == {state}
    return right, known


def read(path: Path) -> list[Row]:
    """One JSON object a line; without the file the gate ends with 2, naming it."""
    if not path.is_file():
        sys.stderr.write(f"missing: {path}\n")
        raise SystemExit(2)
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def texts(half: str, kind: str) -> list[Row]:
    """All rows of one half, `positives` or `negatives`, whoever wrote them."""
    paths = sorted(CORPORA.glob(f"{half}*_{kind}.jsonl")) or [CORPORA / f"{HALVES[half]}_{kind}.jsonl"]
    return [row for path in paths for row in read(path)]


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--half", choices=HALVES, default="closed")
    options.add_argument("--misses", action="store_true", help="print what was missed or fired wrongly, open half only")
    options.add_argument("--list", type=int, default=0, help="print so many random triage_dev texts that fire")
    chosen = options.parse_args()
    positives, negatives = (texts(chosen.half, kind) for kind in ("positives", "negatives"))
    found, control = score(positives, negatives), controlled(positives, negatives)
    print("\n".join(by_category(found)))
    for row in (*found.missed, *found.false) if chosen.misses and chosen.half == "open" else ():
        print(json.dumps({**row, "rules": redflags.check(row["text"]).rules}, ensure_ascii=False))
    doubted = sum(redflags.check(row["text"]).doubted for row in found.missed)
    dev, few = foreign(chosen.list)
    ms, grown = growth()
    good = found.good and few and not control.good and ms <= MOST_MS and grown <= MOST_GROWTH
    print(
        f"redflags: half={chosen.half} recall={100 * found.recall:.2f}% missed={len(found.missed)}/{len(positives)} doubted={doubted}"
        f" lower95={100 * found.at_least:.2f}% never_missed={found.unforgivable}"
        f" false_ordinary={100 * found.false_share('ordinary'):.2f}% false_hard={100 * found.false_share('hard'):.2f}%"
        f" {dev} ms_64kb={ms:.1f} growth={grown:.1f}x control={100 * control.recall:.1f}%_recall"
        f" {'OK' if good else 'FAIL'}"
    )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
