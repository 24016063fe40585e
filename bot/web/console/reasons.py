"""What a reason is called in front of staff: words for a person, never the program's own."""

from __future__ import annotations

import re

# A word of the reason → what it means to a person; WeChat's code stands behind it.
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
    "nothing_to_say": "这条消息没有能放进模板的内容",
    "not_allowed": "患者没有点允许订阅通知",
    "stopped": "群发被停下了",
    "broken": "处理时出了错，请联系信息科",
    "refused": "短信网关不肯发",
    "unavailable": "有一部分系统没有回答",
    "sms_unavailable": "短信网关没有回音",
    "pay_unavailable": "支付平台没有回答",
    "articles_unknown": "微信没有回音，不知道收到没有",
    "oauth_code": "微信授权已经用过，请患者重新进入",
    "mass_quota": "公众号这个月的群发次数用完了",
    "sent_before": "已经发过了",
    "not_publishable": "微信没有通过审核，请联系信息科",
    "tags": "公众号的标签有问题，请联系信息科",
    "typing": "微信不让显示正在输入",
    "nothing_there": "公众号上没有这样东西，请联系信息科",
    "unknown": "微信不肯发，请联系信息科",
    "system": "微信没有送到",
    "sending": "微信没有送到",
    "": "没有人来发，请看后台任务是否在运行",
}
# Calls of WeChat's, where a person has a word for them.
CALLS = {
    "*": "全部接口",
    "message/custom/send": "客服消息",
    "message/template/send": "模板消息",
    "message/subscribe/bizsend": "订阅通知",
    "/cityservice/sendchannelmsg": "就医助手",
    "message/custom/typing": "正在输入",
    "media/upload": "上传图片",
    "media/get": "下载图片和语音",
    "stable_token": "公众号密钥",
}
UNKNOWN = "原因不明，请联系信息科"
BROKEN = "处理时出了错，请联系信息科"
# The first word of what the connector says of a post that it could not read → what was wrong; else a field was.
UNREADABLE = {
    "xml": "不是完整的 XML",
    "json": "不是完整的 JSON",
    "root": "最外层不对",
    "too": "太长或者套得太深",
    "dtd": "带有不许用的声明",
    "duplicate": "同一项写了两次",
    "nested": "项里套了不该有的项",
    "encoding": "文字编码不对",
    "empty": "是空的",
    "nul": "有不许用的字符",
    "name": "有不许用的名称",
}
FIELD = "缺了必需的项，或者写得不对"
CODE = re.compile(r"(?<!\d)[1-9]\d{4,6}(?!\d)")  # WeChat's errcodes have five digits or more


def meaning(reason: str) -> str:
    """Why a notice did not arrive."""
    said = _first(reason) or UNKNOWN
    code = CODE.search(reason)
    return f"{said}（微信代码 {code[0]}）" if code else said


def failing(failure: str) -> str:
    """Why a message could not be answered: a code of ours, or the type of an exception."""
    return _first(failure) or BROKEN


def unreadable(reason: str) -> str:
    """Why nobody could read a post."""
    return UNREADABLE.get(reason.partition(" ")[0], FIELD)


def _first(reason: str) -> str | None:
    words = reason.replace(":", " ").split(" ")
    return next((REASONS[word] for word in words if word in REASONS), None)
