"""待签字: the doctor reads what was made of his answer, without the patient in it, and signs these words."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from bot.errors import Conflict
from bot.services import faq_signing
from bot.web.auth import staff_only
from bot.web.console.room import ANSWERS, blueprint
from bot.web.console.versions import version
from bot.web.context import ports, staff
from bot.web.errors import status_of


@blueprint.get("/signing")
@staff_only(*ANSWERS)
def signing() -> str:
    return render_template("console/signing.html", entries=faq_signing.waiting(ports(), staff=staff()))


@blueprint.get("/signing/<int(max=2147483647):entry_id>")
@staff_only(*ANSWERS)
def sign_page(entry_id: int) -> str:
    return _page(entry_id)


@blueprint.post("/signing/<int(max=2147483647):entry_id>")
@staff_only(*ANSWERS)
def sign(entry_id: int) -> Response | tuple[str, int]:
    try:
        faq_signing.sign(ports(), staff=staff(), entry_id=entry_id, version=version())
    except Conflict as error:
        return _page(entry_id, trouble=("内容刚刚改过", "下面是现在的内容，请再看一遍。")), status_of(error)
    flash("已签字。另一位同事发布后，患者就能看到。")
    return redirect(url_for("console.signing"), 303)


def _page(entry_id: int, **more: object) -> str:
    entry = faq_signing.one(ports(), staff=staff(), entry_id=entry_id)
    return render_template("console/sign.html", entry=entry, **more)
