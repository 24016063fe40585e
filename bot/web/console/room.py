"""The console's blueprint and its ways around: who sees which link."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint
from flask_login import current_user
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup

from bot.web import doors
from bot.web.doors import ANSWERS, AUDITS, EDITS, INSIGHT, OPERATES, REVIEWS, ROLE_NAMES, SENDS, SERVES, WRITES

__all__ = [
    "ANSWERS",
    "AUDITS",
    "EDITS",
    "INSIGHT",
    "OPERATES",
    "REVIEWS",
    "ROLE_NAMES",
    "SENDS",
    "SERVES",
    "WRITES",
    "blueprint",
    "ways",
]
blueprint = Blueprint("console", __name__, url_prefix="/console")


@dataclass(frozen=True)
class Way:
    """One link of the navigation; `roles` are those of the row of its page."""

    endpoint: str
    label: str
    roles: tuple[str, ...]


WAYS = (
    Way("console.questions", "患者提问", ANSWERS),
    Way("console.given", "我的回答", ANSWERS),
    Way("console.phrases", "常用语", ANSWERS),
    Way("console.visits", "今日预约", ANSWERS),
    Way("console.signing", "待签字", ANSWERS),
    Way("console.talks", "约好的咨询", ANSWERS),
    Way("console.answered", "已答问题", EDITS),
    Way("console.entries", "常见问答", EDITS),
    Way("console.missed", "没找到的问题", EDITS),
    Way("console.unclear", "没听懂的话", WRITES),
    Way("console.handoffs", "人工会话", SERVES),
    Way("console.alarms", "告警", OPERATES),
    Way("console.delivery", "投递情况", OPERATES),
    Way("console.suspensions", "爽约申诉", OPERATES),
    Way("console.broadcasts", "群发", SENDS),
    Way("console.accounts", "账号", OPERATES),
    Way("console.trail", "查阅记录", AUDITS),
    Way("console.insight", "数据看板", INSIGHT),
    Way("console.reviews", "会话复核", REVIEWS),
)


def ways(role: str) -> list[Way]:
    return [way for way in WAYS if doors.may(role, way.endpoint)]


@blueprint.context_processor
def _around() -> dict[str, object]:
    return {"csrf": _csrf, **_who()}


def _csrf() -> Markup:
    """The hidden field of every form."""
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(generate_csrf())


def _who() -> dict[str, object]:
    if not current_user.is_authenticated:
        return {"me": None, "ways": []}
    me = current_user.staff
    around = {"ways": [] if current_user.due else ways(me.role), "role_name": ROLE_NAMES.get(me.role, me.role)}
    return {"me": me, "may": lambda name: doors.may(me.role, f"console.{name}"), **around}
