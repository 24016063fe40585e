"""Build departments/table.npz from the pool, the knowledge base and our own lexicon. Figures only come out.

    python -m bot.triage.build_table "$PEIZHEN_DATA"     (without an argument: ../shared/data)

One linear machine per department (squared hinge, L2, solved in the dual by coordinate descent, all departments
at once), on tf-idf of character n-grams; weights as int8. No evaluation file is read.
"""

from __future__ import annotations

import json
import math
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np

from bot.triage import lexicon
from bot.triage.departments.features import age_feature, grams
from bot.triage.departments.table import PATH, Array
from bot.triage.departments.votes import votes
from bot.triage.names import STANDARD
from bot.triage.pattern import expand

POOL, DISEASES, SYMPTOMS = "triage_pool.jsonl", "disease_kb.jsonl", "symptom_kb.jsonl"
TERMS = 24_000
LEAST_TEXTS = 4  # an n-gram of fewer texts does not ship: nothing of one person's text can
EPOCHS = 12
COST = 0.5
DISEASE_WEIGHT, OWN_WEIGHT, SYMPTOM_WEIGHT = 0.1, 0.3, 0.05  # beside 1.0 for a patient's own text
WORDINGS = 30  # of one lexicon pattern that are learnt
AGE_VALUE = 0.5  # value of the age feature beside a text of length 1
UNSURE = frozenset({"中医科", "急诊科"})  # the knowledge base names them beside nearly everything
SHARE = 0.35  # of a symptom's diseases in one department before the symptom speaks for it
LONGEST_NAME = 12


@dataclass(frozen=True)
class Example:
    """One text with its department, its weight, and the age when known."""

    text: str
    name: str
    weight: float
    age: int | None = None


def read(path: Path) -> list[dict[str, Any]]:
    """JSON lines. Exits with 2, naming the path, when it is missing."""
    if not path.is_file():
        sys.stderr.write(f"missing: {path}\n")
        raise SystemExit(2)
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def age_of(row: dict[str, Any]) -> int | None:
    """The middle of an age band (`30+` → 35); None when absent or impossible."""
    band = str(row.get("age_band") or "").rstrip("+")
    return int(band) + 5 if band.isdigit() and int(band) <= 90 else None  # noqa: PLR2004


def pool_examples(data: Path) -> Iterator[Example]:
    """Patients' texts; those with an age are learnt with and without it, so that a missing age means nothing."""
    for row in read(data / POOL):
        age = age_of(row)
        parts = 1.0 if age is None else 0.5
        yield Example(row["text"], row["departments"][0], parts)
        if age is not None:
            yield Example(row["text"], row["departments"][0], parts, age)


def kb_examples(data: Path) -> Iterator[Example]:
    """Names of diseases, and symptoms that lean to one department."""
    for row in read(data / DISEASES):
        names = [name for name in row["departments"] if name in STANDARD and name not in UNSURE]
        for alias in {row["disease"], *(alias.strip() for alias in row["alias"])} if names else ():
            if 1 < len(alias) < LONGEST_NAME:
                yield Example(alias, names[0], DISEASE_WEIGHT)
    for row in read(data / SYMPTOMS):
        counts = {name: n for name, n in row["departments"].items() if name in STANDARD and name not in UNSURE}
        name = max(counts, key=lambda key: counts[key], default=None)
        if name and counts[name] >= SHARE * row["n_diseases"] and 1 < len(row["symptom"]) < LONGEST_NAME:
            yield Example(row["symptom"], name, SYMPTOM_WEIGHT)


def own_examples() -> Iterator[Example]:
    """Our own lexicon's wordings."""
    for body in lexicon.read().values():
        name = max(body["to"], key=body["to"].get)
        for pattern in body["say"]:
            wordings = expand(pattern)
            for wording in wordings[:: max(1, len(wordings) // WORDINGS)]:
                yield Example(wording, name, OWN_WEIGHT)


class Matrix:
    """Sparse rows: term numbers and their tf-idf values."""

    def __init__(self, examples: Sequence[Example], terms: Sequence[str], idf: Array) -> None:
        self.rows = {term: row for row, term in enumerate(terms)}
        self.idf = idf
        self.lines = [self._line(grams(one.text), one.age) for one in examples]

    def _line(self, found: Iterable[str], age: int | None) -> tuple[Array, Array]:
        """One text of length 1, the age feature beside it."""
        at = np.array(sorted(self.rows[gram] for gram in found if gram in self.rows), dtype=np.int32)
        value = self.idf[at]
        value = value / (np.sqrt(np.square(value).sum()) or 1.0)
        row = self.rows.get(age_feature(age) or "")
        if row is not None:
            at, value = np.append(at, row).astype(np.int32), np.append(value, AGE_VALUE)
        return at, value.astype(np.float32)


def train(matrix: Matrix, examples: Sequence[Example], epochs: int = EPOCHS) -> Array:
    """Weights [terms + 1, departments], the last row the bias."""
    names = {name: number for number, name in enumerate(STANDARD)}
    signs = -np.ones((len(examples), len(STANDARD)), dtype=np.float32)
    for row, one in enumerate(examples):
        signs[row, names[one.name]] = 1
    weights = np.zeros((len(matrix.idf) + 1, len(STANDARD)), dtype=np.float32)
    alpha = np.zeros_like(signs)
    bias = len(matrix.idf)
    lines = [(np.append(at, bias), np.append(value, np.float32(1))) for at, value in matrix.lines]
    softness = np.array([1 / (2 * COST * one.weight) for one in examples], dtype=np.float32)
    norms = np.array([float(value @ value) for _, value in lines], dtype=np.float32)
    order = np.random.default_rng(7)
    for _ in range(epochs):
        for row in order.permutation(len(lines)):
            at, value = lines[row]
            slope = signs[row] * (value @ weights[at]) - 1 + alpha[row] * softness[row]
            new = np.maximum(alpha[row] - slope / (norms[row] + softness[row]), 0)
            weights[at] += np.outer(value, (new - alpha[row]) * signs[row])
            alpha[row] = new
    return weights


def vocabulary(examples: Sequence[Example]) -> tuple[list[str], Array]:
    """N-grams of enough texts with their idf, plus the age features."""
    seen: set[str] = set()
    counts: Counter[str] = Counter()
    for one in examples:
        if one.text not in seen:
            seen.add(one.text)
            counts.update(grams(one.text))
    terms = sorted(gram for gram, texts in counts.items() if texts >= LEAST_TEXTS)
    idf = [math.log((1 + len(seen)) / (1 + counts[term])) + 1 for term in terms]
    ages = sorted({age_feature(age) or "" for age in range(0, 100, 10)})
    return terms + ages, np.array(idf + [0.0] * len(ages), dtype=np.float32)


def strongest(terms: Sequence[str], idf: Array, weights: Array) -> tuple[list[str], Array]:
    """The n-grams that move a score most, and every age feature."""
    force = np.abs(weights[:-1]).max(axis=1) * idf
    force[[row for row, term in enumerate(terms) if term.startswith("#")]] = np.inf
    rows = np.sort(np.argsort(-force)[:TERMS])
    return [terms[row] for row in rows], idf[rows]


def margins(matrix: Matrix, weights: Array) -> Array:
    """Scores of every line."""
    return np.stack([value @ weights[at] + weights[-1] for at, value in matrix.lines])


def temperature(scores: Array, truth: Sequence[int]) -> float:
    """The softmax temperature with the least log loss."""
    grid = np.geomspace(0.05, 2, 60)
    return float(min(grid, key=lambda heat: _loss(scores / heat, truth)))


def _loss(scores: Array, truth: Sequence[int]) -> float:
    """Mean negative log likelihood."""
    shifted = scores - scores.max(axis=1, keepdims=True)
    logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return float(-logs[np.arange(len(truth)), list(truth)].mean())


def calibrate(patients: Sequence[Example], others: Sequence[Example], terms: Sequence[str], idf: Array) -> float:
    """Temperature on a tenth of the pool that a second training does not see."""
    held = [one for one in patients if _is_held(one.text)]
    rest = [one for one in patients if not _is_held(one.text)]
    weights = train(Matrix([*rest, *others], terms, idf), [*rest, *others], epochs=6)
    truth = [STANDARD.index(one.name) for one in held]
    spoken = np.stack([votes(one.text) for one in held])
    return temperature(margins(Matrix(held, terms, idf), weights) + spoken, truth)


def _is_held(text: str) -> bool:
    """One text in ten, the same with and without its age."""
    return crc32(text.encode()) % 10 == 0


def save(terms: Sequence[str], idf: Array, weights: Array, heat: float) -> None:
    """Quantise and write; the file holds n-grams and numbers, nothing else."""
    scale = np.maximum(np.abs(weights[:-1]).max(axis=0), 1e-6) / 127
    table = np.rint(weights[:-1] / scale)
    ages = [row for row, term in enumerate(terms) if term.startswith("#")]
    table[ages] = np.rint(weights[ages] * AGE_VALUE / scale)
    np.savez_compressed(
        PATH,
        terms=np.frombuffer("\n".join(terms).encode(), dtype=np.uint8),
        idf=idf.astype(np.float16),
        weights=table.astype(np.int8),
        scale=scale.astype(np.float32),
        bias=weights[-1].astype(np.float32),
        names=np.frombuffer("\n".join(STANDARD).encode(), dtype=np.uint8),
        temperature=np.float32(heat),
    )


def main() -> None:
    """Build and write the table."""
    data = Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/data")
    patients = list(pool_examples(data))
    others = [*kb_examples(data), *own_examples()]
    examples = [*patients, *others]
    terms, idf = vocabulary(examples)
    sys.stderr.write(f"{len(patients)} pool, {len(others)} other examples, {len(terms)} n-grams\n")
    first = train(Matrix(examples, terms, idf), examples, epochs=4)
    terms, idf = strongest(terms, idf, first)
    heat = calibrate(patients, others, terms, idf)
    save(terms, idf, train(Matrix(examples, terms, idf), examples), heat)
    sys.stderr.write(f"{PATH.name}: {len(terms)} n-grams, temperature {heat:.3f}, {PATH.stat().st_size} bytes\n")


if __name__ == "__main__":
    main()
