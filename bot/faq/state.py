"""What one process knows of the table: a base, what changed since, and up to which revision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice

from bot.faq import candidates, scorer, wanted
from bot.faq.base import Base
from bot.faq.candidates import Frequencies
from bot.faq.judge import fits
from bot.faq.overlay import Overlay
from bot.faq.pieces import Piece

WORN = 3  # times what may be loose
DIGITS = 5  # of a score: what differs less is equal on every machine


@dataclass
class State:
    """One picture of the table. `known`: the revision that it has caught up with."""

    known: int = -1
    base: Base | None = None
    overlay: Overlay = field(default_factory=Overlay)

    @property
    def floor(self) -> int:
        """The revision after which changes stand in the overlay."""
        return self.base.revision if self.base else -1

    def loose(self, least: int, share: int) -> int:
        """How many changed entries a process may hold in RAM over this base."""
        return least + (len(self.base.ids) // share if self.base else 0)

    def worn(self, least: int, share: int) -> bool:
        """Whether the overlay holds mostly what was changed again."""
        return len(self.overlay.ids) > WORN * self.loose(least, share)

    def search(self, text: str, top: int) -> Sequence[tuple[int, float]]:
        """(entry id, score) of what fits, best first; equal scores in the order of ids."""
        asked, pieces = wanted.read(text), self._pieces()
        frequency = Frequencies(pieces)
        found = candidates.gather(pieces, asked, frequency, self._current)
        if not found.ids:
            return []
        ranked = scorer.score(asked, found.texts, frequency)
        scores = [round(float(score), DIGITS) for score in ranked.score]
        order = sorted(range(len(scores)), key=lambda n: (-scores[n], found.ids[n]))
        plain, total = found.texts.codes["plain"], frequency.total
        right = (n for n in order if fits(asked, plain[n], ranked.share[n], frequency, total))
        return [(found.ids[n], scores[n]) for n in islice(right, top)]

    def _pieces(self) -> list[Piece]:
        return [piece for piece in (self.base, self.overlay) if piece is not None and len(piece.ids)]

    def _current(self, piece: Piece, number: int) -> bool:
        """Whether this entry of a piece is what the table says now."""
        entry_id = int(piece.ids[number])
        newest = self.overlay.newest
        return entry_id not in newest if piece is self.base else newest.get(entry_id) == number
