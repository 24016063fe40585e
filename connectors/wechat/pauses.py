"""Which calls rest for a while because WeChat said so; one record for all clients of a process."""

from __future__ import annotations

import logging
import random

from connectors.wechat.policy import failure, rule, until
from connectors.wechat.ports import Clock

EVERYTHING = "*"

log = logging.getLogger("connectors.wechat")


class Pauses:
    """Keeps the end of each pause and the error that began it; safe for threads."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kept: dict[str, tuple[int, int]] = {}  # path: Unix second of the end, errcode

    def check(self, path: str) -> None:
        """Raises the error that began a pause which is not over: no call loops into a wall."""
        for name in (EVERYTHING, path):
            end, code = self._kept.get(name, (0, 0))
            if end > self._clock.seconds():
                raise failure(code)

    def note(self, path: str, code: int) -> None:
        """Begin the pause that belongs to an errcode, if one does, and tell the operator where he has to look."""
        found = rule(code)
        if found.pause != "none":
            end = until(found.pause, self._clock.seconds(), jitter=random.random())  # noqa: S311 - spreads, hides nothing
            self._kept[EVERYTHING if found.everything else path] = (end, code)
        if found.alert:
            log.error("%s: %s %s, to do: %s", path, code, found.reason, found.act)

    def troubles(self) -> dict[str, str]:
        """What rests now, and why (`*` = every call): for the operator's eyes."""
        now = self._clock.seconds()
        return {path: f"{code} {rule(code).reason}" for path, (end, code) in self._kept.items() if end > now}
