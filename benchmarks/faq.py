"""`make bench-faq`: the FAQ's search beside its peers, in one run.

Accuracy on the 1,000 real questions of faq_dev (7,265 entries with answers) and of faq_qq_dev (7,581, without), ours on
SQLite and on PostgreSQL; build time, p50 and p95 there and at a million entries (`--million 0` leaves that out); how
many strangers' sentences get an answer. Reads $PEIZHEN_DATA (else ../shared/data), prints figures only, exits with 2
naming the path when a file is missing.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from benchmarks import _faq_data as data
from benchmarks import _faq_peers as peers
from benchmarks._faq_data import Questions
from benchmarks._faq_ours import Ours
from benchmarks._faq_peers import Peer
from tests.servers import postgresql

OURS = "ours, SQLite", "ours, PostgreSQL"
WITHIN = 0.005  # of every figure between the two databases


@dataclass
class Line:
    """One engine's figures; what was not measured stays a dash."""

    accuracy: dict[str, tuple[float, float, float]] = field(default_factory=dict)
    times: dict[str, tuple[float, float, float]] = field(default_factory=dict)  # (build s, p50 ms, p95 ms)
    unseen: dict[str, tuple[float, float, float]] = field(default_factory=dict)  # the odd queries: never tuned on
    why: str = ""

    def __str__(self) -> str:
        hits = ["/".join(f"{share:.3f}" for share in self.accuracy.get(name, ())) or "-" for name in ("faq", "faq_qq")]
        spent = [self.times.get(name) for name in ("faq", "million")]
        clock = [f"{t[0]:7.1f}{t[1]:9.1f}{t[2]:9.1f}" if t else f"{'-':>7}{'-':>9}{'-':>9}" for t in spent]
        return f"{hits[0]:>20}{hits[1]:>20}{clock[0]}{clock[1]}  {self.why}"


def main() -> int:
    """Print the table; the last line sums up ours."""
    options = arguments()
    try:
        sets, strangers = [data.load(name) for name in ("faq", "faq_qq")], data.strangers()
    except FileNotFoundError as missing:
        print(f"missing evaluation data: {missing}", file=sys.stderr)
        return 2
    print(
        f"{'hit@1/hit@5/MRR@10':36}{'faq':>8}{'faq_qq':>20}{'build s':>7}{'p50 ms':>9}{'p95 ms':>9}  then at a million"
    )
    lines: dict[str, Line] = {}
    with ExitStack() as stack:
        for name, make in engines(stack).items():
            lines[name] = measured(make, sets, options)
            print(f"{name:24}{lines[name]}", flush=True)
        fits(sets[0], strangers)
    return summed_up(lines, options.million)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--million", type=int, default=1_000_000, help="entries of the large run; 0 = none")
    parser.add_argument("--asked", type=int, default=200, help="queries of the large run")
    parser.add_argument("--large", default="", help="engines of the large run, separated by commas; empty = all")
    return parser.parse_args()


def engines(stack: ExitStack) -> dict[str, Callable[[], Peer]]:
    """What is compared; each call makes an empty one."""
    url = stack.enter_context(postgresql())
    return {
        OURS[0]: lambda: stack.enter_context(Ours()),
        OURS[1]: lambda: stack.enter_context(Ours(url)),
        "tantivy bigrams": peers.Tantivy,
        "FTS5 trigram": lambda: peers.Fts5(peers.trigrams, tokenizer="trigram", cut=False),
        "FTS5 with jieba": lambda: peers.Fts5(peers.segmented, tokenizer="unicode61", cut=True),
        "BM25 bigrams": peers.Bm25,
        "PostgreSQL ts_rank": lambda: peers.TsRank(url("postgres")),
        "PostgreSQL pg_trgm": lambda: peers.Trgm(url("postgres")),
        "Whoosh bigrams": peers.Whoosh,
    }


def measured(make: Callable[[], Peer], sets: Sequence[Questions], options: argparse.Namespace) -> Line:
    """Accuracy on every set, times on the first and at a million; an engine that cannot run says why."""
    line = Line()
    try:
        for questions in sets:
            peer = make()
            started = time.perf_counter()
            peer.build(questions.entries)
            took = time.perf_counter() - started
            place, line.times[questions.name] = asked(peer, questions, took)
            line.accuracy[questions.name] = shares(place)
            line.unseen[questions.name] = shares(place[1::2])
        if options.million:
            large(make, sets[0], options, line)
    except Exception as error:
        line.why = str(error).strip().splitlines()[0][:90]
    return line


def large(make: Callable[[], Peer], real: Questions, options: argparse.Namespace, line: Line) -> None:
    """The same engine over a million entries, if it is one of those asked for."""
    peer = make()
    if options.large and not any(name in type(peer).__name__.lower() for name in options.large.lower().split(",")):
        line.why = "left out of the large run by --large"
        return
    started = time.perf_counter()
    peer.build(data.crossed(real, options.million))
    took = time.perf_counter() - started
    few = Questions("million", [], real.queries[: options.asked])
    _, line.times["million"] = asked(peer, few, took)


def asked(peer: Peer, questions: Questions, built: float) -> tuple[Any, tuple[float, float, float]]:
    """Ask everything once, after ten to warm up: the places of the right answers (0 = none), and the times."""
    for text, _ in questions.queries[:10]:
        peer.ask(text)
    ranks, times = [], []
    for text, right in questions.queries:
        started = time.perf_counter()
        found = peer.ask(text)
        times.append((time.perf_counter() - started) * 1000)
        ranks.append(next((rank for rank, key in enumerate(found, 1) if key in right), 0))
    p50, p95 = np.percentile(times, [50, 95])
    return np.array(ranks), (built, float(p50), float(p95))


def shares(place: Any) -> tuple[float, float, float]:
    """hit@1, hit@5 and MRR@10 of the places of the right answers."""
    mrr = np.where((place > 0) & (place <= peers.TOP), 1 / np.maximum(place, 1), 0).mean()
    return float((place == 1).mean()), float(((place > 0) & (place <= 5)).mean()), float(mrr)


def fits(real: Questions, strangers: Sequence[str]) -> None:
    """How honest `nothing fits` is: who gets an answer of those who should, and of those who should not."""
    with Ours() as ours:
        ours.build(real.entries)
        right = [text for text, _ in real.queries if ours.ask(text)]
        wrong = [text for text in strangers if ours.ask(text)]
    kept, told = len(right) / len(real.queries), len(wrong) / len(strangers)
    precision = len(right) / (len(right) + len(wrong))
    print(
        f"something fits: recall={kept:.3f} of {len(real.queries)} questions; answered={told:.3f} of {len(strangers)}"
        f" sentences that are none; precision={precision:.3f}"
    )


def summed_up(lines: dict[str, Line], million: int) -> int:
    """The last line; 1 when the two databases differ."""
    ours, other = (lines[name].accuracy for name in OURS)
    apart = max((abs(a - b) for name in ours for a, b in zip(ours[name], other.get(name, ()), strict=False)), default=1)
    best = max((line.accuracy["faq"][2] for name, line in lines.items() if name not in OURS and "faq" in line.accuracy))
    for name, unseen in lines[OURS[0]].unseen.items():
        print(f"{name}, the half that nothing was tuned on: {'/'.join(f'{share:.3f}' for share in unseen)}")
    times = lines[OURS[0]].times.get("million" if million else "faq", (0, 0, 0))
    print(
        f"faq: mrr={ours['faq'][2]:.3f} best_peer={best:.3f} qq_mrr={ours['faq_qq'][2]:.3f}"
        f" databases_apart={apart:.4f} p95_ms={times[2]:.1f} entries={million or 'thousands'}"
    )
    return int(apart > WITHIN)


if __name__ == "__main__":
    sys.exit(main())
