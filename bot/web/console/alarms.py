"""告警: what is wrong now, what it means for patients, and what to do about it."""

from __future__ import annotations

from flask import render_template

from bot.errors import HisUnavailable
from bot.services import alarms as service
from bot.services import hospitals
from bot.web.auth import staff_only
from bot.web.console.reasons import CALLS, REASONS
from bot.web.console.room import OPERATES, blueprint
from bot.web.context import ports

# kind → what is wrong, what it means and what to do
WORDS = {
    "flagged_questions": (
        "可能是急症的提问没人回答",
        "这些提问里有急症的说法，到现在还没有医生回答。患者已经看到了打120、去急诊的提示。请马上打电话请该科医生或急诊科处理。",
    ),
    "overdue_questions": (
        "提问超过了回答期限",
        "答应患者的时间已经过了，还没有医生回答。指名给一位医生的已转给全科室。请联系科主任安排人回答。",
    ),
    "money": (
        "钱款对不上",
        "这些订单金额不符，或者该退的钱没退成。请财务到支付平台按单号核对、处理；患者来问，先道歉，再给出单号和时间。",
    ),
    "unknown_outcomes": (
        "预约结果不明",
        "这些挂号或退号，医院系统没有说成没成，我们会接着问。请看医院系统是否正常；患者来问，以医院系统里的记录为准。",
    ),
    "silent_hospitals": (
        "收不到医院的消息",
        "停诊、窗口退号和新报告，患者现在都不会收到提醒。请看医院系统和它的接口是否正常，恢复后会从停下的地方接着读。",
    ),
    "wechat_rests": (
        "微信暂时不让用",
        "到点我们会自己再试，来不及发的聊天回答先留着，第二天早上补发。密钥、白名单和权限的问题，请信息科马上处理。",
    ),
    "stuck_notices": (
        "通知发不出去",
        "这些通知早该发了，既没有发出，也没有放弃。请看后台任务是否在运行，微信接口是否报错。",
    ),
    "bind_failures": (
        "绑卡失败太多",
        "今天绑卡失败的次数到了警戒线，可能有人在一个一个试别人的证件号。请看审计记录 cards.bind_failed，联系信息科。",
    ),
}
UNITS = {"bind_failures": "次", "silent_hospitals": "家", "wechat_rests": "项"}
WHAT = {
    "order": "订单",
    "refund": "退款",
    "asked": "挂号",
    "unknown": "挂号",
    "cancelling": "退号",
}


@blueprint.get("/alarms")
@staff_only(*OPERATES)
def alarms() -> str:
    found = service.standing(ports())
    return render_template(
        "console/alarms.html",
        alarms=found,
        words=WORDS,
        units=UNITS,
        what=_notices() | WHAT | REASONS | _houses(),
        refs=CALLS,
        most=service.SHOWN,
    )


def _notices() -> dict[str, str]:
    """What staff call each kind of notice."""
    return {name: row["what"] for name, row in ports().rules["notice_kinds"].items()}


def _houses() -> dict[str, str]:
    """Hospitals' names by id, while anybody can tell them."""
    try:
        return {hospital.id: hospital.name for hospital in hospitals.known(ports())}
    except HisUnavailable:
        return {}
