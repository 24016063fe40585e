"""What is done to an entry beside its words: published, placed, read again."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from bot.services import faq, faq_drafting, faq_review
from bot.web.auth import staff_only
from bot.web.console.room import EDITS, blueprint
from bot.web.console.versions import version
from bot.web.context import ports, staff


@blueprint.post("/faq/<int(max=2147483647):entry_id>/publish")
@staff_only(*EDITS)
def publish_entry(entry_id: int) -> Response:
    """Signed by a doctor, written by somebody else."""
    faq.publish(ports(), staff=staff(), entry_id=entry_id, version=version())
    flash("已发布，患者现在可以搜到。")
    return redirect(url_for("console.entries"), 303)


@blueprint.post("/faq/<int(max=2147483647):entry_id>/place")
@staff_only(*EDITS)
def place_entry(entry_id: int) -> Response:
    where = {"department_id": request.form.get("department", ""), "tags": request.form.get("tags", "")}
    faq_drafting.place(ports(), staff=staff(), entry_id=entry_id, version=version(), **where)
    flash("科室和标签已保存。")
    return redirect(url_for("console.entry", entry_id=entry_id), 303)


@blueprint.post("/faq/<int(max=2147483647):entry_id>/review")
@staff_only(*EDITS)
def review_entry(entry_id: int) -> Response:
    """Read again, and it still holds."""
    faq_review.confirm(ports(), staff=staff(), entry_id=entry_id, version=version())
    flash("已复核，换了新的复核日期。")
    return redirect(url_for("console.entry", entry_id=entry_id), 303)
