"""Calls about followers: tags, menus by tag, and the ticket of the JS-SDK."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from typing import Any

from flask import request

from connectors.simulator.bodies import posted
from connectors.simulator.config import Json
from connectors.simulator.database import Database
from connectors.simulator.errors import PlatformError
from connectors.simulator.menus import Menus, check
from connectors.simulator.phones import Phones

TAGS, PER_USER, BATCH, NAME_LONGEST = 100, 20, 50, 30
FIRST_TAG = 100  # smaller ids are the platform's own
TICKET, TICKET_SECONDS = "sim-jsapi-ticket", 7200
OK: Json = {"errcode": 0, "errmsg": "ok"}


class ApiFollowers:
    """Each method is one call and returns its JSON."""

    def __init__(self, database: Database, menus: Menus) -> None:
        self._database, self._menus, self._phones = database, menus, Phones(database)

    def calls(self) -> dict[str, Callable[[], Json]]:
        """Path → call, all of which need a token."""
        return {
            "/cgi-bin/tags/create": self.create,
            "/cgi-bin/tags/get": self.all,
            "/cgi-bin/tags/getidlist": self.of,
            "/cgi-bin/tags/members/batchtagging": self.tag,
            "/cgi-bin/tags/members/batchuntagging": self.untag,
            "/cgi-bin/menu/get": self.menu_get,
            "/cgi-bin/menu/addconditional": self.add_menu,
            "/cgi-bin/menu/delconditional": self.delete_menu,
            "/cgi-bin/ticket/getticket": self.ticket,
        }

    def create(self) -> Json:
        tag = posted().get("tag")
        name = str((tag if isinstance(tag, dict) else {}).get("name") or "")
        if not 0 < len(name) <= NAME_LONGEST:
            raise PlatformError(45158)
        with self._database.write() as connection:
            known = [row["name"] for row in connection.execute("SELECT name FROM user_tag")]
            if name in known or len(known) >= TAGS:
                raise PlatformError(45157 if name in known else 45056)
            number = FIRST_TAG + len(known)  # none is ever deleted here
            connection.execute("INSERT INTO user_tag (id, name) VALUES (?, ?)", (number, name))
        return {"tag": {"id": number, "name": name}}

    def all(self) -> Json:
        query = "SELECT id, name, (SELECT count(*) FROM tagged WHERE tag_id = user_tag.id) AS count FROM user_tag"
        with self._database.read() as connection:
            return {"tags": [dict(row) for row in connection.execute(query)]}

    def of(self) -> Json:
        phone_id = self._phones.addressee(posted().get("openid")).id
        with self._database.read() as connection:
            rows = connection.execute("SELECT tag_id FROM tagged WHERE phone_id = ?", (phone_id,))
            return {"tagid_list": [row["tag_id"] for row in rows]}

    def tag(self) -> Json:
        tag_id, phone_ids = self._batch()
        with self._database.write() as connection:
            for phone_id in phone_ids:
                others = "SELECT count(*) FROM tagged WHERE phone_id = ? AND tag_id <> ?"
                if connection.execute(others, (phone_id, tag_id)).fetchone()[0] >= PER_USER:
                    raise PlatformError(45059)
                connection.execute("INSERT OR IGNORE INTO tagged VALUES (?, ?)", (tag_id, phone_id))
        return OK

    def untag(self) -> Json:
        tag_id, phone_ids = self._batch()
        with self._database.write() as connection:
            for phone_id in phone_ids:
                connection.execute("DELETE FROM tagged WHERE tag_id = ? AND phone_id = ?", (tag_id, phone_id))
        return OK

    def menu_get(self) -> Json:
        with self._database.read() as connection:
            rows = connection.execute("SELECT * FROM tag_menu ORDER BY id").fetchall()
        found = [_shown(row) for row in rows]
        return {"menu": {"button": self._menus.stored()}, **({"conditionalmenu": found} if found else {})}

    def add_menu(self) -> Json:
        body = posted()
        self._menus.stored()  # 46003: first the menu of everybody
        check(body.get("button"))
        rule = body.get("matchrule")
        tag_id = str((rule if isinstance(rule, dict) else {}).get("tag_id") or "")
        with self._database.write() as connection:
            _known(connection, tag_id)
            values = (int(tag_id), json.dumps(body["button"], ensure_ascii=False))
            made = connection.execute("INSERT INTO tag_menu (tag_id, buttons) VALUES (?, ?)", values)
        return {"menuid": str(made.lastrowid)}

    def delete_menu(self) -> Json:
        with self._database.write() as connection:
            gone = connection.execute("DELETE FROM tag_menu WHERE id = ?", (str(posted().get("menuid")),))
            if not gone.rowcount:
                raise PlatformError(65301)
        return OK

    def ticket(self) -> Json:
        if request.args.get("type") != "jsapi":
            raise PlatformError(40035)
        return {**OK, "ticket": TICKET, "expires_in": TICKET_SECONDS}

    def _batch(self) -> tuple[int, list[str]]:
        body = posted()
        openids = body.get("openid_list")
        if not isinstance(openids, list) or not 0 < len(openids) <= BATCH:
            raise PlatformError(40032)
        with self._database.read() as connection:
            tag_id = _known(connection, str(body.get("tagid")))
        return tag_id, [self._phones.addressee(openid).id for openid in openids]


def _known(connection: sqlite3.Connection, tag_id: str) -> int:
    found = connection.execute("SELECT id FROM user_tag WHERE id = ?", (tag_id,)).fetchone()
    if found is None:
        raise PlatformError(45159)
    return int(found["id"])


def _shown(row: Any) -> Json:
    rule = {"group_id": str(row["tag_id"])}
    return {"button": json.loads(row["buttons"]), "matchrule": rule, "menuid": row["id"]}
