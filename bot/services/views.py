"""What is personal is drawn here, after rasa: views by name, and card placeholders, each checked for this person."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Sequence

from bot.errors import PeizhenError
from bot.ports import Ports, Reply
from bot.services import (
    booking_views,
    broadcast_sending,
    cards,
    choices,
    consult_views,
    desk_views,
    handoff_views,
    hospitals,
    mydata,
    payment_views,
    queue_views,
    report_views,
    talk_views,
    triage_views,
    visit_views,
    waitlist_views,
    words,
)

log = logging.getLogger(__name__)

View = Callable[[Ports, int, str], Reply]
CARD = re.compile(r"⟦card:(c_[0-9a-f]+)⟧")
PHONE = "⟦hospital:phone⟧"  # in the words wherever patients are asked to call
ANY_PLACEHOLDER = re.compile(r"⟦\w+:\w+⟧")
PURPOSES = {"binding": "保存就诊卡", "reports": "查报告", "consult": "问医生", "push": "发消息提醒"}


def render(ports: Ports, *, person_id: int, replies: Sequence[Reply]) -> list[Reply]:
    """Replies with every view drawn and every placeholder resolved; a view that fails says why in its own place."""
    names: dict[str, str] = {}
    return [_named(ports, person_id, names, _drawn(ports, person_id, reply)) for reply in replies]


def drawn(ports: Ports, *, person_id: int, reply: Reply) -> Reply:
    """One reply of the outbox, drawn at the moment it leaves. Raises what its view raises."""
    view = reply.get("view")
    if view is not None:
        reply = _beside(VIEWS[view](ports, person_id, str(reply.get("ref") or "")), reply)
    until = reply.pop("until", None)
    if until and reply.get("choices"):
        reply = choices.stand(ports, person_id=person_id, reply=reply, until=until)
    if reply.get("choices"):  # one that was not offered with an id cannot be tapped
        reply = {**reply, "choices": [c for c in reply["choices"] if c.get("id")]}
    return _named(ports, person_id, {}, reply)


def _drawn(ports: Ports, person_id: int, reply: Reply) -> Reply:
    view = reply.get("view")
    if view is None:
        return reply
    try:
        drawn = VIEWS[view](ports, person_id, str(reply.get("ref") or ""))
        drawn.pop("until", None)  # said in an answer, its choices end with the next one
    except PeizhenError as error:
        name = f"utter_error_{error.code}"
        drawn = words.say(name if words.known(name) else "utter_error_internal", **error.facts)
        if drawn.get("choices"):  # the way on from here, instead of what would have followed
            reply = {k: v for k, v in reply.items() if k != "choices"}
    except Exception as error:
        log.error("view %s: %s", view, type(error).__name__)  # no traceback: it may quote a patient
        drawn = words.say("utter_error_internal")
    return _beside(drawn, reply)


def _beside(drawn: Reply, reply: Reply) -> Reply:
    """A drawn view with what its reply says before it and brings beside it."""
    rest = {k: v for k, v in reply.items() if k not in {"view", "ref", "text"}}
    if reply.get("text"):
        drawn = {**drawn, "text": f"{reply['text']}\n{drawn['text']}".strip()}
    if drawn.get("choices") and rest.get("choices"):  # what the view offers stands before what goes with it always
        rest["choices"] = [*drawn["choices"], *rest["choices"]]
    return {**drawn, **rest}


def _named(ports: Ports, person_id: int, names: dict[str, str], reply: Reply) -> Reply:
    """Card placeholders become masked names and the hospital's number is put in, in the text and in the labels."""

    def fill(text: str) -> str:
        if PHONE in text:
            text = text.replace(PHONE, _phone(ports))
        if "⟦" not in text:
            return text
        if not names:
            names.update({c.ref: c.masked_name for c in cards.mine(ports, person_id=person_id)} or {"": ""})
        text = CARD.sub(lambda m: names.get(m[1], "就诊人"), text)
        return ANY_PLACEHOLDER.sub("（已收好）", text)

    reply = dict(reply)
    if reply.get("text"):
        reply["text"] = fill(str(reply["text"]))
    if reply.get("choices"):
        reply["choices"] = [{**c, "label": fill(c["label"])} for c in reply["choices"]]
    return reply


def _phone(ports: Ports) -> str:
    """The hospital's own number; without the hospital's system the words stand without it."""
    try:
        return hospitals.phones(ports)
    except PeizhenError:
        return ""


def card_bound(ports: Ports, person_id: int, ref: str) -> Reply:
    card = cards.one(ports, person_id=person_id, ref=ref)
    kind = cards.KINDS[card.kind]
    response = "utter_card_opened" if card.opened else "utter_card_bound"
    return words.say(response, name=card.masked_name, id_number=card.masked_id, kind=kind)


def card_shared(ports: Ports, person_id: int, ref: str) -> Reply:
    return words.say("utter_card_shared", name=cards.one(ports, person_id=person_id, ref=ref).masked_name)


def card_cut(ports: Ports, person_id: int, ref: str) -> Reply:
    return words.say("utter_card_cut", name=cards.name_of_gone(ports, person_id=person_id, ref=ref))


def my_data(ports: Ports, person_id: int, _ref: str) -> Reply:
    found = mydata.overview(ports, person_id=person_id)
    agreed = "、".join(PURPOSES[purpose] for purpose in found.agreed) or "还没有"
    counts = {name: getattr(found, name) for name in ("cards", "bookings", "questions", "messages")}
    return words.say("utter_my_data", agreed=agreed, **counts)


VIEWS: dict[str, View] = {
    **booking_views.VIEWS,
    **waitlist_views.VIEWS,
    **report_views.VIEWS,
    **payment_views.VIEWS,
    **visit_views.VIEWS,
    **triage_views.VIEWS,
    **desk_views.VIEWS,
    "card_bound": card_bound,
    "my_data": my_data,
    "card_shared": card_shared,
    "card_cut": card_cut,
    **queue_views.VIEWS,
    **handoff_views.VIEWS,
    **talk_views.VIEWS,
    **consult_views.VIEWS,
    "broadcast": broadcast_sending.view,
}
