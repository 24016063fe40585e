"""爽约申诉: whose booking is suspended, what they say to it, and lifting it."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from bot.services import suspensions as service
from bot.web.auth import staff_only
from bot.web.console.room import OPERATES, blueprint
from bot.web.context import ports, staff


@blueprint.get("/suspensions")
@staff_only(*OPERATES)
def suspensions() -> str:
    return render_template("console/suspensions.html", suspended=service.listed(ports()))


@blueprint.post("/suspensions/<ref>/lift")
@staff_only(*OPERATES)
def lift_suspension(ref: str) -> Response:
    service.lift(ports(), staff_id=staff().id, ref=ref)
    flash("已经恢复，会通知患者。")
    return redirect(url_for("console.suspensions"), 303)
