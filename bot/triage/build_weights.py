"""Write redflags/weights.txt, the second net of the red flags: figures and n-grams, no sentence.

    python -m bot.triage.build_weights WRITERS SAYINGS NLU DATA [--without open3]

WRITERS holds open*_positives.jsonl and open*_negatives.jsonl, a pair for each writer; SAYINGS a file for each category;
NLU the dialogue's examples; DATA triage_pool.jsonl. With `--without` nothing is written: what is learnt from the other
writers is counted on the texts of that one, which is the honest figure.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from unittest.mock import patch

from bot.triage import redflags
from bot.triage.building import grave
from bot.triage.building.weighing import learn, lines
from bot.triage.redflags import weighing

MARGIN = 0.5  # weight at which a text counts: about one in a hundred ordinary texts of an unseen writer then does too


def main() -> None:
    """Learn, and write or count."""
    options = argparse.ArgumentParser(description=__doc__)
    for name in ("writers", "sayings", "nlu", "data"):
        options.add_argument(name, type=Path)
    options.add_argument("--without", help="a writer (open, open2 …) who is not learnt from but counted on")
    chosen = options.parse_args()
    texts = [*grave.written(chosen.writers, chosen.without), *grave.own(chosen.sayings, chosen.nlu)]
    complaints = grave.pool(chosen.data)
    wrong = grave.mistyped(texts, (text.words for text in complaints))
    found = lines(learn([*texts, *wrong, *complaints], MARGIN))
    sys.stderr.write(f"{sum(text.category > 0 for text in texts)} emergencies, {len(found) - 1} n-grams\n")
    if chosen.without:
        weights = weighing.parse(found)
        with patch.object(weighing, "read", lambda: weights):
            count(chosen.writers, chosen.without)
    else:
        weighing.PATH.write_text("\n".join(found) + "\n", encoding="utf-8")


def count(writers: Path, writer: str) -> None:
    """How much of an unseen writer's texts is found, and how much of the others, by rules and with both nets."""
    kinds: dict[str, list[tuple[bool, bool]]] = {}
    for kind in ("positives", "negatives"):
        for row in grave.rows(writers / f"{writer}_{kind}.jsonl"):
            found = grave.ruled(row["text"]), redflags.check(row["text"]).red_flag
            kinds.setdefault("emergency" if kind == "positives" else row["kind"], []).append(found)
    for kind, pairs in kinds.items():
        rules, both = (sum(pair[net] for pair in pairs) for net in (0, 1))
        sys.stdout.write(f"{kind}: by rules {rules}, with the second net {both}, of {len(pairs)}\n")


if __name__ == "__main__":
    main()
