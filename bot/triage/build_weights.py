"""Write redflags/weights.txt and whole.npz, the second net of the red flags: figures, n-grams, characters, no sentence.

    python -m bot.triage.build_weights WRITERS SAYINGS NLU DATA [--without open3]

WRITERS holds open*_positives.jsonl and open*_negatives.jsonl, a pair for each writer; SAYINGS a file for each category;
NLU the dialogue's examples; DATA triage_pool.jsonl. With `--without` nothing is written: what is learnt from the other
writers and nine tenths of the pool is counted on the texts of that one and on the tenth, which is the honest figure.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

from bot.charcnn import learning, reading
from bot.triage import redflags
from bot.triage.building import grave
from bot.triage.building import whole as building
from bot.triage.building.weighing import Text, learn, lines
from bot.triage.redflags import weighing, whole
from bot.triage.redflags.measures import measure
from bot.triage.text import normalise

MARGIN = 3.5  # by which a text must weigh more, so that ordinary complaints stay few: docs/model-card-weights.md
MARGINS = (0.0, 1.0, 2.0, 3.0, MARGIN, 4.0)  # that a writer who is left out is counted at
TENTH = 10  # of the pool one text in so many is left out with the writer


def main() -> None:
    """Learn, and write or count."""
    options = argparse.ArgumentParser(description=__doc__)
    for name in ("writers", "sayings", "nlu", "data"):
        options.add_argument(name, type=Path)
    options.add_argument("--without", help="a writer (open, open2 …) who is not learnt from but counted on")
    chosen = options.parse_args()
    texts = [*grave.written(chosen.writers, chosen.without), *grave.own(chosen.sayings, chosen.nlu)]
    complaints = grave.pool(chosen.data)
    unseen = complaints[::TENTH] if chosen.without else []
    known = [text for number, text in enumerate(complaints) if not unseen or number % TENTH]
    wrong = grave.mistyped(texts, (text.words for text in known))
    found = lines(learn([*texts, *wrong, *known], 0.0 if chosen.without else MARGIN))
    arrays = building.learn([*texts, *known])
    sys.stderr.write(f"{sum(text.category > 0 for text in texts)} emergencies, {len(found) - 1} n-grams\n")
    if chosen.without:
        whole.lean.cache_clear()
        with patch.object(whole, "read", lambda: reading.of(arrays)):
            count(weighing.parse(found), grave.by_kind(chosen.writers, chosen.without), unseen)
    else:
        weighing.PATH.write_text("\n".join(found) + "\n", encoding="utf-8")
        learning.write(whole.PATH, arrays)


def count(learnt: weighing.Weights, kinds: dict[str, list[str]], unseen: Sequence[Text]) -> None:
    """How much of an unseen writer's texts is found by the net alone and together with the rules, at each margin."""
    groups = {**kinds, "pool": [text.words for text in unseen]}
    for name, found in (("net", weighs), ("both", fires)):
        for margin in MARGINS:
            with patch.object(weighing, "read", lambda at=margin: replace(learnt, bias=learnt.bias - at)):
                sys.stdout.write(f"{name} {margin:+.1f} {' '.join(_shares(groups, found))}\n")


def _shares(groups: dict[str, list[str]], found: Callable[[str], bool]) -> Iterator[str]:
    """`kind=found/of` for each kind of text."""
    for kind, texts in groups.items():
        yield f"{kind}={sum(map(found, texts))}/{len(texts)}"


def weighs(text: str) -> bool:
    """Does the net alone find it?"""
    normal = normalise(text)
    return weighing.weigh(normal, measure(normal)).weight > 0


def fires(text: str) -> bool:
    """Do the rules or the net find it?"""
    return redflags.check(text).red_flag


if __name__ == "__main__":
    main()
