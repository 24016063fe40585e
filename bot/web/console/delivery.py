"""投递情况: notices that reached nobody and messages that nobody could answer. Nothing fails silently."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from bot.services import delivery as service
from bot.services import messages, resting
from bot.web.auth import staff_only
from bot.web.console.reasons import CALLS, failing, meaning, unreadable
from bot.web.console.room import OPERATES, blueprint
from bot.web.context import ports, staff

KINDS = {
    "text": "文字",
    "event": "关注、扫码或点菜单",
    "image": "图片",
    "voice": "语音",
    "video": "视频",
    "location": "位置",
    "link": "链接",
    "file": "文件",
}
STATES = {
    "undelivered": "送不到",
    "expired": "过期了",
    "unknown": "可能收到了",
    "held": "先留着，能发时补发",
    "sent": "没有回执",
}
RUNGS = {
    "customer": "客服消息",
    "template": "模板消息",
    "care": "就医助手",
    "subscription": "订阅通知",
    "sms": "短信",
}
TRIES = {
    "asked": "没有回音",
    "unknown": "没有回音",
    "taken": "已发出",
    "arrived": "已送达",
    "failed": "没送达",
    "refused": "发不了",
    "later": "暂时发不了",
    "paused": "微信让先别发",
}


@blueprint.get("/delivery")
@staff_only(*OPERATES)
def delivery() -> str:
    return render_template(
        "console/delivery.html",
        notices=service.undelivered(ports()),
        failures=messages.failed(ports()),
        unreadable=messages.unreadable(ports()),
        states=STATES,
        rungs=RUNGS,
        tries=TRIES,
        kinds=KINDS,
        resting=resting.standing(ports()),
        calls=CALLS,
        meaning=meaning,
        failing=failing,
        unread=unreadable,
    )


@blueprint.post("/delivery/<int:notice_id>/handled")
@staff_only(*OPERATES)
def handled(notice_id: int) -> Response:
    """Somebody has told the patient otherwise; `note` says how."""
    service.handle(ports(), staff_id=staff().id, notice_id=notice_id, note=request.form.get("note", ""))
    flash("已经记下，这条不再列出。")
    return redirect(url_for("console.delivery"), 303)
