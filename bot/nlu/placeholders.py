"""Vault placeholders in a message: `⟦phone:v_0123456789ab⟧` stands for what web keeps sealed."""

from __future__ import annotations

from bot.nlu.spans import FIXED, Span
from bot.nlu.text import PLACEHOLDER


def find(text: str) -> list[Span]:
    """One span per placeholder of a known kind; the value is the opaque reference."""
    return [Span(m.start(), m.end(), m["kind"], m["ref"]) for m in PLACEHOLDER.finditer(text) if m["kind"] in FIXED]
