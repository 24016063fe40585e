"""What our departments stand beside: character n-grams with logistic regression, and look-up in the knowledge bases."""

from __future__ import annotations

import pickle
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import ahocorasick
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

Row = dict[str, Any]
Rank = Callable[[str], list[str]]


@dataclass(frozen=True)
class Peer:
    """A rival: its name, how it ranks departments, seconds to train, kilobytes held."""

    name: str
    rank: Rank
    seconds: float
    kilobytes: float


def regression(pool: Iterable[Row]) -> Peer:
    """tf-idf of 1–3 characters and logistic regression, one against the rest, on the pool alone."""
    start = time.perf_counter()
    rows = list(pool)
    words = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), min_df=2, sublinear_tf=True)
    model = make_pipeline(words, LogisticRegression(C=8, solver="liblinear"))
    model.fit([row["text"] for row in rows], [row["departments"][0] for row in rows])

    def rank(text: str) -> list[str]:
        likely = model.predict_proba([text])[0]
        return [str(model.classes_[place]) for place in likely.argsort()[::-1][:3]]

    taken = time.perf_counter() - start
    return Peer("character n-grams + logistic regression", rank, taken, len(pickle.dumps(model)) / 1024)


def lookup(symptoms: Iterable[Row], diseases: Iterable[Row]) -> Peer:
    """Every name of the knowledge bases found in the text votes for its departments; nothing is trained."""
    start = time.perf_counter()
    names: dict[str, Counter[str]] = {}
    for row in symptoms:
        total = sum(row["departments"].values()) or 1
        shares = {name: count / total for name, count in row["departments"].items()}
        names.setdefault(row["symptom"], Counter()).update(shares)
    for row in diseases:
        for alias in {row["disease"], *row["alias"]}:
            names.setdefault(alias, Counter()).update(row["departments"][:1])
    automaton = ahocorasick.Automaton()
    for name, departments in names.items():
        if len(name) > 1:
            automaton.add_word(name, departments)
    automaton.make_automaton()

    def rank(text: str) -> list[str]:
        votes: Counter[str] = Counter()
        for _, departments in automaton.iter_long(text):
            votes.update(departments)
        return [name for name, _ in votes.most_common(3)]

    held = sum(len(name.encode()) + 8 * len(departments) for name, departments in names.items())
    return Peer("longest names of the knowledge bases", rank, time.perf_counter() - start, held / 1024)
