"""A message's way through the house: leased → understood as far as web may → rasa → rendered → stored.

Red flags are checked here, before and without rasa. What rasa sees has placeholders for people, and in its metadata
nothing but a signed inbox id, by which actions find out who is asking.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence

import sqlalchemy as sa

from bot import clock
from bot.db.messages import Person
from bot.errors import Refused, Unavailable
from bot.ports import Ports, Reply
from bot.services import (
    account_events,
    arrival,
    audit,
    booking,
    callers,
    choices,
    emergency,
    hospitals,
    inbox,
    replying,
    vault,
    views,
    words,
)

log = logging.getLogger(__name__)

LONGEST = 2000  # characters of one message that the dialogue takes
APOLOGISE_AFTER_SECONDS = 120  # rasa gone that long: say so rather than keep silent
MOST_TRIES = 100  # a part that is down for APOLOGISE_AFTER_SECONDS uses up about eighty
MENU_KEYS = frozenset(
    "book book_same_day my_bookings queue_position reports_list bind_card ask_expert my_questions triage faq_question"
    " price_exam hospital_address parking_traffic phone_hours visit_guide human_agent help switch_patient"
    " check_in".split()
)
HAS_WORDS = re.compile(r"[\w]")


def work(ports: Ports, *, inbox_id: int) -> list[Reply] | None:
    """Answer one row and store the answer; None = not ours to answer now, or a part is missing (it stays open)."""
    with audit.tracing(f"inbox/{inbox_id}"):
        return _work(ports, inbox_id)


def _work(ports: Ports, inbox_id: int) -> list[Reply] | None:
    leased = inbox.lease(ports, inbox_id=inbox_id)
    if leased is None:
        return alarm(ports, inbox_id=inbox_id)
    if _worn_out(leased):
        return _apologise(ports, leased, "utter_error_internal")
    try:
        replies, talked = _think(ports, leased)
        return _store(ports, leased, replies, talked=talked)
    except Unavailable as error:
        if _too_old(leased):
            return _apologise(ports, leased, "utter_error_unavailable")
        inbox.give_back(ports, leased, failure=error.code)
        return None
    except Exception as error:
        # One message that breaks us must not keep its person, and those behind him, waiting for ever.
        if _too_old(leased):
            log.error("row %s: %s", inbox_id, type(error).__name__)
            return _apologise(ports, leased, "utter_error_internal")
        inbox.give_back(ports, leased, failure=type(error).__name__)
        raise


def alarm(ports: Ports, *, inbox_id: int) -> list[Reply] | None:
    """Answer a red flag out of turn: it waits for no earlier message and no free worker. None = it is none."""
    found = inbox.peek(ports, inbox_id=inbox_id)
    if found is None or found[1] == "question":  # a question goes to the doctor too, in its turn
        return None
    words_of = str(found[0].get("text") or "")
    urgent = emergency.check(ports, text=words_of) if words_of else None
    leased = inbox.lease(ports, inbox_id=inbox_id, urgent=True) if urgent else None
    return _store(ports, leased, [urgent], talked=False) if leased and urgent else None


def _too_old(leased: inbox.Leased) -> bool:
    return (clock.wire() - leased.received_at).total_seconds() > APOLOGISE_AFTER_SECONDS


def _worn_out(leased: inbox.Leased) -> bool:
    """Whether worker after worker died on it."""
    return leased.attempts > MOST_TRIES and _too_old(leased)


def _apologise(ports: Ports, leased: inbox.Leased, name: str) -> list[Reply] | None:
    return _store(ports, leased, [words.say(name)], talked=False)


def _store(ports: Ports, leased: inbox.Leased, replies: Sequence[Reply], *, talked: bool) -> list[Reply] | None:
    drawn = views.render(ports, person_id=leased.person_id, replies=replies)
    expects = next((r["expects"] for r in reversed(drawn) if r.get("expects")), None)
    with ports.transaction() as session:
        shown = drawn
        if talked or any(reply.get("choices") for reply in drawn):  # an aside leaves open what was offered
            shown = choices.offer(ports, session, person_id=leased.person_id, inbox_id=leased.id, replies=drawn)
        shown = [{k: v for k, v in reply.items() if k not in {"expects", "aside"}} for reply in shown]
        stored = replying.answered(ports, session, leased, replies=shown, expects=expects, talked=talked)
    return shown if stored else None


def _think(ports: Ports, leased: inbox.Leased) -> tuple[list[Reply], bool]:
    """Replies, and whether rasa had a turn."""
    kind = leased.body["kind"]
    if kind == "event":
        return _event(ports, leased)
    text = str(leased.body.get("text") or "")
    if kind == "location":
        return _location(ports, leased)
    if kind != "text" and not text:
        return [words.say(f"utter_got_{kind}" if words.known(f"utter_got_{kind}") else "utter_got_other")], False
    return _text(ports, leased, text)


def _event(ports: Ports, leased: inbox.Leased) -> tuple[list[Reply], bool]:
    event, key = leased.body.get("event"), str(leased.body.get("event_key") or "")
    sign = arrival.scanned(key) if event in {"scan", "subscribe"} else None
    if event == "unsubscribe":
        _mark(ports, leased.person_id, subscribed=False)
        return [], False
    if event == "subscribe":
        _mark(ports, leased.person_id, subscribed=True)
        welcome = [words.say("utter_welcome", hospital=hospitals.names(ports))]
        if sign is None or not _waits_today(ports, leased.person_id):
            return welcome, False
        replies, talked = _arrived(ports, leased, sign)
        return [*welcome, *replies], talked
    if sign is not None:
        return _arrived(ports, leased, sign)
    if event == "click" and key in MENU_KEYS:
        return _talk(ports, leased, f"/{key}"), True
    extra = leased.body.get("extra") or {}
    account_events.hear(ports, person_id=leased.person_id, event=str(event), key=key, extra=extra)
    return [], False


def _location(ports: Ports, leased: inbox.Leased) -> tuple[list[Reply], bool]:
    """A shared place is a check-in of whoever has a number today; nobody else needs one."""
    extra = leased.body.get("extra") or {}
    spot = arrival.shared(extra.get("Location_X"), extra.get("Location_Y"))
    if spot is None or not _waits_today(ports, leased.person_id):
        return [words.say("utter_got_location")], False
    return _arrived(ports, leased, spot)


def _waits_today(ports: Ports, person_id: int) -> bool:
    return bool(booking.standing(ports, person_id=person_id, day=clock.local(ports.now()).date()))


def _arrived(ports: Ports, leased: inbox.Leased, where: arrival.Where) -> tuple[list[Reply], bool]:
    """Remember the proof of being here; the dialogue then checks in, or asks which number."""
    try:
        arrival.prove(ports, person_id=leased.person_id, where=where)
    except Refused as refusal:
        return [words.say(f"utter_error_{refusal.code}")], False
    return _talk(ports, leased, "/check_in"), True


def _mark(ports: Ports, person_id: int, *, subscribed: bool) -> None:
    with ports.transaction() as session:
        gone = None if subscribed else clock.wire()
        session.execute(
            sa.update(Person).where(Person.id == person_id).values(subscribed=subscribed, unsubscribed_at=gone)
        )


def _text(ports: Ports, leased: inbox.Leased, text: str) -> tuple[list[Reply], bool]:
    chosen = _chosen(ports, leased, text)
    if chosen is not None:
        return chosen
    urgent = emergency.check(ports, text=text)
    asked_doctor = leased.expects == "question"
    if urgent and not asked_doctor:
        return [urgent], False
    if len(text) > LONGEST:
        return [words.say("utter_too_long")], False
    if not HAS_WORDS.search(text):
        return _signs(ports, leased), False
    hidden = vault.hide(ports, person_id=leased.person_id, text=text, expects=leased.expects)
    try:
        replies = _talk(ports, leased, hidden.text if hidden.whole else neutral(hidden.text))
    except Unavailable:
        if urgent:  # the warning does not wait for the dialogue; the question can be sent again
            return [urgent, words.say("utter_error_unavailable")], False
        raise
    return ([urgent, *replies] if urgent else replies), True


def _signs(ports: Ports, leased: inbox.Leased) -> list[Reply]:
    """A hint, and the open question again where a form is open, which only the dialogue knows."""
    try:
        return _talk(ports, leased, "/only_signs")
    except Unavailable:
        return [words.say("utter_only_signs")]


def _chosen(ports: Ports, leased: inbox.Leased, text: str) -> tuple[list[Reply], bool] | None:
    """A tap, a number or a label of what was offered; None = plain text. A double tap gets the same words twice."""
    menu_id = str(leased.body.get("menu_id") or "")
    payload = choices.pick(
        ports, person_id=leased.person_id, text=text, menu_id=menu_id, asked=leased.expects is not None
    )
    again = replying.tapped_before(ports, leased, menu_id=menu_id) if payload == choices.LATE else None
    if again:  # what that answer offered is still open, so only its words are said again
        return [{k: v for k, v in reply.items() if k != "choices"} for reply in again], False
    return (_talk(ports, leased, payload), True) if payload else None


def neutral(text: str) -> str:
    """A patient's own words can never become a command: rasa takes a leading `/` for an intent."""
    stripped = text.strip()
    return f"／{stripped[1:]}" if stripped.startswith("/") else stripped


def _talk(ports: Ports, leased: inbox.Leased, text: str) -> list[Reply]:
    metadata = {"inbox": callers.token(ports, person_id=leased.person_id, inbox_id=leased.id)}
    return ports.dialogue.talk(conversation=leased.conversation, text=text, metadata=metadata, fresh=leased.fresh)


def failed(ports: Ports) -> list[inbox.Failed]:
    """Messages that could not be answered yet, with the reason, for the staff's list."""
    return inbox.failed(ports)


def unvault(ports: Ports, *, person_id: int, ref: str) -> str:
    """A value that this person entrusted to the vault. Raises PeizhenError('expired')."""
    return vault.get(ports, person_id=person_id, ref=ref)


def keep_question(ports: Ports, *, inbox_id: int) -> str:
    """Put a message into the vault as the question that it is, as the patient wrote it; returns its ref."""
    person_id, text = inbox.text_of(ports, inbox_id=inbox_id)
    return vault.put(ports, person_id=person_id, kind="question", value=text)


def question(ports: Ports, *, person_id: int, ref: str) -> tuple[str, bool]:
    """A question's text and whether it holds a red flag."""
    text = vault.get(ports, person_id=person_id, ref=ref)
    return text, emergency.check(ports, text=text) is not None


# -- sweeping --------------------------------------------------------------------------------------------------
def sweep(ports: Ports, *, limit: int = 50) -> int:
    """Answer what was left open by a worker that died or a part that was down; returns how many were answered."""
    for inbox_id in replying.undecided(ports, older_than_seconds=IDLE_SECONDS, limit=limit):
        replying.settle_late(ports, inbox_id=inbox_id)
    done = 0
    for inbox_id in inbox.waiting(ports, older_than_seconds=IDLE_SECONDS, limit=limit):
        try:
            done += work(ports, inbox_id=inbox_id) is not None
        except Exception as error:  # the next row has another person waiting
            log.error("row %s: %s", inbox_id, type(error).__name__)
    return done


IDLE_SECONDS = 6  # longer than WeChat's own five, so that a live web thread is never overtaken
