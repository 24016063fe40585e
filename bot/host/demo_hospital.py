"""The demo's hospitals as their own staff see them: made, extended, and called forward."""

from __future__ import annotations

from typing import Any

from bot import clock
from bot.his.embedded import EmbeddedHis
from bot.his.embedded import demo as seeded
from bot.his.embedded.ticker import tick
from bot.host import federation
from bot.settings import Settings


class DemoHospital:
    """What nobody but an embedded hospital itself does; where others are connected it does nothing."""

    def __init__(self, settings: Settings) -> None:
        self._houses = _houses(settings)

    def prepare(self) -> None:
        """Tables and the seeded hospital."""
        for hospital_id, his in self._houses.items():
            seeded.load(his, hospital_id=hospital_id)

    def extend(self) -> None:
        """Two weeks of schedules from today on."""
        for his in self._houses.values():
            seeded.advance(his)

    def tick(self) -> None:
        """Give back places whose holds ran out, and call the next patients where a call is due."""
        for his in self._houses.values():
            his.release_lapsed()
            tick(his, clock.now())

    def facts(self) -> dict[str, Any]:
        """`peizhen demo` without the staff; empty lists when other hospitals are connected."""
        found = [seeded.demo_facts(hospital_id=hospital_id) for hospital_id in self._houses]
        lists = {
            name: [row for facts in found for row in facts[name]] for name in ("patients", "departments", "doctors")
        }
        return {"hospital": "、".join(facts["hospital"] for facts in found), **lists}


def _houses(settings: Settings) -> dict[str, EmbeddedHis]:
    """The seeded hospitals of these settings: one, or those of a federation that are databases of ours."""
    if settings["PEIZHEN_HIS"] == "embedded":
        return {seeded.HOUSES[0]: EmbeddedHis(settings.his_url)}
    if settings["PEIZHEN_HIS"] != "federated":
        return {}
    ours = [entry for entry in federation.entries(settings) if entry.id in seeded.HOUSES and not entry.served]
    return {entry.id: EmbeddedHis(entry.url) for entry in ours}
