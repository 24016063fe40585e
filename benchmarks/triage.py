"""`make bench-triage`: departments, red flags, negation and latency on the development sets.

Reads triage_dev, redflag_dev and negation_dev from $PEIZHEN_DATA (else ../shared/data) and prints figures only.
Exits with 2, naming the path, when a file is missing. Labels are by a language model, never by a clinician.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from benchmarks.triage_peers import Peer, lookup, regression
from bot.triage import departments, redflags
from bot.triage.assess import assess
from bot.triage.departments.table import PATH
from bot.triage.lexicon import lexicon, spans
from bot.triage.lexicon import read as read_lexicon
from bot.triage.pattern import SIGNS

Row = dict[str, Any]
UNTAUGHT = ("肾内科", "风湿免疫科", "血液科")
LACKING = Path(__file__).parents[1] / "tests" / "gates" / "corpora" / "departments.jsonl"


def read(name: str) -> list[Row]:
    """One JSON-lines file of the evaluation data."""
    path = Path(os.environ.get("PEIZHEN_DATA", "../shared/data")) / f"{name}.jsonl"
    if not path.is_file():
        sys.stderr.write(f"missing: {path}\n")
        raise SystemExit(2)
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def age_of(row: Row) -> int | None:
    """The middle of an age band; None when absent or impossible."""
    if "age" in row:
        return row["age"]
    band = str(row.get("age_band") or "").rstrip("+")
    return int(band) + 5 if band.isdigit() and int(band) <= 90 else None


def hits(rows: Iterable[Row], *, with_age: bool) -> tuple[float, float, float]:
    """top-1, top-3 and how often a reason is shown for the first department, in percent."""
    first = third = reasons = 0
    rows = list(rows)
    for row in rows:
        found = departments.score(row["text"], age=age_of(row) if with_age else None, sex=row.get("sex"))
        names = [one.name for one in found]
        first += bool(names) and names[0] in row["departments"]
        third += any(name in row["departments"] for name in names[:3])
        reasons += bool(found) and bool(found[0].because)
    return tuple(100 * count / len(rows) for count in (first, third, reasons))  # type: ignore[return-value]


def triage_table(rows: list[Row]) -> tuple[float, float]:
    """Print departments; returns top-1 and top-3 without age."""
    print(f"{'departments (triage_dev)':<52}{'top-1':>8}{'top-3':>8}{'because':>9}")
    groups: list[tuple[str, Callable[[Row], bool]]] = [
        ("all", lambda _: True),
        ("xfyun", lambda row: row["source"].startswith("xfyun")),
        ("toyhom", lambda row: row["source"].startswith("toyhom")),
        ("departments without pool texts", lambda row: row["departments"][0] in UNTAUGHT),
    ]
    result = (0.0, 0.0)
    for label, wanted in groups:
        for with_age in (False, True):
            first, third, reasons = hits(filter(wanted, rows), with_age=with_age)
            name = f"peizhen, {label}, {'with age band' if with_age else 'text only'}"
            print(f"  {name:<50}{first:>8.1f}{third:>8.1f}{reasons:>9.1f}")
            result = (first, third) if (label, with_age) == ("all", False) else result
    return result


def peers_table(rows: list[Row]) -> None:
    """Print accuracy, speed, training and size of ours and of its rivals, all in this run."""
    print(f"{'beside others (triage_dev, text only)':<44}{'top-1':>8}{'top-3':>8}{'ms/text':>9}{'train s':>9}{'KB':>8}")
    for peer in (regression(read("triage_pool")), lookup(read("symptom_kb"), read("disease_kb"))):
        print_peer(peer, rows, f"{peer.seconds:.1f}")
    ours = Peer("peizhen", lambda text: [one.name for one in departments.score(text)], 0.0, PATH.stat().st_size / 1024)
    print_peer(ours, rows, "–")  # built by hand, about a minute: bot.triage.build_table


def print_peer(peer: Peer, rows: list[Row], trained: str) -> None:
    """One line."""
    start = time.perf_counter()
    ranked = [peer.rank(row["text"]) for row in rows]
    spent = (time.perf_counter() - start) * 1000 / len(rows)
    first = 100 * sum(
        names[:1] != [] and names[0] in row["departments"] for names, row in zip(ranked, rows, strict=True)
    )
    third = 100 * sum(bool(set(names[:3]) & set(row["departments"])) for names, row in zip(ranked, rows, strict=True))
    figures = f"{first / len(rows):>8.1f}{third / len(rows):>8.1f}{spent:>9.2f}{trained:>9}{peer.kilobytes:>8.0f}"
    print(f"  {peer.name:<42}{figures}")


def sureness(rows: list[Row]) -> tuple[float, float]:
    """Print top-1 on the texts it is surest of, and the calibration error; returns top-1 at 80 % and the error."""
    judged = []
    for row in rows:
        best = max(departments.likelihood(row["text"], age=age_of(row)).items(), key=lambda item: item[1])
        judged.append((best[1], best[0] in row["departments"]))
    judged.sort(reverse=True)
    shares = {share: 100 * mean(judged[: round(len(judged) * share)]) for share in (0.5, 0.7, 0.8, 0.9)}
    print("  top-1 on the surest " + ", ".join(f"{share:.0%}: {value:.1f}" for share, value in shares.items()))
    bins: list[list[tuple[float, bool]]] = [[] for _ in range(10)]
    for likely, right in judged:
        bins[min(int(likely * 10), 9)].append((likely, right))
    gaps = [abs(sum(likely for likely, _ in group) - sum(right for _, right in group)) for group in bins]
    error = sum(gaps) / len(judged)
    lines = [f"{sum(p for p, _ in group) / len(group):.2f}→{mean(group):.2f} ({len(group)})" for group in bins if group]
    print(f"  calibration error {error:.3f}; said→right (texts): " + ", ".join(lines))
    return shares[0.8], error


def mean(judged: list[tuple[float, bool]]) -> float:
    """Share that is right."""
    return sum(right for _, right in judged) / len(judged)


def broken_reasons(rows: list[Row]) -> tuple[int, int]:
    """Every reason of every suggestion, checked from outside: in the text, two characters and more, and without it the
    department's figure is lower. Returns broken and all."""
    broken = shown = 0
    for row in rows:
        for one in departments.score(row["text"], age=age_of(row)):
            for word in one.because:
                rest = departments.likelihood(row["text"].replace(word, ""), age=age_of(row))
                lower = round(rest.get(one.name, 0.0), 4) < one.score
                shown += 1
                broken += not (lower and word in row["text"] and len(word) > 1)
    print(f"  reasons: {shown} shown, {broken} broken")
    return broken, shown


def lexicon_line() -> None:
    """Print how large the lexicon is."""
    patterns = {pattern for body in read_lexicon().values() for pattern in body["say"]}
    plain = sum(not set(pattern) & set(SIGNS) for pattern in patterns)
    wordings = len(lexicon().matcher.wordings)
    print(f"lexicon: {len(read_lexicon())} concepts, {plain} expressions and {len(patterns) - plain} patterns written, "
          f"{wordings} wordings")  # fmt: skip


def lacking_table() -> tuple[float, float]:
    """Print the departments that the development set lacks, on texts by somebody who knew nothing of the lexicon."""
    rows = [json.loads(line) for line in LACKING.read_text(encoding="utf-8").splitlines()]
    print(f"{'departments that the development set lacks':<44}{'texts':>8}{'top-1':>8}{'top-3':>8}{'because':>9}")
    for name in dict.fromkeys(row["departments"][0] for row in rows):
        group = [row for row in rows if row["departments"][0] == name]
        first, third, reasons = hits(group, with_age=True)
        print(f"  {name:<{42 - len(name)}}{len(group):>8}{first:>8.1f}{third:>8.1f}{reasons:>9.1f}")
    first, third, reasons = hits(rows, with_age=True)
    print(f"  {'all':<42}{len(rows):>8}{first:>8.1f}{third:>8.1f}{reasons:>9.1f}")
    return first, third


def redflag_table(flags: list[Row], rows: list[Row]) -> tuple[int, int, float]:
    """Print red flags; returns found, wanted and the share of ordinary texts that fire."""
    wanted = [row for row in flags if row["red_flag"]]
    others = [row for row in flags if not row["red_flag"]]
    found = sum(redflags.check(row["text"]).red_flag for row in wanted)
    false = sum(redflags.check(row["text"]).red_flag for row in others)
    fires = 100 * sum(redflags.check(row["text"]).red_flag for row in rows) / len(rows)
    print(f"red flags: found {found}/{len(wanted)}, false {false}/{len(others)}, fires on triage_dev {fires:.1f} %")
    return found, len(wanted), fires


def negation_table(rows: list[Row]) -> tuple[int, int]:
    """Print negation over the labelled words that the lexicon knows; returns right and known."""
    right = known = 0
    for row in rows:
        judged = {span.words: span.denied for span in spans(row["text"])}
        for denied, words in ((True, row["negated"]), (False, row["affirmed"])):
            for word in words:
                states = {state for found, state in judged.items() if word in found or found in word}
                known += bool(states)
                right += states == {denied}
    total = sum(len(row["negated"]) + len(row["affirmed"]) for row in rows)
    print(f"negation: right {right}/{known} of the words the lexicon knows ({known} of {total})")
    return right, known


def latency(label: str, call: Callable[[str], object], texts: list[str]) -> None:
    """Print median and 99th percentile of one call, milliseconds."""
    times = []
    for text in texts:
        start = time.perf_counter()
        call(text)
        times.append((time.perf_counter() - start) * 1000)
    times.sort()
    print(f"  {label:<16} p50 {times[len(times) // 2]:.2f} ms, p99 {times[int(len(times) * 0.99)]:.2f} ms")


def growth() -> None:
    """Red flags on 8 KB and on 64 KB of mixed text: the ratio of the best of five runs each."""
    sentence = "今天想问一下挂号的事情，我家里人前几天肚子有点不舒服，胸口闷，没有发烧，去年做过手术。"
    times = []
    for size in (8, 64):
        text = (sentence * 1600)[: size * 1024 // 3]
        runs = []
        for _ in range(5):
            start = time.process_time()
            redflags.check(text)
            runs.append(time.process_time() - start)
        times.append(min(runs) * 1000)
    print(f"red flags on 8 KB {times[0]:.1f} ms, on 64 KB {times[1]:.1f} ms: {times[1] / times[0]:.1f} x")


def main() -> None:
    """Print every table."""
    rows, flags, negations = read("triage_dev"), read("redflag_dev"), read("negation_dev")
    start = time.perf_counter()
    redflags.warm()
    print(f"red flags ready in {(time.perf_counter() - start) * 1000:.0f} ms")
    start = time.perf_counter()
    lexicon()
    departments.score("头疼")
    print(f"lexicon and departments ready in {(time.perf_counter() - start) * 1000:.0f} ms")
    texts = [row["text"] for row in rows[:400]]
    for label, call in (("red flags", redflags.check), ("departments", departments.score), ("assess", assess)):
        latency(label, call, texts)
    growth()
    lexicon_line()
    peers_table(rows)
    first, third = triage_table(rows)
    surest, error = sureness(rows)
    broken, shown = broken_reasons(rows)
    lacking = lacking_table()
    found, wanted, fires = redflag_table(flags, rows)
    right, known = negation_table(negations)
    print(
        f"TRIAGE: top1={first:.1f} top3={third:.1f} surest80={surest:.1f} ece={error:.3f} broken={broken}/{shown} "
        f"lacking={lacking[0]:.1f}/{lacking[1]:.1f} redflags={found}/{wanted} fires={fires:.1f}% "
        f"negation={right}/{known}"
    )


if __name__ == "__main__":
    main()
