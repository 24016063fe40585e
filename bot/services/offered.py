"""What only some hospitals have connected: asked of each card's own, told when there is one that answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from bot.errors import HisRefused

T = TypeVar("T")
NOT_OFFERED = "not_offered"


def gathered(asks: Iterable[Callable[[], list[T]]]) -> list[T]:
    """All answers in their order, without the hospitals that do not offer it.

    Raises HisRefused('not_offered') when somebody was asked and none of them does, and what else the calls raise.
    """
    found: list[T] = []
    answered, refused = False, None
    for ask in asks:
        try:
            found += ask()
        except HisRefused as refusal:
            if refusal.code != NOT_OFFERED:
                raise
            refused = refusal
        else:
            answered = True
    if refused and not answered:
        raise refused
    return found
