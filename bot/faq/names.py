"""Names that no list holds, in the order in which they are looked for. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bot.faq import address, known_by_now, nicknames, peoples, persons, pet_names, told
from bot.faq.board import Board
from bot.faq.segments import Word


def given_away(board: Board, words: Sequence[Word]) -> None:
    """Before any place: 山口惠子 is none."""
    nicknames.said(board)
    address.surnames(board)
    told.sweep(board, words)
    pet_names.sweep(board)
    known_by_now.families(board)
    peoples.sweep(board)


def sweep(board: Board, words: Sequence[Word]) -> None:
    """By their make and what stands around them; then those that were found, wherever they stand again."""
    persons.sweep(board, words)
    address.sweep(board, words)
    nicknames.sweep(board)
    known_by_now.again(board)
