"""How a way to reach a patient says that it failed."""

from __future__ import annotations


class PushRefused(Exception):
    """Say that this way will never work for this notice; `reason` is a short word for the staff's list."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class PushLater(Exception):
    """Say that this way does not work now; `reason` is a short word for the log."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)
