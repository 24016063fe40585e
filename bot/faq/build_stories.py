"""Build stories.tsv: how often patients' stories hold a token that questions seldom do. Figures, no sentence.

python -m bot.faq.build_stories "$PEIZHEN_DATA"     (without an argument: ../shared/data)
Sources and their licence state: docs/model-card-faq.md.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from bot.faq.fold import fold
from bot.faq.stories import PATH
from bot.faq.text import query

SOURCES = {"toyhom/ask": 2500, "xfyun2022": 2500}  # beginning of `source` → texts taken, in the file's order
SHARE = 0.003  # of the stories; a rarer token is as good as unheard


def build(data: Path) -> int:
    """Count the tokens and write those above SHARE; gives their number."""
    counts: Counter[str] = Counter()
    total = 0
    for text in _stories(data / "triage_pool.jsonl"):
        found = query(fold(text))
        counts.update((*found.single, *found.pairs, *found.words))
        total += 1
    kept = sorted((-count, token) for token, count in counts.items() if count >= SHARE * total)
    PATH.write_text("".join(f"{token}\t{-count / total:.4f}\n" for count, token in kept), encoding="utf-8")
    return len(kept)


def _stories(path: Path) -> Iterator[str]:
    left = dict(SOURCES)
    for line in path.read_text(encoding="utf-8").splitlines():
        item = json.loads(line)
        source = next((name for name in left if item["source"].startswith(name)), None)
        if source and left[source]:
            left[source] -= 1
            yield item["text"]


if __name__ == "__main__":
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[2].parent / "shared" / "data"
    sys.stderr.write(f"{build(root)} tokens\n")
