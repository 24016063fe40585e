"""What a patient asked, made ready: tokens by channel, each with what it weighs in this hospital's questions."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

from bot.faq import codes, sound, stories, synonyms, text
from bot.faq.fold import fold

POWER = 0.55  # of the inverse document frequency: under 1, so that one rare word does not outweigh all others
SINGLES = 1.5  # a single character beside a pair, in a short question
SINGLES_FULL_UNTIL = 20  # characters; in longer queries single characters are noise and count less
HEARD_UNTIL = 40  # characters; in a story one slip does not matter
MOST_TOKENS = 400  # of each kind in one query; longer stories repeat themselves

Frequency = Callable[[str, str], int]  # (field, token) → entries that hold it


@dataclass(frozen=True)
class Weighed:
    """Tokens of one channel and their weights, aligned."""

    tokens: tuple[str, ...]
    weights: tuple[float, ...]


@dataclass(frozen=True)
class Wanted:
    """One query. `heard`: the sounds of its Han characters and of what reads as pinyin."""

    folded: str
    said: text.Tokens
    plain: text.Tokens
    heard: tuple[str, ...]
    initials: str

    @cached_property
    def length(self) -> int:
        """Characters that were typed."""
        return max(len(self.folded), 1)

    def singles(self, frequency: Frequency, total: int, field: str) -> Weighed:
        """Weigh single characters and Latin runs."""
        tokens = self._of(field)
        factor = SINGLES * min(1.0, SINGLES_FULL_UNTIL / self.length)
        asked = self._weighed((*tokens.single, *tokens.words), frequency, total, field)
        return Weighed(asked.tokens, tuple(factor * weight for weight in asked.weights))

    def pairs(self, frequency: Frequency, total: int, field: str) -> Weighed:
        """Weigh pairs of adjacent characters and Latin runs; of `sound`, pairs of sounds."""
        tokens = self._of(field)
        asked = self.heard if field == "sound" else (*tokens.pairs, *tokens.words)
        return self._weighed(asked, frequency, total, field)

    @cached_property
    def numbers(self) -> frozenset[int]:
        """The pairs and Latin runs as the codes of an entry hold them."""
        return frozenset(codes.number(token) for token in (*self.plain.pairs, *self.plain.words))

    def _of(self, field: str) -> text.Tokens:
        return self.plain if field == "plain" else self.said

    @cached_property
    def _known(self) -> dict[tuple[Frequency, str, tuple[str, ...]], Weighed]:
        return {}

    def _weighed(self, tokens: tuple[str, ...], frequency: Frequency, total: int, field: str) -> Weighed:
        """Candidates are gathered and ranked by the same weights: each is counted once a search."""
        key = frequency, field, tokens
        if key not in self._known:
            self._known[key] = Weighed(tokens, tuple(self._weights(tokens, frequency, total, field)))
        return self._known[key]

    def _weights(self, tokens: Iterable[str], frequency: Frequency, total: int, field: str) -> Iterable[float]:
        for token in tokens:
            asked = frequency("title" if field == "answer" else field, token)
            told = 1.0 if field == "sound" else stories.factor(token, asked / max(total, 1), self.length)
            yield rarity(frequency(field, token), total) ** POWER * told


def rarity(held: int, total: int) -> float:
    """Give the inverse document frequency as tantivy counts it; never negative."""
    return math.log(1 + (max(total, held) - held + 0.5) / (held + 0.5))


def read(typed: str) -> Wanted:
    """Make one query ready."""
    folded = fold(typed)
    said, plain = _most(text.query(folded)), _most(text.query(synonyms.plain(folded)))
    heard = _heard(folded, said.words) if len(folded) <= HEARD_UNTIL else ()
    return Wanted(folded, said, plain, heard, _initials(folded))


def _most(tokens: text.Tokens) -> text.Tokens:
    return text.Tokens(*(kind[:MOST_TOKENS] for kind in tokens))


def _heard(folded: str, words: tuple[str, ...]) -> tuple[str, ...]:
    spoken = [text.adjacent(map(ord, sounds)) for run in words if (sounds := sound.read(run))]
    here = text.adjacent(sound.of(codes.encode(folded)).tolist())
    return tuple(dict.fromkeys([*here, *(pair for run in spoken for pair in run)]))[:MOST_TOKENS]


def _initials(folded: str) -> str:
    """The query when it may be nothing but the beginnings of syllables, else nothing."""
    bare = folded.strip()
    fits = sound.INITIALS[0] <= len(bare) <= sound.INITIALS[1] and bare.isascii() and bare.isalpha()
    return bare if fits else ""
