"""The account's customer service: who is online, and the sessions that they open and close.

`POST /sim/staff` sets who is online, `POST /sim/staff/<phone>/<act>` lets one of them take a phone's user, hand him on
or close the session; the product hears of it by the platform's own events.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, jsonify

from connectors.simulator.bodies import from_page
from connectors.simulator.bubbles import Bubbles, note
from connectors.simulator.config import Json, SimulatorConfig
from connectors.simulator.courier import Courier
from connectors.simulator.database import Database
from connectors.simulator.errors import Rejected
from connectors.simulator.outgoing import Outgoing
from connectors.simulator.phones import Phones
from connectors.simulator.tools import Tools
from connectors.simulator.words import clean

MOST = 10  # members of staff
ACTS = {
    "create": ("kf_create_session", "KfAccount", "客服已接入"),
    "switch": ("kf_switch_session", "ToKfAccount", "客服已转接"),
    "close": ("kf_close_session", "KfAccount", "客服已结束会话"),
}


class Staff:
    """Who is online, in a table of its own; the first one acts."""

    def __init__(self, config: SimulatorConfig, tools: Tools, database: Database, courier: Courier) -> None:
        self._account, self._tools, self._database, self._courier = config.account_id, tools, database, courier
        self._phones, self._bubbles = Phones(database), Bubbles(database)
        with database.write() as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS staff (account TEXT PRIMARY KEY, cases INTEGER NOT NULL)")

    def calls(self) -> dict[str, Callable[[], Json]]:
        """Path → call, for the platform's API."""
        return {"/cgi-bin/customservice/getonlinekflist": self.online}

    def add_to(self, blueprint: Blueprint) -> None:
        """Register what the panel and tests ask for."""
        blueprint.add_url_rule("/sim/staff", "staff", lambda: jsonify(staff=self._all()))
        blueprint.add_url_rule("/sim/staff", "set_staff", self.set, methods=["POST"])
        blueprint.add_url_rule("/sim/staff/<phone_id>/<act>", "staff_act", self.act, methods=["POST"])

    def online(self) -> Json:
        """`customservice/getonlinekflist`."""
        listed = [
            {"kf_account": one["account"], "status": 1, "kf_id": str(1000 + n), "accepted_case": one["cases"]}
            for n, one in enumerate(self._all(), start=1)
        ]
        return {"kf_online_list": listed}

    def set(self) -> Response:
        """{"staff": [{"account", "cases"? (0)}]} → the same. Raises Rejected."""
        given = from_page().get("staff")
        if not isinstance(given, list) or len(given) > MOST:
            raise Rejected(400, "bad_staff")
        rows = [_row(one) for one in given]
        with self._database.write() as connection:
            connection.execute("DELETE FROM staff")
            connection.executemany("INSERT OR REPLACE INTO staff (account, cases) VALUES (?, ?)", rows)
        return jsonify(staff=self._all())

    def act(self, phone_id: str, act: str) -> tuple[Response, int]:
        """One event about this phone's user → 202. Raises Rejected 404, 409 without anybody online."""
        if act not in ACTS:
            raise Rejected(404, "bad_act")
        from_page()
        phone, online = self._phones.get(phone_id), self._all()
        if not online:
            raise Rejected(409, "nobody_online")
        event, field, told = ACTS[act]
        fields = {"MsgType": "event", "Event": event, field: online[0]["account"]}
        self._bubbles.add(phone.id, note(told), now=self._tools.clock())
        self._courier.send(phone, Outgoing(told, fields, message=False, answered=False, scene=""))
        return jsonify(event=event), 202

    def _all(self) -> list[Json]:
        with self._database.read() as connection:
            rows = connection.execute("SELECT account, cases FROM staff ORDER BY account").fetchall()
        return [dict(row) for row in rows]


def _row(one: Any) -> tuple[str, int]:
    if not isinstance(one, dict):
        raise Rejected(400, "bad_staff")
    cases = one.get("cases", 0)
    if not isinstance(cases, int) or not 0 <= cases < 100:  # noqa: PLR2004 - nobody has more
        raise Rejected(400, "bad_cases")
    return clean(one.get("account"), 64, "bad_account"), cases
