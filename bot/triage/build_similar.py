"""Build redflags/similar.bin from our own texts, and measure it on texts that it was not taught.

    python -m bot.triage.build_similar POSITIVES NEGATIVES [DATA]     (DATA: else ../shared/data)

POSITIVES and NEGATIVES are the open half of the corpus (tests/gates/corpora/redflags). Beside them the rules' own
examples, the utterances of the intents, and of the pool what no rule fires on, as what is no emergency. Only weights
come out, and none of a run that fewer than LEAST_TEXTS texts hold. No evaluation file is read.
"""

from __future__ import annotations

import json
import math
import random
import re
import sys
import zlib
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from bot.triage import redflags
from bot.triage.build_table import POOL, read
from bot.triage.redflags.rulebook import rulebook
from bot.triage.redflags.similar import BITS, PATH, best, numbers
from bot.triage.text import normalise

INTENTS = Path(__file__).parents[2] / "nlu_data" / "intents"
ANNOTATION = re.compile(r"\[([^\]]+)\](?:\([^)]*\)|\{[^}]*\})")
LONGEST = 300  # folded characters of a text that are learnt
POOL_TEXTS = 6000
LEAST_TEXTS = 3
COST = 0.6  # weight that each character of a stretch costs
FALSE_SHARE = 0.002  # of the ordinary messages may fire when they were not taught
MARGIN = 1.25  # above the score that so few texts draw
FALSE_POOL, POOL_LINE = 0.004, 3000  # … and of so many complaints of the pool that were not
EPOCHS, PENALTY, SEED = 30, 3.0, 20261122
FOLDS = 6


@dataclass(frozen=True)
class Text:
    """One text: its runs, whether it is an emergency, of which category (0: ours), what kind, whether a rule fires."""

    runs: list[list[int]]
    urgent: bool
    category: int
    kind: str
    fires: bool


def text(words: str, *, urgent: bool, category: int = 0, kind: str = "") -> Text:
    folded = normalise(words).text[:LONGEST]
    return Text(list(numbers(folded)), urgent, category, kind, redflags.check(words, similar=False).red_flag)


def corpus(positives: Path, negatives: Path) -> list[Text]:
    """The open half."""
    found = [text(row["text"], urgent=True, category=row["category"], kind=row["kind"]) for row in read(positives)]
    return found + [text(row["text"], urgent=False, kind=row["kind"]) for row in read(negatives)]


def own(data: Path) -> list[Text]:
    """The rules' examples, the intents' utterances and the pool."""
    found = [text(words, urgent=True) for rule in rulebook().rules for words in rule.fires]
    found += [text(words, urgent=False) for rule in rulebook().rules for words in rule.quiet]
    quiet = [text(words, urgent=False) for words in (*utterances(), *pool(data)[:POOL_TEXTS])]
    return found + [one for one in quiet if not one.fires]


def pool(data: Path) -> list[str]:
    """Patients' complaints, in an order drawn by lot: the first are taught, others draw the line."""
    texts = [str(row["text"]) for row in read(data / POOL)]
    random.Random(SEED).shuffle(texts)  # noqa: S311 - no secret
    return texts


def utterances() -> Iterator[str]:
    """What patients say to have something done."""
    for path in sorted(INTENTS.rglob("*.yml")):
        for intent in yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader).get("nlu", []):
            for line in str(intent.get("examples") or "").splitlines():
                if words := ANNOTATION.sub(r"\1", line.strip().removeprefix("-").strip()):
                    yield words


def learn(texts: Sequence[Text]) -> Any:
    """One linear machine (squared hinge, L2, dual coordinate descent), both classes of the same total weight."""
    held = [np.array(sorted({number for runs in one.runs for number in runs}), dtype=np.int64) for one in texts]
    seen = Counter(number for row in held for number in row.tolist())
    rows = [np.array([n for n in row.tolist() if seen[n] >= LEAST_TEXTS], dtype=np.int64) for row in held]
    urgent = sum(one.urgent for one in texts)
    limit = {True: len(texts) / (2 * urgent), False: len(texts) / (2 * (len(texts) - urgent))}
    weight, bias, alpha = np.zeros(1 << BITS), 0.0, np.zeros(len(texts))
    order = list(range(len(texts)))
    for epoch in range(EPOCHS):
        random.Random(SEED + epoch).shuffle(order)  # noqa: S311 - no secret
        for at in order:
            row, one = rows[at], texts[at]
            if not len(row):
                continue
            value, sign = 1 / math.sqrt(len(row)), 1.0 if one.urgent else -1.0
            soft = 1 / (2 * PENALTY * limit[one.urgent])
            margin = sign * (weight[row].sum() * value + bias) - 1 + soft * alpha[at]
            step = max(alpha[at] - margin / (2.0 + soft), 0.0) - alpha[at]
            alpha[at] += step
            weight[row] += step * sign * value
            bias += step * sign
    return weight


def shipped(weight: Any) -> tuple[array[int], float]:
    """Weights as signed bytes, and how many of them make 1."""
    scale = 127 / float(np.abs(weight).max())
    return array("b", np.round(weight * scale).astype(np.int8).tobytes()), scale


def scores(texts: Iterable[Text], weight: Any) -> list[float]:
    of, scale = shipped(weight)
    return [best(one.runs, of, COST * scale) / scale for one in texts]


def line(texts: Sequence[Text], found: Sequence[float], share: float) -> float:
    """From which score on so large a share of texts fires that no rule fires on."""
    silent = sorted((score for one, score in zip(texts, found, strict=True) if not one.fires), reverse=True)
    return silent[int(share * len(texts))]


def measured(
    name: str,
    texts: Sequence[Text],
    folds: Sequence[int],
    others: Sequence[Text],
    held: Sequence[Text],
    *,
    taught: bool,
) -> float:
    """Score every text by weights that its fold was no part of; print what that adds to the rules; give the line."""
    found = [0.0] * len(texts)
    for fold in sorted(set(folds)):
        known = [one for one, at in zip(texts, folds, strict=True) if at != fold and (taught or not one.urgent)]
        weight = learn([*others, *known])
        here = [at for at, of in enumerate(folds) if of == fold]
        for at, score in zip(here, scores([texts[at] for at in here], weight), strict=True):
            found[at] = score
    ordinary = [(one, score) for one, score in zip(texts, found, strict=True) if one.kind == "ordinary"]
    by_ordinary = line([one for one, _ in ordinary], [score for _, score in ordinary], FALSE_SHARE)
    limit = MARGIN * max(by_ordinary, line(held, scores(held, weight), FALSE_POOL))
    wanted = [(one, score) for one, score in zip(texts, found, strict=True) if one.urgent]
    by_rules, added = sum(one.fires for one, _ in wanted), sum(s > limit and not one.fires for one, s in wanted)
    hard = [one.fires or s > limit for one, s in zip(texts, found, strict=True) if one.kind == "hard"]
    kinds = Counter(one.kind for one, s in wanted if s > limit and not one.fires)
    print(
        f"{name:<24} rules {by_rules}/{len(wanted)} + {added} = {100 * (by_rules + added) / len(wanted):.1f}%"
        f" hard {100 * sum(hard) / len(hard):.1f}% line {limit:.2f} {dict(kinds)}"
    )
    return limit


def main() -> None:
    """Measure three ways, then learn from everything."""
    positives, negatives, *data = sys.argv[1:]
    texts = corpus(Path(positives), Path(negatives))
    folder = Path(data[0] if data else "../shared/data")
    others = own(folder)
    held = [text(words, urgent=False) for words in pool(folder)[POOL_TEXTS : POOL_TEXTS + POOL_LINE]]
    pick = random.Random(SEED)  # noqa: S311 - no secret
    lots = [pick.randrange(FOLDS) for _ in texts]
    groups = [one.category % FOLDS if one.urgent else lot for one, lot in zip(texts, lots, strict=True)]
    measured("its author unseen", texts, lots, others, held, taught=False)
    by_category = measured("its category unseen", texts, groups, others, held, taught=True)
    by_text = measured("its text unseen", texts, lots, others, held, taught=True)
    of, scale = shipped(learn([*others, *texts]))
    facts = {"cost": COST * scale, "enough": max(by_category, by_text) * scale}
    PATH.write_bytes(json.dumps(facts).encode() + b"\n" + zlib.compress(of.tobytes(), 9))
    print(f"{PATH.name}: {PATH.stat().st_size / 1024:.0f} KB")


if __name__ == "__main__":
    main()
