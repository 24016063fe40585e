"""What `benchmarks.nlu` prints beside accuracy: entities per kind, new wordings, rasa's own pipeline."""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from bot.nlu.directory import Directory
from bot.nlu.lookups import Lexicon
from bot.nlu.reader import read

MARKED = Path(__file__).with_name("nlu_entities.txt")
MARK = re.compile(r"\[([^\]]+)\]\((\w+)\)")
KINDS = ("department", "doctor", "date", "period", "symptom", "drug", "exam", "person")
NEW = 0.34  # a held-out sentence that shares a smaller part of its character pairs with every example of its intent

RASA_DEFAULT: list[dict[str, Any]] = [  # `rasa init`'s pipeline with the Chinese tokenizer
    {"name": "JiebaTokenizer"},
    {"name": "RegexFeaturizer"},
    {"name": "LexicalSyntacticFeaturizer"},
    {"name": "CountVectorsFeaturizer"},
    {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
    {"name": "DIETClassifier", "constrain_similarities": True, "random_seed": 7},
]
Predict = Callable[[Sequence[str]], list[tuple[str, float]]]


def entity_scores(lexicon: Lexicon, day: date) -> dict[str, tuple[int, float, float, float]]:
    """Kind → (marked, precision, recall, F1), a span counting when its words and kind are exactly the marked ones."""
    marked: Counter[str] = Counter()
    found: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for text, truth in _marked():
        guesses = {(s.entity, text[s.start : s.end]) for s in read(text, lexicon, Directory({}), day)}
        guesses = {guess for guess in guesses if guess[0] in KINDS}
        for total, pairs in ((marked, truth), (found, guesses), (right, truth & guesses)):
            total.update(kind for kind, _ in pairs)
    return {kind: (marked[kind], *_f1(right[kind], found[kind], marked[kind])) for kind in KINDS}


def _marked() -> Iterator[tuple[str, set[tuple[str, str]]]]:
    for line in MARKED.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            yield MARK.sub(r"\1", line), {(kind, words) for words, kind in MARK.findall(line)}


def _f1(right: int, found: int, marked: int) -> tuple[float, float, float]:
    precision, recall = right / max(found, 1), right / max(marked, 1)
    return precision, recall, 2 * precision * recall / max(precision + recall, 1e-9)


def newness(texts: Sequence[str], labels: Sequence[str]) -> NDArray[np.bool_]:
    """Which sentences say their wish in words that no other example of the intent has."""
    from sklearn.feature_extraction.text import CountVectorizer

    pairs = CountVectorizer(analyzer="char", ngram_range=(2, 2), binary=True, min_df=1, dtype=np.float32)
    matrix = pairs.fit_transform([f"^{text}$" for text in texts])
    truth, new = np.array(labels), np.zeros(len(texts), dtype=bool)
    for label in set(labels):
        rows = np.flatnonzero(truth == label)
        shared = (matrix[rows] @ matrix[rows].T).toarray()
        sizes = shared.diagonal()
        likeness = shared / np.maximum(sizes[:, None] + sizes[None, :] - shared, 1)
        np.fill_diagonal(likeness, 0)
        new[rows] = likeness.max(axis=1) < NEW
    return new


def rasa_default(epochs: int) -> Callable[[Sequence[str], Sequence[str]], Predict]:
    """Rasa's own pipeline, trained by rasa. Minutes and a gigabyte: only on wish."""

    def train(texts: Sequence[str], labels: Sequence[str]) -> Predict:
        from rasa.model_training import train_nlu

        from bot.nlu.understand import Reader

        home = Path(tempfile.mkdtemp(prefix="rasa_default_"))
        steps = [step | {"epochs": epochs} if step["name"] == "DIETClassifier" else step for step in RASA_DEFAULT]
        examples: dict[str, list[str]] = {}
        for text, label in zip(texts, labels, strict=True):
            examples.setdefault(label, []).append(f"- {text}\n")
        blocks = [{"intent": label, "examples": "".join(lines)} for label, lines in examples.items()]
        for name, content in (
            ("config", {"recipe": "default.v1", "language": "zh", "pipeline": steps}),
            ("nlu", {"version": "3.1", "nlu": blocks}),
        ):
            (home / f"{name}.yml").write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
        if train_nlu(str(home / "config.yml"), str(home / "nlu.yml"), str(home / "models")) is None:
            raise RuntimeError("rasa's own pipeline did not train")
        began = time.perf_counter()
        reader = Reader(home / "models")
        size = sum(path.stat().st_size for path in (home / "models").iterdir())
        took = time.perf_counter() - began
        shutil.rmtree(home)  # the reader has unpacked what it needs
        print(f"    rasa's own, {epochs} epochs: starts in {took:.1f} s, {size / 1e6:.1f} MB", file=sys.stderr)
        return lambda batch: [(a["intent"], a["confidence"]) for a in map(reader.read, batch)]

    return train
