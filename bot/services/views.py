"""What is personal is drawn here, after rasa: views by name, and card placeholders, each checked for this person."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta

from bot import clock
from bot.errors import NotFound, PeizhenError, Refused
from bot.ports import Ports, Reply
from bot.services import (
    booking,
    cards,
    choices,
    consult,
    hospitals,
    limits,
    masking,
    mydata,
    payment_views,
    queue_views,
    report_views,
    stopping,
    suspensions,
    vault,
    waitlist,
    waitlist_offers,
    words,
)

log = logging.getLogger(__name__)

View = Callable[[Ports, int, str], Reply]
CARD = re.compile(r"⟦card:(c_[0-9a-f]+)⟧")
PHONE = "⟦hospital:phone⟧"  # in the words wherever patients are asked to call
ANY_PLACEHOLDER = re.compile(r"⟦\w+:\w+⟧")
STATES = {
    "waiting": "等待医生回答",
    "claimed": "医生正在看",
    "answered": "已回答",
    "withdrawn": "已撤回",
    "closed": "已结束",
}
PURPOSES = {"binding": "保存就诊卡", "reports": "查报告", "consult": "问医生", "push": "发消息提醒"}
KEPT_SHOWN = 300  # characters of a question that is to be confirmed


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


def _when(made: booking.Booking) -> str:
    return words.half_hour(made.day, made.start, made.end)


def _line(made: booking.Booking) -> str:
    return f"{made.masked_name} {made.department_name} {made.doctor_name}\n{_when(made)}"


def booked(ports: Ports, person_id: int, ref: str) -> Reply:
    return _booked(ports, booking.one(ports, person_id=person_id, ref=ref), "utter_booked")


def rebooked(ports: Ports, person_id: int, ref: str) -> Reply:
    return _booked(ports, booking.one(ports, person_id=person_id, ref=ref), "utter_rebooked")


def _booked(ports: Ports, made: booking.Booking, response: str) -> Reply:
    """The new number; how to give it back only while that is possible."""
    in_time = ports.now() <= limits.cancel_until(ports.rules, made.start)
    change = words.say(
        "utter_change_until" if in_time else "utter_change_closed",
        minutes=ports.rules["cancel_until_minutes"],
    )
    return words.say(
        response,
        name=made.masked_name,
        department=made.department_name,
        doctor=made.doctor_name,
        when=_when(made),
        number=made.number,
        place=f"{made.place} {made.room}".strip(),
        fee=f"{made.fee_fen / 100:g}",
        paid="（已付）" if made.prepay else "",
        change=change["text"],
    )


def already(ports: Ports, person_id: int, ref: str) -> Reply:
    """The number that stands in the way of a second one."""
    made = booking.one(ports, person_id=person_id, ref=ref)
    facts = {"name": made.masked_name, "department": made.department_name, "doctor": made.doctor_name}
    return words.say("utter_already", **facts, when=_when(made), number=_number(made))


def cancelled_at_desk(ports: Ports, person_id: int, ref: str) -> Reply:
    made = booking.one(ports, person_id=person_id, ref=ref)
    return words.say("utter_cancelled_at_desk", line=_line(made), money=payment_views.money(made))


def suspended(ports: Ports, person_id: int, ref: str) -> Reply:
    name, until, missed = suspensions.one(ports, person_id=person_id, ref=ref)
    return words.say("utter_suspended", name=name, until=limits.day_words(until), missed=missed)


def suspension_lifted(ports: Ports, person_id: int, ref: str) -> Reply:
    name, _until, _missed = suspensions.one(ports, person_id=person_id, ref=ref)
    return words.say("utter_suspension_lifted", name=name)


def booking_line(ports: Ports, person_id: int, ref: str) -> Reply:
    return {"text": _line(booking.one(ports, person_id=person_id, ref=ref))}


def bookings(ports: Ports, person_id: int, _ref: str) -> Reply:
    mine = booking.mine(ports, person_id=person_id)
    lines = [f"{_line(made)}\n{_number(made)} {made.place} {made.room}".strip() for made in mine]
    return {**words.say("utter_bookings", lines="\n\n".join(lines)), **payment_views.way_to_pay(ports, mine)}


def _number(made: booking.Booking) -> str:
    if made.state == "unpaid" and made.pay_until is not None:
        return f"还没付款，号留到{clock.local(made.pay_until):%H:%M}"
    known = {"booked": f"{made.number}号", "moving": "正在和医院确认改时间", "stopped": "医生停诊，可以换个时间"}
    known["paid"] = "付款收到了，正在和医院确认"
    return known.get(made.state, "正在和医院确认")


def waits(ports: Ports, person_id: int, _ref: str) -> Reply:
    lines = [_wait_line(wait) for wait in waitlist.mine(ports, person_id=person_id)]
    return words.say("utter_waits", lines="\n\n".join(lines))


def waiting(ports: Ports, person_id: int, ref: str) -> Reply:
    wait = waitlist.one(ports, person_id=person_id, ref=ref)
    return words.say("utter_waiting", line=_wait_line(wait), minutes=ports.rules["waitlist_offer_minutes"])


def _wait_line(wait: waitlist.Wait) -> str:
    half = {"am": "上午", "pm": "下午"}.get(wait.period or "", "")
    who = f"{wait.doctor_name}医生" if wait.doctor_name else "不限医生"
    place = "有号了，等您确认" if wait.state == "offered" else f"前面还有{wait.ahead}位"
    return f"{wait.masked_name} {wait.department_name} {who}\n{_day(wait.day)}{half}，{place}"


def _day(day: date) -> str:
    return f"{day.month}月{day.day}日 周{words.WEEKDAYS[day.weekday()]}"


def place(ports: Ports, person_id: int, ref: str) -> Reply:
    """A place on offer. Raises Refused('place_gone') when it is over: the push is worth nothing then."""
    offer = waitlist_offers.one(ports, person_id=person_id, ref=ref)
    if offer.state != "offered" or offer.until <= ports.now():
        raise Refused("place_gone")
    start = clock.local(offer.start)
    said = words.say(
        "utter_place_offered",
        name=offer.masked_name,
        department=masking.department(offer.department_name, ports.rules["sensitive_departments"]),
        doctor=offer.doctor_name,
        when=f"{_day(offer.day)} {start:%H:%M}",
        fee=f"{offer.fee_fen / 100:g}",
        pay=payment_views.how_to_pay(ports, prepay=offer.prepay),
        until=f"{clock.local(offer.until):%H:%M}",
    )
    answers = [_choice("接受", "take_place", ref), _choice("让给下一位", "pass_place", ref)]
    return {**said, "choices": answers, "until": offer.until}


def stopped(ports: Ports, person_id: int, ref: str) -> Reply:
    """A clinic that was called off, with other half hours to tap."""
    made = booking.one(ports, person_id=person_id, ref=ref)
    if made.state != "stopped":
        raise Refused("not_cancellable")
    said = words.say(
        "utter_stopped",
        name=made.masked_name,
        department=masking.department(made.department_name, ports.rules["sensitive_departments"]),
        doctor=made.doctor_name,
        when=_when(made),
        money=payment_views.money(made),
    )
    found = stopping.alternatives(ports, person_id=person_id, ref=ref)
    moves = [_choice(_move_label(offer), "move_stopped", f"{ref} {offer.slot_id}") for offer in found]
    until = clock.utc(datetime.combine(made.day + timedelta(days=1), time()))
    return {**said, "choices": [*moves, {"label": "看看别的时间", "payload": "/book"}], "until": until}


def _move_label(offer: booking.Offer) -> str:
    return f"换到 {_day(offer.day)} {clock.local(offer.start):%H:%M} {offer.doctor_name}医生"


def _choice(label: str, intent: str, value: str) -> dict[str, str]:
    return {"label": label, "payload": f"/{intent}{json.dumps({'value': value})}"}


def card_bound(ports: Ports, person_id: int, ref: str) -> Reply:
    card = cards.one(ports, person_id=person_id, ref=ref)
    kind = cards.KINDS[card.kind]
    response = "utter_card_opened" if card.opened else "utter_card_bound"
    return words.say(response, name=card.masked_name, id_number=card.masked_id, kind=kind)


def card_shared(ports: Ports, person_id: int, ref: str) -> Reply:
    return words.say("utter_card_shared", name=cards.one(ports, person_id=person_id, ref=ref).masked_name)


def card_cut(ports: Ports, person_id: int, ref: str) -> Reply:
    return words.say("utter_card_cut", name=cards.name_of_gone(ports, person_id=person_id, ref=ref))


def questions(ports: Ports, person_id: int, _ref: str) -> Reply:
    lines = [
        f"{q.department_name}：{_short(q.text)}（{STATES[q.state]}）" for q in consult.mine(ports, person_id=person_id)
    ]
    return words.say("utter_questions", lines="\n".join(lines))


def asked(ports: Ports, person_id: int, ref: str) -> Reply:
    q = consult.mine_one(ports, person_id=person_id, ref=ref)
    return {"text": f"「{_short(q.text)}」"}


def kept_question(ports: Ports, person_id: int, ref: str) -> Reply:
    if not vault.holds(ports, person_id=person_id, ref=ref):
        raise NotFound
    return {"text": f"「{_short(vault.get(ports, person_id=person_id, ref=ref), KEPT_SHOWN)}」"}


def answer(ports: Ports, person_id: int, ref: str) -> Reply:
    q = consult.mine_one(ports, person_id=person_id, ref=ref)
    return words.say(
        "utter_answer",
        question=_short(q.text),
        doctor=f"{q.department_name} {q.answered_by}".strip(),
        answer=q.answer,
    )


def my_data(ports: Ports, person_id: int, _ref: str) -> Reply:
    found = mydata.overview(ports, person_id=person_id)
    agreed = "、".join(PURPOSES[purpose] for purpose in found.agreed) or "还没有"
    counts = {name: getattr(found, name) for name in ("cards", "bookings", "questions", "messages")}
    return words.say("utter_my_data", agreed=agreed, **counts)


def _short(text: str, limit: int = 40) -> str:
    return text if len(text) <= limit else f"{text[:limit]}…"


VIEWS: dict[str, View] = {
    **report_views.VIEWS,
    **payment_views.VIEWS,
    "booked": booked,
    "booking_line": booking_line,
    "bookings": bookings,
    "card_bound": card_bound,
    "my_data": my_data,
    "card_shared": card_shared,
    "card_cut": card_cut,
    **queue_views.VIEWS,
    "waits": waits,
    "waiting": waiting,
    "place": place,
    "stopped": stopped,
    "questions": questions,
    "asked": asked,
    "kept_question": kept_question,
    "answer": answer,
    "rebooked": rebooked,
    "already": already,
    "cancelled_at_desk": cancelled_at_desk,
    "suspended": suspended,
    "suspension_lifted": suspension_lifted,
}
