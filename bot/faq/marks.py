"""Where a text says what was asked, for highlights. Pure."""

from __future__ import annotations

from bot.faq import synonyms, text
from bot.faq.fold import fold

Piece = tuple[str, bool]  # (words, whether they are what was asked)


def pieces(asked: str, shown: str) -> list[Piece]:
    """Cut a shown text into pieces that together are the whole of it; synonyms count, too.

    A text that changes its length when it is folded (ligatures, fractions) comes back unmarked.
    """
    folded = fold(shown)
    if len(folded) != len(shown):
        return [(shown, False)]
    marked = _marked(fold(asked), folded)
    found: list[Piece] = []
    for char, mark in zip(shown, marked, strict=True):
        if found and found[-1][1] == mark:
            found[-1] = (found[-1][0] + char, mark)
        else:
            found.append((char, mark))
    return found


def _marked(asked: str, folded: str) -> list[bool]:
    tokens = text.query(asked)
    wanted = {*tokens.pairs, *tokens.words} or set(tokens.single)
    marks = [False] * len(folded)
    for token in wanted:
        at = folded.find(token)
        while at >= 0:
            marks[at : at + len(token)] = [True] * len(token)
            at = folded.find(token, at + 1)
    same = {word for _, _, word in synonyms.spans(asked)} | set(synonyms.words_in(asked))
    for start, end, word in synonyms.spans(folded):
        if word in same:
            marks[start:end] = [True] * (end - start)
    for word in same & set(synonyms.words_in(folded)):
        at = folded.find(word)
        marks[at : at + len(word)] = [True] * len(word)
    return marks
