"""/sim/faults: what the guide's panel can break, what is broken, and which calls the product made."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from connectors.simulator.bodies import from_page
from connectors.simulator.call_log import CallLog
from connectors.simulator.config import SimulatorConfig
from connectors.simulator.database import Database
from connectors.simulator.errors import Rejected
from connectors.simulator.mark_fail import MarkFail
from connectors.simulator.presets import Panel, choices
from connectors.simulator.tools import Tools
from connectors.simulator.words import position

MOST_TIMES = 1000


class FaultRoutes:
    """Writing calls need the header `X-Sim: 1`; each answers what is broken now."""

    def __init__(self, config: SimulatorConfig, tools: Tools, database: Database) -> None:
        self._kind, self._tools = config.kind, tools
        self._panel, self._calls = Panel(database), CallLog(database)
        self._mark_fail = MarkFail(database, config.mark_fail)

    def add_to(self, blueprint: Blueprint) -> None:
        blueprint.add_url_rule("/sim/faults", "faults", self.show)
        blueprint.add_url_rule("/sim/faults", "break", self.arm, methods=["POST"])
        blueprint.add_url_rule("/sim/faults/clear", "mend", self.clear, methods=["POST"])

    def show(self) -> Response:
        """{"choices", "armed", "calls": the newest, "stopped": MarkFail is on, "kind": of the account}."""
        now = self._tools.clock()
        told = {"choices": choices(), "armed": self._panel.armed(now=now), "calls": self._calls.recent()}
        return jsonify(**told, stopped=self._mark_fail.stopped(now=now), kind=self._kind)

    def arm(self) -> Response:
        """{"name", "times"? (1 … 1000; none = until cleared)}."""
        body = from_page()
        times = body.get("times")
        if times is not None and (type(times) is not int or not 1 <= times <= MOST_TIMES):
            raise Rejected(400, "bad_times")
        try:
            self._panel.arm(str(body.get("name")), times=times, now=self._tools.clock())
        except KeyError:
            raise Rejected(400, "bad_name") from None
        return self.show()

    def clear(self) -> Response:
        """{"id"?}: one, or all."""
        number = from_page().get("id")
        self._panel.clear(None if number is None else position(str(number)))
        return self.show()
