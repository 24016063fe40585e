"""What a form does when a message is neither an answer nor a wish: 什么意思, 名字写错了, 还是刚才那个, 随便, 第九个."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from actions import thread
from actions.base import Heard
from bot.services import choices, words

LONGEST_WHY = 18  # characters; a longer question is about something else
WHY = re.compile(
    "为什么|为啥|为何|干[嘛吗啥]要?|凭什么|什么意思|啥意思|是什么[呀啊]?$|是啥|有什么用|有啥用|安全吗|泄露|泄漏|骗"
    "|怎么[填选]|咋[填选]|不会[填选]|有什么区别|有啥区别|有啥不同|哪里看|在哪[里儿]?看|必须[要填]|一定要|可以不|能不能不"
)
# What these name has answers of its own: 高血压是什么意思.
TOPICS = frozenset({"symptom", "exam", "drug", "report_item"})
WRONG = re.compile("错|不对|不是这|重填|重新填|重写|改")
LONGEST_CORRECTION = 12
CALLED = {  # what patients call the answer that they take back
    "person_name": "名字|姓名",
    "id_number": "身份证|证件",
    "phone": "手机|电话|号码",
    "card": "就诊人|卡|看病的人",
    "hospital": "医院",
    "department": "科",
    "doctor": "医生|大夫",
    "day": "日子|日期|哪天",
    "half_hour": "时间|几点|时段",
    "ask_department": "科|医生",
    "complaint": "症状|不舒服",
}
VAGUE = re.compile(thread.VAGUE.pattern + "|不知道|不清楚|不晓得|记不清|不记得|不好说|说不清|忘了|没想好")


def why(heard: Heard, asked: str) -> str | None:
    """The response that says why this is asked; None = that is not the question."""
    if heard.entrusted or heard.tapped or len(heard.text) > LONGEST_WHY or not WHY.search(heard.text):
        return None
    return None if any(e["entity"] in TOPICS for e in heard.entities) else _response("why", asked)


def vague(heard: Heard, asked: str) -> str | None:
    """The response to 随便 where somebody has to choose."""
    if thread.BOTH.fullmatch(heard.text):
        return "utter_one_at_a_time"
    return _response("vague", asked) if VAGUE.search(heard.text) and not heard.tapped else None


def number(heard: Heard) -> int | None:
    """A number that picks none of the choices that are open."""
    return None if heard.tapped else choices.number(heard.text)


def undoes(heard: Heard) -> bool:
    """还是刚才那个."""
    return bool(thread.AGAIN.fullmatch(heard.text))


def undo(heard: Heard, state: dict[str, Any], former: Mapping[str, Any] | None) -> str | None:
    """The answers as they were before the last change into `state`; what is said, None = nothing to go back to."""
    if former is None or not undoes(heard):
        return None
    state.update(former)
    return "utter_again_what"


def take_back(heard: Heard, asked: str, state: dict[str, Any], goes_with: Mapping[str, tuple[str, ...]]) -> str | None:
    """Forget the answer that 身份证写错了 names without saying the right one; what is said, None = it names none."""
    answered = (slot for slot in reversed(state) if slot != asked and state[slot] is not None and slot in CALLED)
    slot = taken_back(heard, {slot: CALLED[slot] for slot in answered})
    if slot is None:
        return None
    state.update(dict.fromkeys((slot, *goes_with.get(slot, ()))))
    return "utter_corrected"


def taken_back(heard: Heard, called: Mapping[str, str]) -> str | None:
    """Which of the answers (name → what patients call it) is said to be wrong, the right one not being said."""
    if heard.tapped or heard.named or len(heard.text) > LONGEST_CORRECTION or not WRONG.search(heard.text):
        return None
    return next((name for name, words in called.items() if re.search(words, heard.text)), None)


def _response(kind: str, asked: str) -> str:
    own = f"utter_{kind}_{asked}"
    return own if words.known(own) else f"utter_{kind}"
