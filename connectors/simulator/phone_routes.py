"""JSON for the browser and for tests: /sim/phones, /sim/changes, /sim/guide."""

from __future__ import annotations

import hashlib
import logging

from flask import Blueprint, Response, jsonify, request

from connectors.simulator.acts import Acts
from connectors.simulator.bodies import from_page
from connectors.simulator.bubbles import Bubbles
from connectors.simulator.config import Json, SimulatorConfig
from connectors.simulator.courier import Courier
from connectors.simulator.database import Database
from connectors.simulator.deliveries import Deliveries
from connectors.simulator.errors import Rejected
from connectors.simulator.menus import Menus
from connectors.simulator.phones import SWITCHES, Phone, Phones
from connectors.simulator.sms import ShortMessages
from connectors.simulator.till_notices import TillNotices
from connectors.simulator.tools import Tools
from connectors.simulator.words import clean, optional, position

MOST_PHONES = 12
NAME, NUMBER = 20, 20

log = logging.getLogger(__name__)


class PhoneRoutes:
    """Everything that a phone's page asks and does. Writing calls need the header `X-Sim: 1`."""

    def __init__(self, config: SimulatorConfig, tools: Tools, database: Database, courier: Courier) -> None:
        self._config, self._tools, self._courier = config, tools, courier
        self._phones, self._bubbles = Phones(database), Bubbles(database)
        self._acts = Acts(config, tools, database, courier)
        self._deliveries, self._menus = Deliveries(database), Menus(database, config.menu)
        self._sms = ShortMessages(config.sms, database)
        self._notices = TillNotices(database, config.pay_key, config.pay_url, tools.clock)

    def add_to(self, blueprint: Blueprint) -> None:
        add = blueprint.add_url_rule
        add("/sim/phones", view_func=self.create, methods=["POST"])
        add("/sim/phones/<phone_id>", view_func=self.show)
        add("/sim/phones/<phone_id>/messages", view_func=self.messages)
        add("/sim/phones/<phone_id>/deliveries", view_func=self.deliveries)
        add("/sim/phones/<phone_id>/send", view_func=self.send, methods=["POST"])
        add("/sim/phones/<phone_id>/settings", view_func=self.settings, methods=["POST"])
        add("/sim/changes", view_func=self.changes)
        add("/sim/guide", view_func=self.guide)

    def create(self) -> tuple[Response, int]:
        """{"name"?, "number"?, "subscribe"? (true)} → 201 and the phone."""
        body = from_page()
        name = optional(body, "name", NAME) or "新手机"
        phone = self._phones.create(name=name, number=optional(body, "number", NUMBER), now=self._tools.clock())
        if body.get("subscribe", True) is not False:
            self._acts.send(phone, {"type": "subscribe"})
        return jsonify(self._view(phone.id)), 201

    def show(self, phone_id: str) -> Response:
        return jsonify(self._view(phone_id))

    def messages(self, phone_id: str) -> Response:
        """`?after=N` → {"messages": bubbles with a greater id, "last": N for the next call}; ETag and 304."""
        after = position(request.args.get("after"))
        self._look()
        phone = self._phones.get(phone_id)
        tag = _tag(f"{phone.rev}:{after}")
        if tag in request.if_none_match:
            return _unchanged(tag)
        found = self._bubbles.after(phone_id, after)
        last = found[-1]["id"] if found else after
        return _tagged({"messages": found, "last": last}, tag)

    def deliveries(self, phone_id: str) -> Response:
        """The last messages sent, with every attempt."""
        return jsonify(deliveries=self._deliveries.recent(self._phones.get(phone_id).id))

    def send(self, phone_id: str) -> tuple[Response, int]:
        """{"text"} or {"type": …} → 202 and the phone's own bubble (null for events)."""
        body, phone = from_page(), self._phones.get(phone_id)
        shown = self._acts.send(phone, body)
        return jsonify(message=self._bubbles.one(shown) if shown else None), 202

    def settings(self, phone_id: str) -> Response:
        """Switches as booleans, `name`, `number` → the phone."""
        body, before = from_page(), self._phones.get(phone_id)
        values = _settings(body)
        after = self._phones.change(phone_id, values) if values else before
        if before.offline and not after.offline:
            self._courier.flush(after)
        return jsonify(self._view(phone_id))

    def changes(self) -> Response:
        """`?phones=id:rev,id:rev` → what changed on each since its revision; ETag and 304."""
        asked = _asked(request.args.get("phones", ""))
        self._look()
        phones = self._phones.some(asked)
        buttons, menu_rev = self._menus.shown()
        tag = _tag(",".join([str(menu_rev), *(f"{p.id}:{p.rev}:{asked[p.id]}" for p in phones)]))
        if tag in request.if_none_match:
            return _unchanged(tag)
        told = [self._changed(phone, asked[phone.id]) for phone in phones]
        return _tagged({"phones": told, "menu": buttons}, tag)

    def guide(self) -> Response:
        """The account's name and the demo facts."""
        try:
            facts = self._config.guide()
        except Exception:
            log.exception("the guide cannot be read")
            facts = {}
        asked = [{"id": name, "title": one.get("title", name)} for name, one in self._config.subscriptions.items()]
        album = [{"name": name, "label": picture.label} for name, picture in self._config.pictures.items()]
        account, hosts = self._config.account_name, sorted(self._config.hosts)
        return jsonify(account=account, guide=facts, hosts=hosts, subscriptions=asked, pictures=album)

    def _look(self) -> None:
        self._sms.collect(now=self._tools.clock())
        self._courier.revive()
        if self._config.pay_key and self._notices.due():
            self._tools.submit(self._notices.deliver)

    def _view(self, phone_id: str) -> Json:
        return self._phones.get(phone_id).view(self._tools.clock())

    def _changed(self, phone: Phone, rev: int) -> Json:
        return {
            **phone.view(self._tools.clock()),
            "rev": phone.rev,
            "messages": self._bubbles.changed(phone.id, rev),
        }


def _settings(body: Json) -> dict[str, str | float]:
    """Raises Rejected 400 unless switches are true or false."""
    values: dict[str, str | float] = {}
    for name in SWITCHES:
        if name in body:
            if not isinstance(body[name], bool):
                raise Rejected(400, f"bad_{name}")
            values[name] = int(body[name])
    if "name" in body:
        values["name"] = clean(body["name"], NAME, "bad_name")
    if "number" in body:
        values["number"] = optional(body, "number", NUMBER)
    return values


def _asked(text: str) -> dict[str, int]:
    """`id:rev,id:rev` → revisions by id. Raises Rejected 400."""
    pairs = [pair.partition(":") for pair in text.split(",") if pair]
    if len(pairs) > MOST_PHONES or any(len(phone_id) > 40 for phone_id, _, _ in pairs):  # noqa: PLR2004 - far longer than ours
        raise Rejected(400, "too_many_phones")
    return {phone_id: position(rev) for phone_id, _, rev in pairs}


def _tag(text: str) -> str:
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()[:20]


def _tagged(content: Json, tag: str) -> Response:
    response = jsonify(content)
    response.set_etag(tag)
    return response


def _unchanged(tag: str) -> Response:
    response = Response(status=304)
    response.set_etag(tag)
    return response
