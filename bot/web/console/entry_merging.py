"""Two entries that ask the same, side by side, made one."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from bot.errors import BadInput, Conflict
from bot.services import faq_merging
from bot.web.auth import staff_only
from bot.web.console.entries import Edit, one, refusal
from bot.web.console.room import EDITS, blueprint
from bot.web.console.versions import parse, version
from bot.web.context import ports, staff
from bot.web.errors import status_of
from bot.web.words import said


@blueprint.get("/faq/<int(max=2147483647):entry_id>/merge/<int(max=2147483647):into_id>")
@staff_only(*EDITS)
def merge_page(entry_id: int, into_id: int) -> str:
    return render_template("console/entry_merge.html", entry=one(entry_id), into=one(into_id))


@blueprint.post("/faq/<int(max=2147483647):entry_id>/merge/<int(max=2147483647):into_id>")
@staff_only(*EDITS)
def merge_entry(entry_id: int, into_id: int) -> Response | tuple[str, int]:
    edit = Edit(request.form.get("question", ""), request.form.get("answer", ""), parse("into_version"))
    try:
        faq_merging.merge(
            ports(),
            staff=staff(),
            entry_id=entry_id,
            version=version(),
            into_id=into_id,
            into_version=edit.version,
            question=edit.question,
            answer=edit.answer,
            looked="looked" in request.form,
        )
    except (BadInput, Conflict) as error:
        why = refusal(error) if isinstance(error, BadInput) else {"trouble": said(error.code)}
        page = render_template("console/entry_merge.html", entry=one(entry_id), into=one(into_id), edit=edit, **why)
        return page, status_of(error)
    flash("已合并。旧的一条会指到这里，两边的历史都在。")
    return redirect(url_for("console.entry", entry_id=into_id), 303)
