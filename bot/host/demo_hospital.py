"""The demo hospital as its own staff see it: made, extended, and called forward."""

from __future__ import annotations

from typing import Any

from bot import clock
from bot.his.embedded import EmbeddedHis
from bot.his.embedded import demo as seeded
from bot.his.embedded.ticker import tick
from bot.settings import Settings


class DemoHospital:
    """What nobody but the embedded hospital itself does; with another hospital connected it does nothing."""

    def __init__(self, settings: Settings) -> None:
        self._his = EmbeddedHis(settings.his_url) if settings["PEIZHEN_HIS"] == "embedded" else None

    def prepare(self) -> None:
        """Tables and the seeded hospital."""
        if self._his is not None:
            seeded.load(self._his)

    def extend(self) -> None:
        """Two weeks of schedules from today on."""
        if self._his is not None:
            seeded.advance(self._his)

    def tick(self) -> None:
        """Give back places whose holds ran out, and call the next patients where a call is due."""
        if self._his is not None:
            self._his.release_lapsed()
            tick(self._his, clock.now())

    def facts(self) -> dict[str, Any]:
        """`peizhen demo` without the staff; empty lists when another hospital is connected."""
        if self._his is None:
            return {"hospital": "", "patients": [], "departments": [], "doctors": []}
        return seeded.demo_facts()
