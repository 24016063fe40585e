"""Build stories.tsv: how often patients' stories hold a token that questions seldom do. Figures, no sentence.

python -m bot.faq.build_stories "$PEIZHEN_DATA"     (without an argument: ../shared/data)
Sources and their licence state: docs/model-card-faq.md.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from bot.faq.fold import fold
from bot.faq.stories import PATH
from bot.faq.text import query

SOURCES = {"toyhom/ask": 2500, "xfyun2022": 2500}  # beginning of `source` → texts taken, in the file's order
QUESTIONS = "toyhom/title"  # `source` of the short questions that the stories are held against
SHARE = 0.003  # of the stories; a rarer token is as good as unheard
RATIO = 2.0  # times its share of the questions that a token must reach: 幽门 is no story's word, 最近 is


def build(data: Path) -> int:
    """Count the tokens and write those above SHARE; gives their number."""
    pool = [json.loads(line) for line in (data / "triage_pool.jsonl").read_text(encoding="utf-8").splitlines()]
    told = _shares(_stories(pool))
    asked = _shares(item["text"] for item in pool if item["source"] == QUESTIONS)
    kept = {token: share for token, share in told.items() if share >= max(SHARE, RATIO * asked.get(token, 0.0))}
    lines = sorted(kept.items(), key=lambda pair: (-pair[1], pair[0]))
    PATH.write_text("".join(f"{token}\t{share:.4f}\n" for token, share in lines), encoding="utf-8")
    return len(kept)


def _shares(texts: Iterable[str]) -> dict[str, float]:
    """Token → the share of the texts that hold it."""
    held = [query(fold(text)) for text in texts]
    counts = Counter(token for found in held for kind in found for token in kind)
    return {token: count / len(held) for token, count in counts.items()}


def _stories(pool: Iterable[dict[str, Any]]) -> Iterator[str]:
    left = dict(SOURCES)
    for item in pool:
        source = next((name for name in left if item["source"].startswith(name)), None)
        if source and left[source]:
            left[source] -= 1
            yield item["text"]


if __name__ == "__main__":
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[2].parent / "shared" / "data"
    sys.stderr.write(f"{build(root)} tokens\n")
