"""Which calls rest for a while because WeChat said so; one record for all clients of a process."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable

from connectors.wechat.policy import failure, rule, until
from connectors.wechat.ports import Clock

EVERYTHING = "*"

log = logging.getLogger("connectors.wechat")

Listener = Callable[[str, int, int], None]  # the call's path (`*` = every call), errcode, Unix second of the end


class Pauses:
    """Keeps the end of each pause and the error that began it; safe for threads."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kept: dict[str, tuple[int, int]] = {}  # path: Unix second of the end, errcode
        self._listener: Listener | None = None

    def listen(self, listener: Listener) -> None:
        """Tell of every pause that a person has to look at, for others than this process; it may fail."""
        self._listener = listener

    def check(self, path: str) -> None:
        """Raises the error that began a pause which is not over: no call loops into a wall."""
        now = self._clock.seconds()
        for name in (EVERYTHING, path):
            end, code = self._kept.get(name, (0, 0))
            if end > now:
                resting = failure(code)
                resting.rests, resting.asked = end - now, False
                raise resting

    def note(self, path: str, code: int) -> int:
        """Begin the pause that belongs to an errcode, if one does, and tell the operator where he has to look.

        Gives its seconds, 0 = none.
        """
        found, now, end = rule(code), self._clock.seconds(), 0
        if found.pause != "none":
            end = until(found.pause, now, jitter=random.random())  # noqa: S311 - spreads, hides nothing
            name = EVERYTHING if found.everything else path
            self._kept[name] = (end, code)
            if found.alert:
                self._tell(name, code, end)
        if found.alert:
            log.error("%s: %s %s, to do: %s", path, code, found.reason, found.act)
        return max(end - now, 0)

    def _tell(self, name: str, code: int, end: int) -> None:
        if self._listener is None:
            return
        try:
            self._listener(name, code, end)
        except Exception as error:  # the call failed already, and says so itself
            log.error("a pause was told to nobody: %s", type(error).__name__)

    def troubles(self) -> dict[str, str]:
        """What rests now, and why (`*` = every call): for the operator's eyes."""
        now = self._clock.seconds()
        return {path: f"{code} {rule(code).reason}" for path, (end, code) in self._kept.items() if end > now}
