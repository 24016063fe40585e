"""我的数据: what is kept, each consent with its switch, who looked, and erasing it all."""

from __future__ import annotations

import json

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from bot.errors import BadInput
from bot.services import export, mydata
from bot.web.auth import patient_only
from bot.web.context import person_id, ports
from bot.web.h5.room import blueprint
from bot.web.paths import own

PURPOSES = {
    "binding": ("保存就诊卡", "用姓名、证件号和手机号为就诊人挂号、查预约，加密保存。"),
    "reports": ("查报告", "从医院调取绑定就诊人的报告，只给您看。"),
    "consult": ("问医生", "把您的问题和就诊人的性别、年龄交给医生。"),
    "push": ("发消息提醒", "叫号、停诊、报告和回答有消息时主动告诉您。"),
}
ROLES = {
    "doctor": "医生",
    "head": "科主任",
    "editor": "内容编辑",
    "operator": "运维",
    "auditor": "审计",
    "service": "客服",
}
ACTIONS = {
    "summary.open": "看了预问诊",
    "consult.open": "看了提问",
    "consult.picture": "看了提问里的图片",
    "consult.reveal": "看了完整的姓名和电话",
    "consult.answer": "回答了提问",
    "talks.read": "看了约好的咨询",
    "talks.open": "开始了约好的咨询",
    "talks.say": "在约好的咨询里和您说了话",
    "talks.close": "结束了约好的咨询",
    "handoff.read": "看了人工会话",
    "handoff.take": "接待了您",
    "handoff.say": "在人工会话里回复了您",
    "handoff.close": "结束了人工会话",
}


@blueprint.get("/data")
@patient_only
def data_page() -> str:
    """`?ask=reports&next=/h5/…`: the purpose that something asked for, and where to go on to."""
    ask = request.args.get("ask", "")
    return render_template(
        "h5/data.html",
        found=mydata.overview(ports(), person_id=person_id()),
        purposes=PURPOSES,
        ask=ask if ask in PURPOSES else "",
        target=own(request.args.get("next"), room="h5", otherwise=""),
        roles=ROLES,
        actions=ACTIONS,
    )


@blueprint.get("/data/copy")
@patient_only
def data_copy() -> Response:
    """All of it as JSON text, to be read or kept."""
    found = json.dumps(export.everything(ports(), person_id=person_id()), ensure_ascii=False, indent=1)
    return Response(found, content_type="application/json; charset=utf-8")


@blueprint.post("/data/agree")
@patient_only
def data_agree() -> Response:
    mydata.agree(ports(), person_id=person_id(), purpose=_purpose())
    return redirect(own(request.form.get("next"), room="h5", otherwise=url_for("h5.data_page")), 303)


@blueprint.post("/data/withdraw")
@patient_only
def data_withdraw() -> Response:
    mydata.withdraw(ports(), person_id=person_id(), purpose=_purpose())
    return redirect(url_for("h5.data_page"), 303)


@blueprint.post("/data/erase")
@patient_only
def data_erase() -> Response:
    """Needs the box `sure`; afterwards nobody is signed in here."""
    if request.form.get("sure") != "yes":
        raise BadInput("bad_request")
    mydata.erase(ports(), person_id=person_id())
    return redirect(url_for("h5.front"), 303)


def _purpose() -> str:
    purpose = request.form.get("purpose", "")
    if purpose not in PURPOSES:
        raise BadInput("bad_request")
    return purpose
