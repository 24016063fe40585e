"""The console's blueprint and its ways around: who sees which link."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint
from flask_login import current_user
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup

blueprint = Blueprint("console", __name__, url_prefix="/console")

ANSWERS = ("doctor", "head")
EDITS = ("editor", "head")
OPERATES = ("operator",)
WRITES = ("editor",)  # articles and notices to followers …
SENDS = ("editor", "operator")  # … and whoever approves and stops them
SERVES = ("service",)
INSIGHT = ("head", "editor", "operator", "auditor")  # each his own figures: bot/services/insight_window.py
REVIEWS = ("editor", "operator", "auditor")
ROLE_NAMES = {
    "doctor": "医生",
    "head": "科主任",
    "editor": "内容编辑",
    "finance": "财务",
    "operator": "运维",
    "auditor": "审计",
    "service": "客服",
}


@dataclass(frozen=True)
class Way:
    """One link of the navigation; `roles` are those of the view behind it."""

    endpoint: str
    label: str
    roles: tuple[str, ...]


WAYS = (
    Way("console.questions", "患者提问", ANSWERS),
    Way("console.given", "我的回答", ANSWERS),
    Way("console.visits", "今日预约", ANSWERS),
    Way("console.answered", "已答问题", EDITS),
    Way("console.entries", "常见问答", EDITS),
    Way("console.unclear", "没听懂的话", WRITES),
    Way("console.handoffs", "人工会话", SERVES),
    Way("console.alarms", "告警", OPERATES),
    Way("console.delivery", "投递情况", OPERATES),
    Way("console.suspensions", "爽约申诉", OPERATES),
    Way("console.broadcasts", "群发", SENDS),
    Way("console.insight", "数据看板", INSIGHT),
    Way("console.reviews", "会话复核", REVIEWS),
)


def ways(role: str) -> list[Way]:
    return [way for way in WAYS if role in way.roles]


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
    return {"me": me, "ways": ways(me.role), "role_name": ROLE_NAMES.get(me.role, me.role)}
