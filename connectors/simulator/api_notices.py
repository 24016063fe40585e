"""Notices of the city's services and 订阅通知 of the fake platform: both land on the phone as a card."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from connectors.simulator.bodies import posted
from connectors.simulator.bubbles import Bubbles, Draft
from connectors.simulator.config import Json, SimulatorConfig
from connectors.simulator.consents import Consents
from connectors.simulator.courier import Courier
from connectors.simulator.database import Database
from connectors.simulator.deliveries import message_id
from connectors.simulator.errors import PlatformError
from connectors.simulator.outgoing import DELIVERED, Outgoing
from connectors.simulator.phones import Phones
from connectors.simulator.pushes import template_draft
from connectors.simulator.receipts import Receipts
from connectors.simulator.service_notices import service_draft
from connectors.simulator.tools import Tools

BUSINESS_ID = 150
STATUSES = range(1501000, 1506000)
OK: Json = {"errcode": 0, "errmsg": "ok"}
TITLE, SENDER = "服务通知", "微信就医助手"
SUBSCRIBE = "message/subscribe/bizsend"


class NoticesApi:
    """The calls that notices make beside customer and template messages."""

    def __init__(self, config: SimulatorConfig, tools: Tools, database: Database, courier: Courier) -> None:
        self._config, self._tools = config, tools
        self._phones, self._bubbles, self._consents = Phones(database), Bubbles(database), Consents(database)
        self._receipts = Receipts(tools, database, courier)

    def calls(self) -> dict[str, Callable[[], Json]]:
        return {
            "/cityservice/sendchannelmsg": self.care_send,
            "/cgi-bin/message/subscribe/bizsend": self.subscribe_send,
        }

    def care_send(self) -> Json:
        """A message of a service of the city; the same msg_id of one order is shown once."""
        body = posted()
        phone, status = self._phones.addressee(body.get("open_id")), body.get("status")
        ids = (body.get("order_id"), body.get("msg_id"))
        if body.get("app_id") != self._config.app_id or body.get("business_id") != BUSINESS_ID or not all(ids):
            raise PlatformError(47001)
        if status not in STATUSES:
            raise PlatformError(82446)
        draft, origin = _card(body.get("business_info")), ":".join(["care", phone.id, *map(str, ids)])
        self._bubbles.add(phone.id, draft, now=self._tools.clock(), origin=origin)
        return OK

    def subscribe_send(self) -> Json:
        """A 订阅通知: one yes of its user is one message, and an event tells later what became of it."""
        body = posted()
        phone = self._phones.addressee(body.get("touser"))
        draft = template_draft({**body, "url": body.get("page", "")}, self._config.templates, self._config.hosts)
        if not phone.subscribed:
            raise PlatformError(43101)
        template_id, number = str(body["template_id"]), message_id(self._tools.clock())
        self._consents.spend(phone.id, template_id)
        sent = replace(draft, kind="service", card={**(draft.card or {}), "sender": self._config.account_name})
        self._receipts.deliver(phone, SUBSCRIBE, sent, lambda status: _receipt(template_id, number, status))
        return {**OK, "msgid": number}


def _card(info: Any) -> Draft:
    """Raises PlatformError 82446 when the fields are none."""
    try:
        fields = json.loads(info)
    except (TypeError, ValueError):
        raise PlatformError(82446) from None
    if not isinstance(fields, dict) or not all(isinstance(value, str) for value in fields.values()):
        raise PlatformError(82446)
    return service_draft(TITLE, list(fields.items()), sender=SENDER)


def _receipt(template_id: str, number: int, status: str) -> Outgoing:
    """`subscribe_msg_sent_event`: 0 is delivered."""
    code, word = ("0", status) if status == DELIVERED else ("43101", status)
    entry = {"TemplateId": template_id, "MsgID": str(number), "ErrorCode": code, "ErrorStatus": word}
    fields = {"MsgType": "event", "Event": "subscribe_msg_sent_event", "SubscribeMsgSentEvent": {"List": entry}}
    return Outgoing("订阅通知送达", fields, message=False, answered=False, scene="")
