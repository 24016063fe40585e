"""没找到的问题: what patients asked and no entry fitted, grouped; one click begins an entry."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from bot.errors import Conflict
from bot.services import faq_misses
from bot.web.auth import staff_only
from bot.web.console.room import EDITS, blueprint
from bot.web.context import ports, staff

MOST = 200  # refs of one form


@blueprint.get("/missed")
@staff_only(*EDITS)
def missed() -> str:
    return render_template("console/missed.html", groups=faq_misses.waiting(ports(), staff=staff()))


@blueprint.post("/missed")
@staff_only(*EDITS)
def write_missed() -> Response:
    """Write one for the group, or drop it (`drop`)."""
    refs = request.form.getlist("ref")[:MOST]
    try:
        if "drop" in request.form:
            faq_misses.drop(ports(), staff=staff(), refs=refs)
            flash("已从列表里去掉。")
            return redirect(url_for("console.missed"), 303)
        made = faq_misses.write(ports(), staff=staff(), refs=refs)
    except Conflict:
        flash("这一组同事已经处理过了。")
        return redirect(url_for("console.missed"), 303)
    return redirect(url_for("console.entry", entry_id=made.id), 303)
