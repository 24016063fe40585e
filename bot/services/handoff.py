"""A person instead of the bot, the patient's side: asked for, waited for, talked to, and back where one was.

While a talk is live the bot keeps silent: every message goes to the person, a red flag still gets its warning at once.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from bot.db.handoff import Handoff
from bot.errors import PeizhenError
from bot.ports import Ports, Reply
from bot.services import emergency, service_hours, talk_rows, words
from bot.services import handoff_ends as ends
from bot.services import handoff_rows as rows
from bot.services.handoff_ends import WECHAT
from bot.services.leaving import leaves

log = logging.getLogger(__name__)

WISH = "handoff"  # the key of a reply of the dialogue that asks for a person; its value: what was being done
OUT = re.compile(
    r"(?:我?要?|请|麻烦)?(?:(?:退出|结束|关闭|离开|不[要找用])(?:人工|客服)(?:服务|客服|了)*|返回|退出|结束)[吧了。.！!]*"
)
# Another wish of ours and nothing else; 挂号费退了吗 is what the staff is to read.
OURS = re.compile(
    r"(?:我|想|要|请|帮我?|还是|先)*(?:转?人工(?:服务|客服)?|菜单|帮助|挂号|挂个号|预约|排队|停车|问医生|查报告|我的(?:预约|报告|提问|数据)"
    r"|绑定?(?:就诊)?卡|不知道看哪科|查价格)[吧。.！!]*"
)
LONGEST = 2000  # characters of one message that are kept for the staff
SEEN_KINDS = {
    "image": "（发来一张图片）",
    "voice": "（发来一段语音）",
    "video": "（发来一段视频）",
    "location": "（发来一个位置）",
}


def wished(
    ports: Ports, *, person_id: int, inbox_id: int, body: Mapping[str, Any], replies: Sequence[Reply]
) -> list[Reply]:
    """Fulfil the dialogue's wish for a person; without one, or where nobody can be had, its replies as they are."""
    wish = next((reply for reply in replies if WISH in reply), None)
    if wish is None:
        return list(replies)
    if ports.handoff is None:
        return [{name: value for name, value in reply.items() if name != WISH} for reply in replies]
    if talk_rows.waits_for(ports, person_id):
        return [words.say("utter_live_talk_waits")]
    expects = next((reply["expects"] for reply in reversed(replies) if reply.get("expects")), None)
    answer = _begin(ports, person_id, inbox_id, body, str(wish[WISH]))
    return [{**answer, **({"expects": expects} if expects else {})}]  # the open question stays what it was


def listen(ports: Ports, *, person_id: int, inbox_id: int, body: Mapping[str, Any]) -> list[Reply] | None:
    """Take a message that is for a person; None = it is the bot's."""
    talk = ends.live(ports, person_id) if ports.handoff is not None else None
    if talk is None:
        return None
    text = str(body.get("text") or "")
    if wants_out(talk, text):
        return _left(ports, talk)
    if talk.state != "asked":
        return _heard(ports, talk, inbox_id, body)
    if OURS.fullmatch(text.strip()):
        return _given_up(ports, talk)
    return _unreadable(talk, text) or _heard(ports, talk, inbox_id, body)


def overheard(ports: Ports, *, person_id: int, inbox_id: int, text: str) -> None:
    """Let the person read what was answered out of turn."""
    talk = ends.live(ports, person_id) if ports.handoff is not None else None
    if talk is not None:
        with ports.transaction() as session:
            rows.add_line(ports, session, talk, key=f"{inbox_id}:line", text=text)


def _begin(ports: Ports, person_id: int, inbox_id: int, body: Mapping[str, Any], doing: str) -> Reply:
    account, way, key = _free(ports), _way(ports), f"{inbox_id}:handoff"
    by_tap = body.get("kind") == "event" or bool(body.get("menu_id"))
    # WeChat hands over a user's message; a tap on the account's menu is none.
    at_once = account is not None and not (way == WECHAT and body.get("kind") == "event")
    facts = {"way": way, "state": "queued" if at_once else "asked", "doing": doing, "account": account or ""}
    with ports.transaction() as session:
        talk = rows.begin(ports, session, person_id=person_id, key=key, **facts)
        if body.get("text") and not by_tap:
            rows.add_line(ports, session, talk, key=f"{inbox_id}:line", text=str(body["text"]))
    if talk.key != key:
        return words.say("utter_handoff_already")
    if talk.state == "asked":
        return words.say("utter_handoff_write") if account is not None else _nobody(ports)
    return _queued(ports, talk)


def _heard(ports: Ports, talk: Any, inbox_id: int, body: Mapping[str, Any]) -> list[Reply]:
    """One message for the person; a red flag in it is warned of at once."""
    text = str(body.get("text") or "")
    said = text or SEEN_KINDS.get(str(body.get("kind")), "（发来一条看不了的消息）")
    pass_on = _handed_over if talk.state == "asked" else _passed_on
    answers = pass_on(ports, talk, inbox_id, said[:LONGEST])
    urgent = emergency.check(ports, text=text) if text else None
    if urgent:  # a transfer is the whole reply, and the warning cannot wait for it
        warning = {name: value for name, value in urgent.items() if name != "choices"}  # his next words go to a person
        return [warning, *(answer for answer in answers if "transfer" not in answer)]
    return [*answers, *_unreadable(talk, text)]


def _handed_over(ports: Ports, talk: Any, inbox_id: int, said: str) -> list[Reply]:
    """The one message that we asked for: to somebody who is there, else to the staff's list."""
    account = _free(ports)
    with ports.transaction() as session:
        rows.add_line(ports, session, talk, key=f"{inbox_id}:line", text=said)
        if account is None:
            rows.keep(ports, session, talk)
        else:
            asked, now = Handoff.state == "asked", ports.now()
            rows.step(session, talk.id, asked, state="queued", account=account, heard_at=now)
            talk.account = account
    if account is None:
        return [words.say("utter_handoff_kept", when=service_hours.in_words(ports))]
    return [_queued(ports, talk)]


def _passed_on(ports: Ports, talk: Any, inbox_id: int, said: str) -> list[Reply]:
    """One more message for the person: silence, or WeChat's own handing over, which queueing messages need each."""
    with ports.transaction() as session:
        if rows.add_line(ports, session, talk, key=f"{inbox_id}:line", text=said):
            waited = Handoff.waited + (1 if talk.state == "queued" else 0)
            heard = {} if ends.with_wechat(talk) else {"heard_at": ports.now()}
            rows.step(session, talk.id, Handoff.live == 1, waited=waited, **heard)
    return [_transfer(talk)] if talk.way == WECHAT else []


def _left(ports: Ports, talk: Any) -> list[Reply]:
    with ports.transaction() as session:
        rows.end(ports, session, talk, by="patient")
    if talk.state == "asked":
        return [words.say("utter_handoff_left")]
    return [{"view": "handoff_over", "ref": talk.ref}]


def _given_up(ports: Ports, talk: Any) -> list[Reply] | None:
    """Something else of ours instead of the message that we asked for: the bot takes it."""
    with ports.transaction() as session:
        rows.end(ports, session, talk, by="patient")
    return None


def wants_out(talk: Any, text: str) -> bool:
    """Said to the bot; to a person who has the patient, 取消 may be an answer."""
    return bool(OUT.fullmatch(text.strip())) or (talk.state != "open" and leaves(text))


def _unreadable(talk: Any, text: str) -> list[Reply]:
    """Our own console shows words."""
    return [] if text or talk.way == WECHAT else [words.say("utter_handoff_words_only")]


def _queued(ports: Ports, talk: Any) -> Reply:
    if talk.way == WECHAT:
        return _transfer(talk)
    with ports.transaction() as session:
        before = sa.select(sa.func.count(Handoff.id)).where(Handoff.state == "queued", Handoff.id < talk.id)
        ahead = int(session.scalar(before) or 0)
    return words.say("utter_handoff_waiting", ahead=f"，前面还有{ahead}位" if ahead else "")


def _transfer(talk: Any) -> Reply:
    return {"transfer": {"account": talk.account} if talk.account else {}}


def _nobody(ports: Ports) -> Reply:
    if service_hours.next_opening(ports) is None and _there(ports):
        return words.say("utter_handoff_busy")
    if service_hours.next_opening(ports) is None:
        return words.say("utter_handoff_away", when=service_hours.before_closing(ports))
    return words.say("utter_handoff_nobody", when=service_hours.in_words(ports))


def _there(ports: Ports) -> bool:
    assert ports.handoff is not None
    try:
        return ports.handoff.there()
    except PeizhenError:  # `_free` has said so
        return False


def _way(ports: Ports) -> str:
    assert ports.handoff is not None
    return ports.handoff.way


def _free(ports: Ports) -> str | None:
    """Who can take a patient now; whom we cannot ask is not there."""
    assert ports.handoff is not None
    try:
        return ports.handoff.free()
    except PeizhenError as error:
        log.warning("who is on duty is not known: %s", error.code)
        return None
