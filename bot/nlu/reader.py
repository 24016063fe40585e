"""All finders in the order of config.yml, for training: rasa runs no entity steps there."""

from __future__ import annotations

from datetime import date

from bot.nlu import dates, numbers, placeholders, times
from bot.nlu.directory import Directory
from bot.nlu.lookups import Lexicon
from bot.nlu.spans import Span, merge
from bot.nlu.text import fold


def read(text: str, lexicon: Lexicon, directory: Directory, today: date) -> list[Span]:
    """The entities of a message as typed."""
    folded = fold(text)
    steps = (
        directory.find(folded),
        dates.find(folded, today) + times.find(folded),
        numbers.find(folded),
        lexicon.find(folded),
    )
    spans = placeholders.find(folded)
    for found in steps:
        spans = merge(spans, found)
    return spans
