"""The demo's video rooms: doors that lead to a page which says what would be behind them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal


class DemoVideo:
    """VideoPort over one page of ours; nobody meets anybody there."""

    def __init__(self, public_url: str) -> None:
        self._public_url = public_url

    def link(self, *, key: str, who: Literal["patient", "doctor"], start: datetime, end: datetime) -> str:
        return f"{self._public_url}/h5/video-demo?who={who}"
