"""The register of date phrases: a pattern over folded text and what it means on a day."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from bot.nlu.calendar import Days

Resolver = Callable[["re.Match[str]", date], "Days | None"]
FORMS: list[tuple[re.Pattern[str], Resolver]] = []


def form(pattern: str) -> Callable[[Resolver], Resolver]:
    """Register a phrase; several patterns may share a resolver."""

    def register(resolver: Resolver) -> Resolver:
        FORMS.append((re.compile(pattern), resolver))
        return resolver

    return register
