"""The second net: words that weigh, learnt from texts, where no rule finds what it needs.

Every n-gram of a clause and of how it sounds carries a weight; clauses side by side are put on the scale together, and
the heaviest such run counts; what is said around it, read together with it (`whole`), makes an emergency no lighter
than by a fixed figure. What is told of others or is long over weighs nothing. `python -m bot.triage.build_weights`
writes weights.txt.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain
from pathlib import Path

import ahocorasick

from bot.triage.matcher import Hit
from bot.triage.redflags.whole import HEAVIER, LENGTH, Reading, around, lean
from bot.triage.sounds import signs_of, sounds
from bot.triage.text import Normal

PATH = Path(__file__).parent / "weights.txt"
SIZES, HEARD_SIZES = (1, 2, 3, 4), (2, 3)  # characters and syllables of an n-gram
HEARD, READ = "~", "#"  # mark an n-gram of sounds and the name of what a number means
SCALE = 100  # weights stand in the file as hundredths
LEAST = 9  # characters: what fewer mean is for rules alone
ALONE = 4.0  # that clauses read by themselves must say more than when they are read with what stands around them
CLAUSES, CHARACTERS = 6, 80  # that are put on the scale together; a clause alone may be as long as PIECE
PIECE = 100  # characters from which a clause is cut
ENDS = 1_000  # characters at the beginning and at the end of a long text that are weighed; the rules read all of it
_LEAD = re.compile(r"(?:就是|其实|另外|还有|对了|那个|可能|应该)+")  # says nothing, so it must not weigh
UNSURE = frozenset({"说不清", "说不清楚", "说不准", "不知道", "不清楚", "不好说"})  # answers to a question, no signs
ANY = "weighed"


@dataclass(frozen=True)
class Piece:
    """A clause, or a part of a long one, in the folded text."""

    start: int
    end: int

    def holds(self, start: int, end: int) -> bool:
        """Does it reach from before one position to after the other?"""
        return self.start <= start and end <= self.end


@dataclass(frozen=True)
class Load:
    """What a text weighs (above 0: as an emergency does), and then its heaviest piece.

    `names`: `weighed_` and the number of each category that it speaks for, or `weighed` when none is clear. `whole`:
    all of it was read, and it is long enough to be judged by its weight.
    """

    weight: float
    hit: Hit | None = None
    names: tuple[str, ...] = ()
    whole: bool = False


@dataclass(frozen=True)
class Weights:
    """`written` and `heard` give (length, number of the n-gram), `meanings` the number of what a figure means.

    For each number `of` holds the weight.
    """

    written: ahocorasick.Automaton
    heard: ahocorasick.Automaton
    meanings: dict[str, int]
    of: tuple[float, ...]
    bias: float


def pieces(normal: Normal, shut: Container[int] = (), first: int = 0, last: int | None = None) -> list[Piece]:
    """The clauses `first`..`last` but those in `shut`, without the words that lead them in."""
    borders = (*normal.clauses, len(normal.text))
    found = []
    for number in range(first, len(normal.clauses) if last is None else last + 1):
        end = borders[number + 1]
        lead = _LEAD.match(normal.text, borders[number], end)
        start = lead.end() if lead else borders[number]
        if number not in shut and normal.text[start:end] not in UNSURE:
            found += [Piece(at, min(at + PIECE, end)) for at in range(start, end, PIECE)]
    return found


def grams(clause: str) -> set[str]:
    """Every n-gram of one clause and what its numbers mean, as the weights are learnt; `weigh` finds the same."""
    signs = sounds(clause).signs
    written = {clause[at : at + size] for size in SIZES for at in range(len(clause) - size + 1)}
    heard = {HEARD + signs[at : at + size] for size in HEARD_SIZES for at in range(len(signs) - size + 1)}
    return written | heard


def runs(parts: Sequence[Piece]) -> Iterator[tuple[int, int]]:
    """Pieces side by side that are put on the scale together: first and one after the last."""
    for first in range(len(parts)):
        yield first, first + 1
        for end in range(first + 2, min(first + CLAUSES, len(parts)) + 1):
            if sum(part.end - part.start for part in parts[first:end]) > CHARACTERS:
                break
            yield first, end


def weigh(normal: Normal, measured: Sequence[Hit], shut: Container[int] = (), *, fully: bool = False) -> Load:
    """What the heaviest clauses of a text weigh.

    `measured`: what the numbers in the text mean; `shut`: numbers of clauses that weigh nothing; `fully`: what is too
    light to be an emergency is weighed to the end too.
    """
    length = len(normal.text)
    if length <= 2 * ENDS:
        return _heaviest(normal.text, measured, pieces(normal, shut), fully=fully)
    early = [part for part in pieces(normal, shut, last=normal.clause(ENDS)) if part.end <= ENDS]
    late = [part for part in pieces(normal, shut, normal.clause(length - ENDS)) if part.start >= length - ENDS]
    both = [_heaviest(normal.text, measured, some, fully=False) for some in (early, late)]
    return max(both, key=lambda load: load.weight)


def _heaviest(text: str, measured: Sequence[Hit], parts: Sequence[Piece], *, fully: bool) -> Load:
    """The heaviest run of some pieces."""
    weights = read()
    found = _found(weights, text, measured, parts)
    loads = [sum(weights.of[number] for number in one) for one in found]
    first, end = max(runs(parts), key=lambda run: sum(loads[run[0] : run[1]]), default=(0, 0))
    if first == end:
        return Load(weights.bias)
    weight = sum(loads[first:end]) + weights.bias
    reading = _read(text, parts, first, end) if fully or weight + HEAVIER > 0 else Reading()
    weight += reading.adds
    if weight <= 0 or sum(part.end - part.start for part in parts[first:end]) < LEAST:
        return Load(weight, whole=fully and LEAST <= len(text) <= LENGTH)
    heaviest = max(range(first, end), key=loads.__getitem__)
    piece = parts[heaviest]
    return Load(weight, Hit(piece.start, piece.end, ANY), _names(text, parts[first:end], reading))


def _names(text: str, parts: Sequence[Piece], reading: Reading) -> tuple[str, ...]:
    """The categories that some of the clauses speak for: no clause more makes any of them go."""
    said = [text[part.start : part.end] for part in parts]
    some = [lean(*said[first:end]) for first, end in runs(parts)] if len(parts) > 1 else []
    clear = {reading.category, *(one.category for one in some if one.adds > 0)} - {0}
    return tuple(f"{ANY}_{number}" for number in sorted(clear)) or (ANY,)


def _read(text: str, parts: Sequence[Piece], first: int, end: int) -> Reading:
    """The heaviest clauses read with what stands around them, or by themselves when that says much more."""
    said = [text[part.start : part.end] for part in parts]
    left, right = around([len(clause) for clause in said], first, end)
    whole = lean(*said[left:right])
    if (left, right) == (first, end):
        return whole
    alone = lean(*said[first:end])
    return replace(alone, adds=max(whole.adds, alone.adds - ALONE))


def _found(weights: Weights, text: str, measured: Iterable[Hit], parts: Sequence[Piece]) -> list[set[int]]:
    """For each piece the n-grams in it."""
    found: list[set[int]] = [set() for _ in parts]
    if not parts:
        return found
    starts = [part.start for part in parts]
    meant = ((hit.start, hit.end, weights.meanings.get(READ + hit.concept, -1)) for hit in measured)
    for begin, end, number in chain(_spans(weights, text, parts[0].start, parts[-1].end), meant):
        at = bisect_right(starts, begin) - 1
        if at >= 0 and number >= 0 and parts[at].holds(begin, end):
            found[at].add(number)
    return found


def _spans(weights: Weights, text: str, first: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Start, end and number of every known n-gram between two positions of the text."""
    said = text[first:end]
    for last, (size, number) in weights.written.iter(said):
        yield first + last + 1 - size, first + last + 1, number
    heard = sounds(said)
    places = heard.places or range(len(said) + 1)
    for last, (size, number) in weights.heard.iter(heard.signs):
        yield first + places[last + 1 - size], first + places[last + 1], number


@lru_cache(maxsize=1)
def read() -> Weights:
    """What was learnt."""
    return parse(PATH.read_text(encoding="utf-8").splitlines())


def parse(lines: Sequence[str]) -> Weights:
    """The bias, then n-gram and weight, parted by a tab."""
    written, heard = ahocorasick.Automaton(), ahocorasick.Automaton()
    meanings: dict[str, int] = {}
    of: list[float] = []
    for number, line in enumerate(lines[1:]):
        gram, weight = line.split("\t")
        if gram[0] == READ:
            meanings[gram] = number
        else:
            key = signs_of(gram[1:]) if gram[0] == HEARD else gram
            (heard if gram[0] == HEARD else written).add_word(key, (len(key), number))
        of.append(int(weight) / SCALE)
    for automaton in (written, heard):
        automaton.make_automaton()
    return Weights(written, heard, meanings, tuple(of), int(lines[0]) / SCALE)
