"""The demo's video rooms: the patient's door leads to a page that says what would be behind it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal


class DemoVideo:
    """VideoPort over pages of ours; nobody meets anybody there."""

    def __init__(self, public_url: str) -> None:
        self._public_url = public_url

    def link(self, *, key: str, who: Literal["patient", "doctor"], start: datetime, end: datetime) -> str:
        page = "/console/talks" if who == "doctor" else "/h5/video-demo"
        return f"{self._public_url}{page}"
