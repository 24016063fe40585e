"""Our own ranking of the candidates: BM25 over their codes in several channels, all numbers set by hand.

How each number was found and what it is worth: docs/faq.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bot.faq import codes, sound
from bot.faq.codes import Codes
from bot.faq.wanted import Frequency, Wanted, Weighed

K1 = 1.2
TITLE_B, ANSWER_B = 0.9, 0.75  # how much a long question, a long answer counts against itself
CHANNELS = {"title": 0.4, "plain": 0.6}  # the question as it stands, and in one word for each thing
ANSWER = 0.35
SOUND = 0.1  # the same sounds: what was typed or heard wrong
INITIALS = 3.0  # the query is the beginnings of syllables
HEARD_SHARE = 0.85  # what only sounds alike counts less when it is judged whether anything fits

Floats = NDArray[np.float32]
Kind = Callable[[Codes, NDArray[np.int64]], tuple[NDArray[np.uint32], NDArray[np.int64]]]


@dataclass(frozen=True)
class Candidates:
    """Entries to rank: their codes by column (aligned), and what the averages of the whole index are."""

    codes: dict[str, list[Codes]]
    averages: dict[str, tuple[float, float]]  # column → single and paired tokens of an average entry
    total: int


@dataclass(frozen=True)
class Scores:
    """`score` orders the candidates; `share` is how much of the query's weight was found in each, 0 to 1."""

    score: Floats
    share: Floats


def score(wanted: Wanted, found: Candidates, frequency: Frequency) -> Scores:
    """Rank the candidates by all channels."""
    ranking = _Ranking(wanted, found, frequency)
    answer = ranking.pairs("answer", "answer", ANSWER_B)
    heard = ranking.pairs("sound", "title", TITLE_B)
    initials = ranking.initials()
    total = ANSWER * answer.score + SOUND * heard.score + INITIALS * initials
    shares = [HEARD_SHARE * heard.share, (initials > 0).astype(np.float32)]
    for field, weight in CHANNELS.items():
        singles, pairs = ranking.singles(field, TITLE_B), ranking.pairs(field, field, TITLE_B)
        total += weight * (singles.score + pairs.score)
        beside = answer.held if field == "title" else None
        shares.append(pairs.shared(beside) if len(pairs.weights) else singles.share)
    return Scores(total.astype(np.float32), np.maximum.reduce(shares))


class _Ranking:
    """The channels of one query over one list of candidates."""

    def __init__(self, wanted: Wanted, found: Candidates, frequency: Frequency) -> None:
        self._wanted, self._found, self._frequency = wanted, found, frequency
        self._sides = {name: _side_by_side(texts) for name, texts in found.codes.items()}

    def singles(self, field: str, b: float) -> Channel:
        asked = self._wanted.singles(self._frequency, self._found.total, field)
        return _channel(asked, codes.weak, self._sides[field], b, self._found.averages[field][0])

    def pairs(self, field: str, column: str, b: float) -> Channel:
        asked = self._wanted.pairs(self._frequency, self._found.total, field)
        side = self._sides[column]
        if field == "sound":
            side = side._replace(coded=sound.of(side.coded))
        return _channel(asked, codes.strong, side, b, self._found.averages[column][1])

    def initials(self) -> Floats:
        """How well the query stands for beginnings of syllables: 0, or more the more of the question it covers."""
        asked = self._wanted.initials
        firsts = [sound.letters(text) for text in self._found.codes["title"]] if asked else []
        shares = [len(asked) / (len(asked) + len(first)) if asked in first else 0.0 for first in firsts]
        return np.array(shares or [0.0] * self._sides["title"].texts, dtype=np.float32)


class _Side(NamedTuple):
    """Texts side by side in one array, a gap after each; `rows` names the text of each code."""

    coded: Codes
    rows: NDArray[np.int64]
    texts: int


@dataclass(frozen=True)
class Channel:
    """One channel of one query: what each candidate holds of it (rows) by token (columns), and its score."""

    held: NDArray[np.bool_]
    score: Floats
    weights: Floats

    @property
    def share(self) -> Floats:
        """How much of the channel's weight each candidate holds."""
        return self.shared(None)

    def shared(self, beside: NDArray[np.bool_] | None) -> Floats:
        """The same where what is found `beside` counts, too."""
        held = self.held if beside is None else self.held | beside
        whole = np.where(held, self.weights, np.float32(0)).sum(axis=1)  # a matrix product would wake BLAS's threads
        return (whole / max(float(self.weights.sum()), 1e-9)).astype(np.float32)


def _side_by_side(texts: list[Codes]) -> _Side:
    gap = np.zeros(1, dtype=np.uint16)
    coded = np.concatenate([part for text in texts for part in (text, gap)] or [gap])
    return _Side(coded, np.repeat(np.arange(len(texts)), [len(text) + 1 for text in texts]), len(texts))


def _channel(asked: Weighed, kind: Kind, side: _Side, b: float, average: float) -> Channel:
    """BM25's saturated term frequencies times the weights."""
    keys, rows = kind(side.coded, side.rows)
    found = _counts(keys, rows, [codes.number(token) for token in asked.tokens], side.texts)
    weights = np.array(asked.weights, dtype=np.float32)
    length = np.bincount(rows, minlength=side.texts) / (average or 1.0)
    row, column = np.nonzero(found)  # a candidate holds few of the tokens
    often = found[row, column]
    worth = often * (K1 + 1) / (often + K1 * (1 - b + b * length[row])) * weights[column]
    return Channel(found > 0, np.bincount(row, worth, minlength=side.texts).astype(np.float32), weights)


def _counts(keys: NDArray[np.uint32], rows: NDArray[np.int64], asked: list[int], count: int) -> Floats:
    """How often each candidate (row) holds each token asked (column)."""
    if not asked:
        return np.zeros((count, 0), dtype=np.float32)
    wanted = np.array(asked, dtype=np.uint32)
    order = np.argsort(wanted)
    ordered = wanted[order]
    at = np.minimum(np.searchsorted(ordered, keys), len(asked) - 1)
    hit = ordered[at] == keys
    flat = np.bincount(rows[hit] * len(asked) + order[at[hit]], minlength=count * len(asked))
    return flat.reshape(count, len(asked)).astype(np.float32)
