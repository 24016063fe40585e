"""A found entity, and which of two overlapping ones stays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Span:
    """`text[start:end]` is an `entity` with a `value`; `extra` holds further keys of the rasa entity."""

    start: int
    end: int
    entity: str
    value: str | float
    extra: dict[str, Any] = field(default_factory=dict, compare=False)

    def __len__(self) -> int:
        return self.end - self.start

    def overlaps(self, other: Span) -> bool:
        return self.start < other.end and other.start < self.end


def longest(spans: Iterable[Span]) -> list[Span]:
    """Leftmost-longest selection; equal extents all stay (one word can be a symptom and an exam)."""
    kept: list[Span] = []
    for span in sorted(spans, key=lambda s: (s.start, -len(s))):
        if not kept or span.start >= kept[-1].end or (span.start, span.end) == (kept[-1].start, kept[-1].end):
            kept.append(span)
    return kept


def merge(first: Sequence[Span], later: Sequence[Span]) -> list[Span]:
    """Add `later` to `first`: on overlap the longer extent stays, and `first` stays when they are equal.

    A sex lies inside other entities (我妈 is a person and female) and competes with none.
    """
    beaten: set[Span] = set()
    added: list[Span] = []
    for span in later:
        rivals = [other for other in first if other.overlaps(span) and "sex" not in {other.entity, span.entity}]
        if all(len(span) > len(other) and other.entity not in FIXED for other in rivals):
            beaten.update(rivals)
            added.append(span)
    return sorted([s for s in first if s not in beaten] + added, key=lambda s: (s.start, s.end))


# Vault placeholders: nothing may be read into or across them.
FIXED = frozenset("person_name id_number phone card_no sms_code question reply detail text card".split())
