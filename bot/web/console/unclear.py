"""没听懂的话: what patients said that was not surely understood, and what editors say it means."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from bot.errors import Conflict
from bot.services import intents
from bot.services import unclear as service
from bot.web.auth import staff_only
from bot.web.console.room import WRITES, blueprint
from bot.web.context import ports, staff


@blueprint.get("/unclear")
@staff_only(*WRITES)
def unclear() -> str:
    return render_template(
        "console/unclear.html",
        waiting=service.waiting(ports(), staff=staff()),
        counts=service.counts(ports()),
        groups=intents.groups(),
        names=intents.names(),
    )


@blueprint.post("/unclear/<ref>")
@staff_only(*WRITES)
def label_unclear(ref: str) -> Response:
    """What the text means; the button 不用学 drops it."""
    intent = "" if "drop" in request.form else request.form.get("intent", "")
    if "drop" not in request.form and not intent:
        flash("请先选它的意思。")
        return redirect(url_for("console.unclear"), 303)
    try:
        service.label(ports(), staff=staff(), ref=ref, intent=intent)
    except Conflict:
        flash("这一条别人已经处理过了。")
    return redirect(url_for("console.unclear"), 303)
