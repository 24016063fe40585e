"""The console's names of what broadcasts are and do."""

from __future__ import annotations

WAYS = {"notice": "短通知", "mass": "图文群发", "publish": "图文发布"}
AUDIENCES = {"all": "全部关注者", "tag": "一个标签", "agreed": "同意接收消息的人"}
STATES = {
    "draft": "草稿",
    "proposed": "等审批",
    "approved": "已批准",
    "sending": "发送中",
    "sent": "已发出",
    "stopped": "已停止",
    "failed": "没发成",
}
TAGS = {"draft": "held", "proposed": "held", "approved": "mine", "sending": "mine", "failed": "late", "stopped": "late"}
OUTCOMES = {
    "sent": "送达",
    "waiting": "等着发",
    "stopped": "停下没发",
    "unsubscribed": "已取消关注",
    "expired": "过期没发",
    "not_shown:not_found": "停下没发",
    "consent_withdrawn": "不再同意接收",
    "consent_outdated": "同意的是旧版说明",
    "consent_never": "没有同意过",
    "outcome_unknown": "不知道微信有没有发，请到公众平台查看",
    "no_number": "已发出，微信没有给编号，数字看不到",
    "wechat_mass_quota 45028": "本月群发次数用完了",
    "wechat_no_permission 48001": "这个公众号没有群发权限",
    "no_articles": "没有接公众号",
}
