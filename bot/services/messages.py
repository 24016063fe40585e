"""A message's way through the house: leased → understood as far as web may → rasa → rendered → stored.

Red flags are checked here, before and without rasa. What rasa sees has placeholders for people, and in its metadata
nothing but a signed inbox id, by which actions find out who is asking.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence

from bot import clock
from bot.errors import Unavailable
from bot.ports import Ports, Reply
from bot.services import (
    audit,
    choices,
    emergency,
    flagged,
    gestures,
    handoff,
    inbox,
    keeping,
    oddities,
    outcomes,
    replying,
    talk_chat,
    talking,
    unclear,
    unwritten,
    vault,
    views,
    voices,
    words,
)

log = logging.getLogger(__name__)

LONGEST = 2000  # characters of one message that the dialogue takes
APOLOGISE_AFTER_SECONDS = 120  # rasa gone that long: say so rather than keep silent
WARNING_SECONDS = 0.6  # the dialogue may add so long to a warning; then the warning goes out alone
MOST_TRIES = 100  # a part that is down for APOLOGISE_AFTER_SECONDS uses up about eighty
HAS_WORDS = re.compile(r"[\w]")
FOR_A_DOCTOR = frozenset({"question", "reply", "detail"})  # expected words that go to the doctor, urgent or not


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
        return keeping.give(ports, leased) or _answer(ports, leased)
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


def _answer(ports: Ports, leased: inbox.Leased) -> list[Reply] | None:
    replies, talked = _think(ports, leased)
    return _store(ports, leased, replies, talked=talked)


def alarm(ports: Ports, *, inbox_id: int) -> list[Reply] | None:
    """Answer a red flag out of turn: it waits for no earlier message and no free worker. None = it is none."""
    found = inbox.peek(ports, inbox_id=inbox_id)
    if found is None:
        return None
    asked_doctor = found[1] in FOR_A_DOCTOR
    if asked_doctor and (clock.wire() - found[2]).total_seconds() < WARNING_SECONDS:
        return None  # a question goes to the doctor too, in its turn, if that comes soon
    words_of = str(found[0].get("text") or "")
    urgent = emergency.check(ports, text=words_of, softly=not asked_doctor) if words_of else None
    leased = inbox.lease(ports, inbox_id=inbox_id, urgent=True) if urgent else None
    if leased:
        for tell in (talk_chat.overheard, handoff.overheard):
            tell(ports, person_id=leased.person_id, inbox_id=leased.id, text=words_of)
    if not leased or not urgent:
        return None
    alone = [urgent, words.say("utter_error_unavailable")] if asked_doctor else [urgent]
    return _store(ports, leased, alone, talked=False)


def out_of_order(ports: Ports, *, inbox_id: int) -> bool:
    """Whether an answer given now would be read before one that is on its way.

    A warning never waits for another, nor does an answer that begins with one.
    """
    if not ports.channel.later or not replying.overtaking(ports, inbox_id=inbox_id):
        return False
    _, text = inbox.text_of(ports, inbox_id=inbox_id)
    return emergency.check(ports, text=text) is None


def _too_old(leased: inbox.Leased) -> bool:
    return (clock.wire() - leased.received_at).total_seconds() > APOLOGISE_AFTER_SECONDS


def _worn_out(leased: inbox.Leased) -> bool:
    """Whether worker after worker died on it."""
    return leased.attempts > MOST_TRIES and _too_old(leased)


def _apologise(ports: Ports, leased: inbox.Leased, name: str) -> list[Reply] | None:
    text = str(leased.body.get("text") or "")
    urgent = emergency.check(ports, text=text) if text else None
    sorry = [words.say(name), outcomes.mark(outcome="failed")]
    return _store(ports, leased, [urgent, *sorry] if urgent else sorry, talked=False)


def _store(ports: Ports, leased: inbox.Leased, replies: Sequence[Reply], *, talked: bool) -> list[Reply] | None:
    said, came = outcomes.apart(replies, expects=leased.expects)
    drawn = views.render(ports, person_id=leased.person_id, replies=said)
    if leased.flagged:
        drawn = flagged.on_top(ports, replies=drawn)
    expects = next((r["expects"] for r in reversed(drawn) if r.get("expects")), None)
    with ports.transaction() as session:
        shown = drawn
        if talked or any(reply.get("choices") for reply in drawn):  # an aside leaves open what was offered
            shown = choices.offer(ports, session, person_id=leased.person_id, inbox_id=leased.id, replies=drawn)
        shown = [{k: v for k, v in reply.items() if k not in {"expects", "aside", "alarm"}} for reply in shown]
        stored = replying.answered(ports, session, leased, replies=shown, expects=expects, talked=talked, came=came)
        if stored:
            flagged.note(ports, session, person_id=leased.person_id, inbox_id=leased.id, replies=drawn)
    return shown if stored else None


def _think(ports: Ports, leased: inbox.Leased) -> tuple[list[Reply], bool]:
    """Replies, and whether rasa had a turn."""
    kind = leased.body["kind"]
    if kind in {"event", "voice"}:
        return gestures.event(ports, leased) if kind == "event" else (unwritten.voice(ports, leased), False)
    passed_on = unwritten.for_a_person(ports, leased, leased.body)
    if passed_on is not None:
        return passed_on, False
    text = str(leased.body.get("text") or "")
    if kind == "location":
        return gestures.place(ports, leased)
    if kind in {"image", "unknown"}:  # of the latter nobody knows whether a person did anything
        return (unwritten.picture(ports, leased) if kind == "image" else []), False
    if kind != "text" and not text:
        return [words.say(f"utter_got_{kind}" if words.known(f"utter_got_{kind}") else "utter_got_other")], False
    return _text(ports, leased, text)


def _text(ports: Ports, leased: inbox.Leased, text: str) -> tuple[list[Reply], bool]:
    text = oddities.visible(text)
    chosen = _chosen(ports, leased, text)
    return chosen if chosen is not None else _said(ports, leased, text)


def _said(ports: Ports, leased: inbox.Leased, text: str) -> tuple[list[Reply], bool]:
    """Words of the patient's own, typed, or spoken and confirmed."""
    asked_doctor = leased.expects in FOR_A_DOCTOR
    urgent = emergency.check(ports, text=text, softly=not asked_doctor)
    if urgent and not asked_doctor:
        return [urgent], False
    replies, talked = _ordinary(ports, leased, text, warned=urgent is not None)
    if urgent:
        return [urgent, *replies], talked
    return flagged.cautioned(ports, text=text, replies=replies, stands=leased.flagged), talked


def _ordinary(ports: Ports, leased: inbox.Leased, text: str, *, warned: bool) -> tuple[list[Reply], bool]:
    """What is said to words that raised no alarm, or below it to those that go to a doctor."""
    if leased.flagged and flagged.says_over(text):
        return [flagged.ask(ports)], False
    if len(text) > LONGEST:
        return [words.say("utter_too_long")], False
    if not HAS_WORDS.search(text):
        return _signs(ports, leased), False
    odd = None if leased.expects in FOR_A_DOCTOR else oddities.kind(text)
    try:
        meant = f'/odd{{"kind": "{odd}"}}' if odd else _hidden(ports, leased, text)
        return talking.turn(ports, leased, meant, patience=WARNING_SECONDS if warned else None), True
    except Unavailable:
        loud = None if warned else emergency.check(ports, text=text)  # no answer can say it more softly
        if not warned and loud is None:
            raise
        # The warning does not wait for the dialogue; the question can be sent again.
        return [*([loud] if loud else []), words.say("utter_error_unavailable")], False


def _hidden(ports: Ports, leased: inbox.Leased, text: str) -> str:
    """What the dialogue sees of it."""
    hidden = vault.hide(ports, person_id=leased.person_id, text=text, expects=leased.expects, inbox_id=leased.id)
    return hidden.text if hidden.whole else talking.neutral(hidden.text)


def _signs(ports: Ports, leased: inbox.Leased) -> list[Reply]:
    """A hint, and the open question again where a form is open, which only the dialogue knows."""
    try:
        return talking.turn(ports, leased, "/only_signs")
    except Unavailable:
        return [words.say("utter_only_signs")]


def _chosen(ports: Ports, leased: inbox.Leased, text: str) -> tuple[list[Reply], bool] | None:
    """A tap, a number or a label of what was offered; None = plain text. A double tap gets the same words twice."""
    menu_id = str(leased.body.get("menu_id") or "")
    if not menu_id:
        text = voices.answered(ports, person_id=leased.person_id, text=text)
        text = flagged.answered(ports, person_id=leased.person_id, text=text) if leased.flagged else text
    payload = choices.pick(
        ports, person_id=leased.person_id, text=text, menu_id=menu_id, asked=leased.expects is not None
    )
    again = replying.tapped_before(ports, leased, menu_id=menu_id) if payload == choices.LATE else None
    if again:  # what that answer offered is still open, so only its words are said again
        return [{k: v for k, v in reply.items() if k != "choices"} for reply in again], False
    if payload and payload.startswith(voices.HEARD):
        spoken = voices.confirmed(ports, person_id=leased.person_id, payload=payload)
        return _spoken(ports, leased, spoken)
    if payload and payload.startswith(flagged.ANSWER):
        return [flagged.settle(ports, payload=payload)], False
    if payload and payload.startswith(talk_chat.HERE):
        return talk_chat.came(ports, person_id=leased.person_id, payload=payload), False
    return _tapped(ports, leased, payload) if payload else None


def _tapped(ports: Ports, leased: inbox.Leased, payload: str) -> tuple[list[Reply], bool]:
    meant = unclear.corrected(ports, payload=payload)
    came = [outcomes.mark(outcome="corrected")] if meant != payload else []
    return [*talking.turn(ports, leased, meant), *came], True


def _spoken(ports: Ports, leased: inbox.Leased, text: str) -> tuple[list[Reply], bool]:
    """What was said back and confirmed, as if it had been typed; '' = it was not what he said."""
    if not text:
        return [words.say("utter_voice_again")], False
    inbox.put_words(ports, leased, text=text)
    return _said(ports, leased, text)


def failed(ports: Ports) -> list[inbox.Failed]:
    """Messages that could not be answered yet, with the reason, for the staff's list."""
    return inbox.failed(ports)


def unreadable(ports: Ports) -> list[inbox.Quarantined]:
    """Posts that WeChat signed and nobody could read, newest first, for the staff's list."""
    return inbox.quarantined(ports)


def unvault(ports: Ports, *, person_id: int, ref: str) -> str:
    """A value that this person entrusted to the vault. Raises PeizhenError('expired')."""
    return vault.get(ports, person_id=person_id, ref=ref)


def keep_question(ports: Ports, *, inbox_id: int) -> str:
    """Put a message into the vault as the question that it is, as the patient wrote it; returns its ref."""
    person_id, text = inbox.text_of(ports, inbox_id=inbox_id)
    return vault.put(ports, person_id=person_id, kind="question", value=text)


def question(ports: Ports, *, person_id: int, ref: str) -> tuple[str, bool]:
    """A question's text and whether it holds a red flag, or its asker has one that stands."""
    text = vault.get(ports, person_id=person_id, ref=ref)
    return text, emergency.check(ports, text=text) is not None or flagged.stands(ports, person_id=person_id)


# -- sweeping --------------------------------------------------------------------------------------------------
def sweep(ports: Ports, *, limit: int = 50) -> int:
    """Answer what was left open by a worker that died or a part that was down; returns how many were answered."""
    idle = IDLE_SECONDS if ports.channel.later else LADDER_SECONDS
    for inbox_id in replying.undecided(ports, older_than_seconds=idle, limit=limit):
        replying.settle_late(ports, inbox_id=inbox_id)
    done = 0
    for inbox_id in inbox.waiting(ports, older_than_seconds=IDLE_SECONDS, limit=limit):
        try:
            done += work(ports, inbox_id=inbox_id) is not None
        except Exception as error:  # the next row has another person waiting
            log.error("row %s: %s", inbox_id, type(error).__name__)
    return done


LADDER_SECONDS = 20  # longer than three attempts: where nothing can follow, one of them must still say 查看回复
IDLE_SECONDS = 6  # longer than WeChat's own five, so that a live web thread is never overtaken
