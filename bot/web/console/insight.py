"""数据看板: what patients asked, where the assistant failed, whether promises were kept: charts, tables, a file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from flask import Response, render_template, request

from bot.errors import BadInput
from bot.services import insight as service
from bot.services.insight_answers import Times
from bot.services.insight_talks import Day
from bot.web import csv_file
from bot.web.auth import staff_only
from bot.web.console import charts
from bot.web.console.room import INSIGHT, blueprint
from bot.web.context import ports, staff

USUAL = 7  # days
OUTCOMES = {
    "answered": "答上了",
    "missed": "没听懂",
    "odd": "不是要办的事",
    "person": "要找人工",
    "corrected": "先猜错、患者改过来",
    "red_flag": "提醒了急症",
    "cleared": "患者说没事了",
    "failed": "出错没答成",
}
HEADER = ("类别", "日期或名称", "项目", "数值")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@blueprint.get("/insight")
@staff_only(*INSIGHT)
def insight() -> str:
    found = _overview()
    return render_template(
        "console/insight.html",
        found=found,
        spans=service.SPANS,
        span=len(found.window.days),
        outcomes=OUTCOMES,
        charts=charts,
        least=ports().rules["insight_least"],
        short=_short,
        took=took,
        percent=percent,
    )


@blueprint.get("/insight.csv")
@staff_only(*INSIGHT)
def insight_file() -> Response:
    """The same figures, one a row. Raises BadInput."""
    return csv_file.file("数据看板.csv", HEADER, _rows(_overview()))


def _overview() -> service.Overview:
    """Raises BadInput, Refused."""
    asked = request.args.get("days", str(USUAL))[:3]
    if not (asked.isascii() and asked.isdecimal()):
        raise BadInput("bad_span")
    department = request.args.get("department", "")[:64] or None
    return service.overview(ports(), staff=staff(), days=int(asked), department=department)


def took(duration: timedelta | None) -> str:
    """3 小时, 1.5 天, 20 分钟; — where there were too few."""
    if duration is None:
        return "—"
    if duration >= 2 * DAY:
        return f"{duration / DAY:.1f} 天"
    return f"{duration / HOUR:.1f} 小时" if duration >= HOUR else f"{duration / timedelta(minutes=1):.0f} 分钟"


def percent(share: float | None) -> str:
    return "—" if share is None else f"{share * 100:.0f}%"


def _short(day: Day) -> str:
    return f"{day.day.month}/{day.day.day}"


def _rows(found: service.Overview) -> Iterator[tuple[csv_file.Cell, ...]]:
    window = found.window
    yield ("范围", f"{window.since}–{window.until}", "科室", found.department_name or "全院")
    if found.talks:
        for day in (*found.talks.days, found.talks.total):
            name = "合计" if day is found.talks.total else str(day.day)
            facts = {"消息": day.messages, "患者": day.patients, "对话": day.turns, "没帮上": day.unmet}
            yield from (("对话", name, what, number) for what, number in facts.items())
        yield from (("结果", OUTCOMES[name], "次数", count) for name, count in found.talks.outcomes.items())
    for kind, topics in (("想办的事", found.topics), ("问到的科室", found.places)):
        for topic in topics.shown if topics else ():
            yield (kind, topic.name, "患者", topic.patients)
            yield (kind, topic.name, "次数", topic.times)
    yield from _answer_rows(found)
    if found.bookings:
        yield ("挂号", "对话里", "想挂号", found.bookings.begun)
        yield ("挂号", "对话里", "挂上", found.bookings.finished)
        yield ("挂号", "全部", "挂上", found.bookings.made)
    if found.notices:
        yield ("通知", "全部", "产生", found.notices.sent)
        yield from (("通知", what, "没送到", count) for what, count in found.notices.kinds)


def _answer_rows(found: service.Overview) -> Iterator[tuple[csv_file.Cell, ...]]:
    if not found.answers:
        return
    facts = {"提问": found.answers.asked, "可能急症": found.answers.flagged, "现在超时": found.answers.waiting_late}
    yield from (("问医生", "全部", what, number) for what, number in facts.items())
    for times in (found.answers.all, *found.answers.departments):
        yield from _times_rows(times)
    for n, count in enumerate(found.answers.stars.counts or (), start=1):
        yield ("评分", f"{n} 星", "次数", count)


def _times_rows(times: Times) -> Iterator[tuple[csv_file.Cell, ...]]:
    name = times.name or "全部"
    yield ("回答", name, "已回答", times.answered)
    for what, duration in (("中位用时（小时）", times.median), ("九成在内（小时）", times.nine_of_ten)):
        yield ("回答", name, what, None if duration is None else round(duration / HOUR, 2))
    yield ("回答", name, "按时率", None if times.in_time is None else round(times.in_time, 3))
