"""Notices of the city's services and 订阅通知 of the fake platform: both land on the phone as a card."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from connectors.simulator.bodies import json_object
from connectors.simulator.bubbles import Bubbles, Draft
from connectors.simulator.config import Json, SimulatorConfig
from connectors.simulator.database import Database
from connectors.simulator.errors import PlatformError
from connectors.simulator.phones import Phone, Phones
from connectors.simulator.pushes import template_draft
from connectors.simulator.templates_sent import TemplatesSent
from connectors.simulator.tools import Tools

BUSINESS_ID = 150
STATUSES = range(1501000, 1506000)
LARGEST_BODY = 64 * 1024
OK: Json = {"errcode": 0, "errmsg": "ok"}
TITLE = "服务通知"


class NoticesApi:
    """The calls that notices make beside customer and template messages."""

    def __init__(self, config: SimulatorConfig, tools: Tools, database: Database) -> None:
        self._config, self._tools = config, tools
        self._phones, self._bubbles, self._sent = Phones(database), Bubbles(database), TemplatesSent(database)

    def calls(self) -> dict[str, Callable[[], Json]]:
        return {
            "/cityservice/sendchannelmsg": self.care_send,
            "/cgi-bin/message/subscribe/bizsend": self.subscribe_send,
        }

    def care_send(self) -> Json:
        """A message of a service of the city; the same msg_id of one order is shown once."""
        body = _body()
        phone, status = self._phone(body.get("open_id")), body.get("status")
        ids = (body.get("order_id"), body.get("msg_id"))
        if body.get("app_id") != self._config.app_id or body.get("business_id") != BUSINESS_ID or not all(ids):
            raise PlatformError(47001)
        if status not in STATUSES:
            raise PlatformError(82446)
        _number, new = self._sent.number(phone.id, "care:" + ":".join(map(str, ids)), now=self._tools.clock())
        if new:
            self._show(phone, _card(body.get("business_info")))
        return OK

    def subscribe_send(self) -> Json:
        """A 订阅通知; whether its user allowed it is the product's to know, and the phone shows it."""
        body = _body()
        phone = self._phone(body.get("touser"))
        draft = template_draft({**body, "url": body.get("page", "")}, self._config.templates, self._config.hosts)
        if not phone.subscribed:
            raise PlatformError(43101)
        number, _new = self._sent.number(phone.id, "", now=self._tools.clock())
        self._show(phone, draft)
        return {**OK, "msgid": number}

    def _phone(self, openid: Any) -> Phone:
        known = isinstance(openid, str) and openid.isascii() and openid.isprintable()
        phone = self._phones.of_openid(openid) if known else None
        if phone is None:
            raise PlatformError(40003)
        return phone

    def _show(self, phone: Phone, draft: Draft) -> None:
        self._bubbles.add(phone.id, draft, now=self._tools.clock())


def _card(info: Any) -> Draft:
    """Raises PlatformError 82446 when the fields are none."""
    try:
        fields = json.loads(info)
    except (TypeError, ValueError):
        raise PlatformError(82446) from None
    if not isinstance(fields, dict) or not all(isinstance(value, str) for value in fields.values()):
        raise PlatformError(82446)
    rows = [{"label": name, "value": value} for name, value in fields.items()]
    text = "\n".join([TITLE, *(f"{row['label']}：{row['value']}" for row in rows)])
    return Draft("bot", "template", [{"t": "text", "text": text}], {"title": TITLE, "rows": rows})


def _body() -> Json:
    try:
        return json_object(LARGEST_BODY)
    except ValueError:
        raise PlatformError(47001) from None
