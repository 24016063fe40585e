"""A sentence as weighted tokens: character n-grams (raw, entities masked), words, sounds, pairs, kinds and concepts."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise
from typing import TYPE_CHECKING

from bot.nlu import concepts
from bot.nlu.sounds import syllables
from bot.nlu.spans import Span, longest
from bot.nlu.text import fold, tidy

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Counted = dict[str, "Counter[str]"]  # block → its tokens, of one sentence
VERSION = 6  # counts up when tokens change, so that a trained model is not reused
ORDERS = (1, 2, 3)  # n-gram lengths; 1-4 measured no better, 1-2 loses word order
WEIGHTS = {
    "r": 1.0,  # raw
    "m": 0.8,  # masked
    "k": 0.2,  # kinds
    "g": 0.4,  # concepts
    "h": 0.4,  # concepts heard
    "s": 0.7,  # sounds
    "p": 1.2,  # pairs of characters, or of Latin words
    "y": 0.8,  # pairs of syllables
    "w": 1.0,  # Latin words
}  # relative lengths of the blocks
SOUND_ORDERS = (2, 3)
READ = 600  # characters of a message that are looked at; who writes more has long said what he wants
PAIRED, HEARD = 24, 200  # longest texts, in parts and in characters, whose pairs and sounds are counted
MASKS = {
    "department": "D", "doctor": "M", "symptom": "S", "drug": "X", "exam": "E", "person": "R", "date": "T",
    "period": "P", "time": "C", "age": "A", "duration": "U",
}  # fmt: skip
DIGITS = re.compile(r"\d+")
_LATIN = re.compile(r"[a-z][a-z0-9\-]*")
_CHINESE = re.compile("[㐀-鿿]")
_COMMAND = re.compile(r"/[a-z0-9_]*")
_CLAUSE = re.compile(r"[,。!?;、~\s]+")
_ONLY = re.compile(r"[A-Z□\s,。.!?;、]*[A-Z][A-Z□\s,。.!?;、]*")
LENGTHS = (2, 4, 7, 12, 20, 40)  # upper ends of the length classes, in characters


def blocks(text: str, spans: Sequence[Span]) -> Counted:
    """Token counts of a message as typed; `spans` are positions in it. All blocks empty = nothing to read."""
    folded = fold(text[:READ])
    raw, masked = tidy(folded), tidy(_masked(folded, [s for s in spans if s.end <= READ]))
    if raw.isdigit() or _COMMAND.fullmatch(raw) or not any(c.isalnum() for c in raw):  # no words about a wish
        return {block: Counter() for block in WEIGHTS}
    letters, spoken = sorted({c for c in masked if "A" <= c <= "Z"}), _syllables(raw)
    parts = _parts(raw, spoken)
    return {
        "r": Counter(_ngrams(DIGITS.sub("0", raw))),
        "m": Counter(_ngrams(DIGITS.sub("0", _LATIN.sub("L", masked)))),
        "k": Counter(_kinds(masked, letters, len(raw))),
        "g": Counter(_groups(masked)),
        "s": Counter(_sounds(spoken)),
        "p": Counter(_pairs(parts, len(parts))),
        "y": Counter(_pairs(spoken, len(raw))),
        "h": Counter(concepts.heard(spoken)),
        "w": Counter(_words(raw)),
    }


def _masked(folded: str, spans: Sequence[Span]) -> str:
    """Each entity as one capital letter (a folded text has none of its own)."""
    out, at = [], 0
    for span in longest(s for s in spans if s.entity in MASKS):
        if span.start < at:
            continue
        out += [folded[at : span.start], MASKS[span.entity]]
        at = span.end
    return "".join([*out, folded[at:]])


def _ngrams(text: str) -> Iterator[str]:
    framed = f"^{text}$"
    for order in ORDERS:
        for i in range(len(framed) - order + 1):
            gram = framed[i : i + order]
            if gram.strip() == gram:
                yield gram


def _syllables(text: str) -> list[str]:
    return syllables(text.replace(" ", "")) if len(text) <= HEARD else []


def _sounds(spoken: list[str]) -> Iterator[str]:
    """Syllable n-grams: what was misheard or typed as pinyin sounds like what was meant."""
    framed = ["^", *spoken, "$"]
    for order in SOUND_ORDERS if spoken else ():
        yield from ("_".join(framed[i : i + order]) for i in range(len(framed) - order + 1))


def _words(text: str) -> Iterator[str]:
    """Latin words and pairs of neighbours; Chinese is written without blanks and has its n-grams."""
    words = _LATIN.findall(text)
    yield from words
    yield from (f"{one} {other}" for one, other in pairwise(words))


def _parts(raw: str, spoken: Sequence[str]) -> Sequence[str]:
    """What the text is made of: characters, but words where it is English (pinyin has more syllables than words)."""
    words = [] if _CHINESE.search(raw) else _LATIN.findall(raw)
    return words if words and len(words) >= len(spoken) else raw


def _pairs(parts: Sequence[str], length: int) -> Iterator[str]:
    """Any two characters, words or syllables of a short text in whatever order: 号退了 is like 退了号."""
    if length <= PAIRED:
        yield from (f"{one}~{other}" for one, other in combinations(sorted({p for p in parts if p[0].isalnum()}), 2))


def _kinds(masked: str, letters: list[str], length: int) -> Iterator[str]:
    """Each kind of entity, all of them together, whether there is nothing else, and the length."""
    yield from letters
    yield "".join(letters) + "*"
    if _ONLY.fullmatch(masked):
        yield "only:" + "".join(letters)
    yield f"length:{sum(length > end for end in LENGTHS)}"


def _groups(masked: str) -> Iterator[str]:
    """Concepts, those that are all of a clause, and within it each pair of concepts or entity kinds (price by exam).

    Pairs over a long story mean nothing: who tells of pain, pills and last year's scan asks about one.
    """
    found = False
    for clause in _CLAUSE.split(masked):
        groups = concepts.find(clause)
        found = found or bool(groups)
        named = sorted({*groups, *(c for c in clause if "A" <= c <= "Z")})
        yield from groups
        yield from (f"only:{group}" for group, whole in groups.items() if whole)
        yield from (f"{one}&{other}" for i, one in enumerate(named) for other in named[i + 1 :])
    if not found:
        yield "none"


def vector(counted: Counted, vocabulary: dict[str, int], idf: NDArray[np.float32]) -> dict[int, float]:
    """Sublinear tf-idf; each block has its own unit length times its weight. Unknown tokens fall away."""
    out: dict[int, float] = {}
    for block, counts in counted.items():
        known = [(vocabulary[f"{block}{t}"], n) for t, n in counts.items() if f"{block}{t}" in vocabulary]
        values = [(i, (1 + math.log(n)) * float(idf[i])) for i, n in known]
        length = math.sqrt(sum(v * v for _, v in values)) or 1.0
        out.update((i, WEIGHTS[block] * v / length) for i, v in values)
    return out
