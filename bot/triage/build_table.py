"""Build departments/table.npz from the pool, the knowledge bases, our lexicon and our own texts: figures and words.

python -m bot.triage.build_table "$PEIZHEN_DATA"     (without an argument: ../shared/data)
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bot.triage.building import examples as sources
from bot.triage.building.calibration import calibrate
from bot.triage.building.examples import Example
from bot.triage.building.machine import AGE_VALUE, matrix, strongest, train, vocabulary
from bot.triage.building.words import telling
from bot.triage.departments.table import PATH, Array
from bot.triage.departments.votes import trust_in
from bot.triage.names import STANDARD


def save(terms: Sequence[str], idf: Array, weights: Array, extras: dict[str, Any]) -> None:
    """Quantise and write; no sentence goes in."""
    scale = np.maximum(np.abs(weights[:-1]).max(axis=0), 1e-6) / 127
    table = np.rint(weights[:-1] / scale)
    ages = [row for row, term in enumerate(terms) if term.startswith("#")]
    table[ages] = np.rint(weights[ages] * AGE_VALUE / scale)
    np.savez_compressed(
        PATH,
        terms=packed(terms),
        idf=idf.astype(np.float16),
        weights=table.astype(np.int8),
        scale=scale.astype(np.float32),
        bias=weights[-1].astype(np.float32),
        names=packed(STANDARD),
        **extras,
    )


def packed(words: Sequence[str]) -> Array:
    """Words as bytes, so that the file needs no pickle."""
    return np.frombuffer("\n".join(words).encode(), dtype=np.uint8)


def build(data: Path) -> None:
    """Learn, thin out, calibrate, write."""
    patients, others = gather(data)
    everything = [*patients, *others]
    terms, idf = vocabulary(everything)
    sys.stderr.write(f"{len(patients)} pool, {len(others)} other examples, {len(terms)} n-grams\n")
    terms, idf = strongest(terms, idf, train(matrix(everything, terms, idf), everything))
    trust = trust_in(sources.taught_by(patients))
    heat = calibrate(patients, others, terms, idf, trust)
    weights = train(matrix(everything, terms, idf), everything)
    words = telling(patients, terms, idf, weights)
    save(terms, idf, weights, {"heat": np.float32(heat), "trust": trust, "words": packed(words)})
    sys.stderr.write(f"{PATH.name}: {len(terms)} n-grams, {len(words)} words, heat {heat:.3f}\n")


def gather(data: Path) -> tuple[list[Example], list[Example]]:
    """Patients' texts, and all that is none."""
    patients = list(sources.pool_examples(data))
    diseases = list(sources.disease_examples(data))
    questions = sources.question_examples(diseases, sources.taught_by(patients))
    others = [*diseases, *questions, *sources.symptom_examples(data)]
    return patients, [*others, *sources.lexicon_examples(), *sources.own_examples()]


def main() -> None:
    """Build from the directory named on the command line."""
    build(Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/data"))


if __name__ == "__main__":
    main()
