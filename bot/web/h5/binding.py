"""绑定就诊卡 on a page: the same steps as in the chat, by the same services."""

from __future__ import annotations

from dataclasses import dataclass, field

from flask import Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from bot.errors import BadInput, PeizhenError, Refused
from bot.services import cards, hospitals
from bot.web import once
from bot.web.auth import patient_only
from bot.web.context import person_id, ports
from bot.web.errors import status_of
from bot.web.h5.refused import said
from bot.web.h5.room import blueprint

FIELDS = ("hospital", "name", "id_number", "phone", "sms_code", "relation", "guardian")
LONGEST = 40  # characters of one field; an ID number has 18


@dataclass
class Filled:
    """What the form holds; `once` names one sending of it, so that the same one sent twice is one."""

    values: dict[str, str] = field(repr=False)
    once: str
    sent_to: str = ""  # masked
    seconds: int = 0
    trouble: str = ""

    def key(self, use_case: str) -> str:
        return f"h5:{person_id()}:{self.once}:{use_case}"

    def value(self, name: str) -> str:
        return self.values.get(name, "")

    def hospital(self) -> str | None:
        """The chosen one of several; None where there is one, or where none of ours was named."""
        known = {each.id for each in hospitals.known(ports())}
        return self.value("hospital") if self.value("hospital") in known else None


@blueprint.get("/bind")
@patient_only
def bind_page() -> str:
    return _page(Filled({}, once.fresh()))


@blueprint.post("/bind")
@patient_only
def bind() -> AnyResponse:
    """获取验证码 or 绑定; what is wrong is said above the form, which keeps what was typed."""
    filled = _read()
    try:
        if request.form.get("act") == "code":
            return make_response(_page(_send(filled)))
        card = _bind(filled)
    except (BadInput, Refused) as error:
        return _again(filled, error)
    return redirect(url_for("h5.card_page", ref=card.ref), 303)


def _read() -> Filled:
    values = {name: request.form.get(name, "")[:LONGEST] for name in FIELDS}
    try:
        return Filled(values, once.sent())
    except BadInput:
        return Filled(values, once.fresh())


def _send(filled: Filled) -> Filled:
    cards.parse_name(filled.value("name"))
    sent = cards.send_code(
        ports(),
        person_id=person_id(),
        id_number=filled.value("id_number"),
        phone=filled.value("phone"),
        key=filled.key("send"),
        hospital_id=filled.hospital(),
    )
    filled.once, filled.sent_to, filled.seconds = once.fresh(), sent.masked_phone, sent.resend_seconds
    return filled


def _bind(filled: Filled) -> cards.Card:
    if filled.value("sms_code"):
        cards.prove_phone(
            ports(),
            person_id=person_id(),
            phone=filled.value("phone"),
            code=filled.value("sms_code"),
            key=filled.key("prove"),
        )
    relation = filled.value("relation")
    return cards.bind(
        ports(),
        person_id=person_id(),
        name=filled.value("name"),
        id_number=filled.value("id_number"),
        phone=filled.value("phone"),
        relation=relation if relation in cards.RELATIONS else None,
        guardian=filled.value("guardian") == "yes",
        key=filled.key("bind"),
        hospital_id=filled.hospital(),
    )


def _again(filled: Filled, error: PeizhenError) -> Response:
    filled.trouble = said(error)
    filled.once = once.fresh()
    return make_response(_page(filled), status_of(error))


def _page(filled: Filled) -> str:
    houses = hospitals.known(ports())
    return render_template("h5/bind.html", filled=filled, relations=cards.RELATIONS, houses=houses)
