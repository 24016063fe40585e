"""A red flag that was raised stands: for the hours of the rules, or until its person says twice that it is over.

While it stands, every answer begins with what to do, and no triage is below an emergency. Everything else goes on: a
false alarm must not keep anybody from his number. Only that it stands is kept, not why.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.db.messages import Person
from bot.ports import Ports, Reply
from bot.services import choices, emergency, privacy, words
from bot.services.emergency import ASKED, CLEARED, RAISED

# The payload of a choice that answers the second question, as `choices.LATE` does: a late tap changes nothing.
ANSWER = f"{choices.LATE}:flag "
SURE, STILL = f"{ANSWER}over", f"{ANSWER}still"
_WHO = "(?:我|他|她|孩子|宝宝|老人|我[妈爸]|[爷奶]{2})?"
_NOW = "(?:现在|已经|这会儿?|刚才|都|又|就是?|真的?|其实|应该|可能)*"
OVER = re.compile(
    rf"(?:没事|好[的了]|嗯|哦|不是|不用|是的?|对的?|确定)?[，, ]*{_WHO}{_NOW}"
    r"(?:没事|没什么事|没啥事|不要紧|没大碍|好了|好多了|好转了|缓过来|不难受|不疼|不痛|不急|不是急[症诊]|不用(?:去)?急诊|不用(?:打)?120"
    r"|搞错|弄错|说错|打错|误会|开玩笑|逗你玩|不严重|没那么严重)"
    r"(?:的|了|啦|呢|啊|呀|哈|吧|而已)*[，,。.！!~ ]*(?:谢谢|放心)?(?:您|你)?[。.！!~]*"
)
YES = re.compile(r"(?:对|是|嗯|好|确定|确认|真的?没事|没错|可以|行)(?:的|了|呀|啊|吧|对|是)*[。.！!]?")
NO = re.compile(r"(?:不|不是|不确定|没有|还是?(?:疼|痛|难受|不舒服|不好))(?:的|了|呀|啊)*[。.！!]?")


def says_over(text: str) -> bool:
    """没事了, 不是急症 and the like, and nothing else."""
    return bool(OVER.fullmatch(text.strip()))


def ask(ports: Ports) -> Reply:
    """The second question."""
    options = [{"label": "确定没事了", "payload": SURE}, {"label": "还是不舒服", "payload": STILL}]
    return {**_say(ports, "utter_flag_sure"), "choices": options, "alarm": ASKED}


def answered(ports: Ports, *, person_id: int, text: str) -> str:
    """A typed 是的, a second 没事了 or 不是 as the number of the choice that it means; any other text as it is."""
    number = "1" if YES.fullmatch(text.strip()) or says_over(text) else "2" if NO.fullmatch(text.strip()) else ""
    if not number:
        return text
    payload = choices.pick(ports, person_id=person_id, text=number, menu_id="", asked=True)
    return number if payload is not None and payload.startswith(ANSWER) else text


def settle(ports: Ports, *, payload: str) -> Reply:
    """What the answer to the second question gets."""
    if payload == SURE:
        return {**words.say("utter_flag_cleared"), "alarm": CLEARED}
    return {**_say(ports, "utter_flag_still"), "choices": emergency.ways(), "alarm": ASKED}


def on_top(ports: Ports, *, replies: Sequence[Reply]) -> list[Reply]:
    """The replies with the warning above them, unless they speak of the flag themselves or say nothing."""
    return _above(str(_say(ports, "utter_flag_stands")["text"]), replies)


def cautioned(ports: Ports, *, text: str, replies: Sequence[Reply], stands: bool) -> list[Reply]:
    """The replies, and above them when to go at once, if a rule found something in the text that is doubted.

    A transfer is the whole reply, and nothing is none: there the warning comes aloud. While a flag `stands` its own
    words are above the replies.
    """
    found = emergency.doubted(text)
    if not found:
        return list(replies)
    if not replies or any("transfer" in reply for reply in replies):
        loud = emergency.check(ports, text=text)
        return [*([loud] if loud else []), *(reply for reply in replies if "transfer" not in reply)]
    if stands:
        return list(replies)
    place, phone = emergency.nearest(ports)
    line = words.say("utter_flag_doubted", words="、".join(found), place=place, phone=phone)
    return _above(str(line["text"]), replies)


def _above(line: str, replies: Sequence[Reply]) -> list[Reply]:
    if not replies or any("alarm" in reply or "transfer" in reply for reply in replies):
        return list(replies)
    first, *others = replies
    if "text" in first:
        return [{**first, "text": f"{line}\n\n{first['text']}"}, *others]
    return [{"text": line}, *replies]


def note(ports: Ports, session: Session, *, person_id: int, inbox_id: int, replies: Sequence[Reply]) -> None:
    """Raise or clear the flag as the replies say, in the transaction that stores them."""
    done = {reply["alarm"] for reply in replies if "alarm" in reply}
    if RAISED in done:
        stand(ports, session, person_id=person_id)
    elif CLEARED in done:
        _set(session, person_id, None)
        subject = f"inbox/{inbox_id}"
        privacy.audit(
            session, actor_kind="person", actor_id=person_id, action="redflag.clear", subject=subject, at=ports.now()
        )


def stand(ports: Ports, session: Session, *, person_id: int) -> None:
    """Raise the flag, or let it stand longer."""
    _set(session, person_id, ports.now() + timedelta(hours=ports.rules["red_flag_hours"]))


def heard(ports: Ports, *, person_id: int, text: str) -> Reply | None:
    """Check a text that came another way than the chat; a red flag in it stands as one of the chat does."""
    urgent = emergency.check(ports, text=text) if text else None
    if urgent:
        with ports.transaction() as session:
            stand(ports, session, person_id=person_id)
    return urgent


def stands(ports: Ports, *, person_id: int) -> bool:
    """Whether a red flag of this person stands now."""
    query = sa.select(Person.id).where(Person.id == person_id, Person.flagged_until > ports.now())
    with ports.transaction() as session:
        return session.scalar(query) is not None


def _set(session: Session, person_id: int, until: object) -> None:
    person = sa.update(Person).where(Person.id == person_id).values(flagged_until=until)
    session.execute(person.execution_options(synchronize_session=False))


def _say(ports: Ports, name: str) -> Reply:
    place, phone = emergency.nearest(ports)
    return words.say(name, place=place, phone=phone)
