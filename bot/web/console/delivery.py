"""投递情况: notices that reached nobody and messages that nobody could answer. Nothing fails silently."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from bot.services import delivery as service
from bot.services import messages
from bot.web.auth import staff_only
from bot.web.console.room import OPERATES, blueprint
from bot.web.context import ports, staff

STATES = {
    "undelivered": "送不到",
    "expired": "过期了",
    "unknown": "可能收到了",
    "held": "等患者下次来消息时补发",
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
}
# A word of the reason → what it means to a person; the whole reason stands beside it.
REASONS = {
    "window_closed": "患者48小时内没有来过消息",
    "window_used_up": "患者这次来消息后能发的条数用完了",
    "unreachable": "患者取消了关注或拒收消息",
    "unsubscribed": "患者取消了关注",
    "user": "患者拒收了消息",
    "no_permission": "公众号没有这个权限，请联系信息科",
    "operator_needed": "公众号的密钥或白名单有问题，请联系信息科",
    "token": "公众号的密钥有问题，请联系信息科",
    "bad_data": "微信不认消息的格式，请联系信息科",
    "bad_field": "模板的内容填不进去，请联系信息科",
    "too_long": "消息太长",
    "day_quota": "公众号今天的发送次数用完了",
    "minute_quota": "公众号发得太快",
    "too_often": "给同一位患者发得太密",
    "busy": "微信忙",
    "network": "微信没有回音，不知道收到没有",
    "http": "微信没有回音，不知道收到没有",
    "bad_answer": "微信的回答读不懂，不知道收到没有",
    "no_answer": "微信没有回音，不知道收到没有",
    "partly": "只发出了一部分",
    "gateway": "短信网关没有回音",
    "no_sms": "没有接短信网关",
    "no_phone": "没有患者的手机号",
    "no_receipt": "微信一直没有说送到没有",
    "no_way": "没有可用的发送方式",
    "consent_never": "患者没有同意接收提醒",
    "consent_withdrawn": "患者收回了接收提醒的同意",
    "consent_outdated": "提醒的说明更新了，患者还没有重新同意",
    "not_shown": "内容已经变了，不用再发",
    "too_many_attempts": "试了太多次",
    "his_unavailable": "医院系统没有回答",
    "night": "夜里不打扰",
    "failed": "微信没有送到",
    "mass_quota": "公众号这个月的群发次数用完了",
    "sent_before": "已经发过了",
    "not_publishable": "微信没有通过审核，请联系信息科",
    "tags": "公众号的标签有问题，请联系信息科",
    "typing": "微信不让显示正在输入",
    "nothing_there": "公众号上没有这样东西，请联系信息科",
    "unknown": "微信不肯发，请联系信息科",
    "system": "微信没有送到",
    "": "没有人来发，请看后台任务是否在运行",
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
        meaning=meaning,
    )


@blueprint.post("/delivery/<int:notice_id>/handled")
@staff_only(*OPERATES)
def handled(notice_id: int) -> Response:
    """Somebody has told the patient otherwise; `note` says how."""
    service.handle(ports(), staff_id=staff().id, notice_id=notice_id, note=request.form.get("note", ""))
    flash("已经记下，这条不再列出。")
    return redirect(url_for("console.delivery"), 303)


def meaning(reason: str) -> str:
    """What a reason means, in a person's words."""
    known = [REASONS[word] for word in reason.replace(":", " ").split(" ") if word in REASONS]
    return known[0] if known else "原因不明，请联系信息科"
