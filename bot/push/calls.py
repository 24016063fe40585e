"""One call on one rung: what is handed over there, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.errors import Refused, Unavailable
from bot.ports import TextMessage
from bot.push import kinds, subscriptions
from bot.push.port import Card, PushFailed, PushLater, PushRefused, PushUnknown

if TYPE_CHECKING:
    from bot.push.ladder import Trip

STATES = {PushRefused: "refused", PushLater: "later", PushUnknown: "unknown"}
LONGEST_ORDER = 32  # characters of what 就医助手 calls order_id


@dataclass(frozen=True)
class Outcome:
    """`state`: taken | refused | later | unknown; `message_id`: WeChat's, where it gives one.

    `rests`: seconds for which the way takes nothing; `asked` False = it rested already: no call was made.
    """

    state: str
    reason: str = ""
    message_id: str = ""
    rests: int = 0
    asked: bool = True


def make(trip: Trip, rung: str) -> Outcome:
    """Call, and name what came of it. Anything else that is raised leaves the try open, as a dead worker does."""
    try:
        return Outcome("taken", message_id=_call(trip, rung))
    except PushFailed as failed:
        return Outcome(STATES[type(failed)], failed.reason, rests=failed.rests, asked=failed.asked)


def _call(trip: Trip, rung: str) -> str:
    if rung == kinds.SMS:
        return _text(trip)
    openid = str(trip.openid)
    if rung == kinds.CUSTOMER and trip.reply is not None:
        trip.ports.push.send(openid=openid, reply=trip.reply)
        return ""
    if rung == kinds.SUBSCRIPTION:
        return _allowed_once(trip, openid)
    return trip.ports.push.notify(openid=openid, rung=rung, card=_card(trip))


def _card(trip: Trip) -> Card:
    brief = trip.brief
    order = (brief.ref or f"n{trip.notice.id}")[:LONGEST_ORDER]
    url = f"{trip.ports.public_url}{brief.path}"
    return Card(trip.kind.name, key=f"n{trip.notice.id}", order=order, facts=brief.facts, url=url)


def _allowed_once(trip: Trip, openid: str) -> str:
    """A yes is spent before the call, and is there again only when surely nothing was sent."""
    wanted = kinds.template_id(trip.ports.rules, trip.kind.subscription)
    whose: dict[str, Any] = {"person_id": trip.notice.person_id, "template_id": wanted, "at": trip.ports.now()}
    with trip.ports.transaction() as session:
        if not subscriptions.spend(session, **whose):
            raise PushRefused("not_allowed")
    try:
        return trip.ports.push.notify(openid=openid, rung=kinds.SUBSCRIPTION, card=_card(trip))
    except PushFailed as failed:
        if failed.asked and not isinstance(failed, PushLater):
            raise
        with trip.ports.transaction() as session:
            subscriptions.allow(session, **whose)
        raise


def _text(trip: Trip) -> str:
    brief = trip.brief
    if not brief.phone:
        raise PushRefused("no_phone")
    message = TextMessage("notice", dict(brief.facts), brief.text, key=f"notice:{trip.notice.id}")
    try:
        trip.ports.sms.send(phone=brief.phone, message=message)
    except Unavailable:
        raise PushUnknown("gateway") from None
    except Refused as refusal:
        raise PushRefused(refusal.code) from None
    return ""
