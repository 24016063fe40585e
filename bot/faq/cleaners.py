"""The rules that go over a text on its board before everybody reads it, in their order."""

from __future__ import annotations

from bot.faq import contacts, days, names, places
from bot.faq.board import Board
from bot.faq.segments import words


def numbers(board: Board) -> None:
    """Before any name: numbers and contacts however they are written, then days, which look like numbers."""
    contacts.addresses(board)
    contacts.certain(board)
    days.sweep(board)
    contacts.numbers(board)


def everything(board: Board) -> None:
    """After the names that are known or introduced: those given away, places, those that only their make betrays."""
    names.given_away(board, words(board.view))
    places.sweep(board, words(board.view))
    names.sweep(board, words(board.view))
