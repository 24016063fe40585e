"""What else a doctor does at a question: ask back, refuse, hand on, note for colleagues, keep a draft."""

from __future__ import annotations

from flask import Response, flash, jsonify, redirect, request, url_for
from werkzeug.wrappers import Response as Page

from bot.errors import BadInput, Conflict
from bot.services import desk_back, desk_drafts, desk_moves, desk_notes
from bot.services.desk_drafts import Draft
from bot.web import once
from bot.web.auth import staff_only
from bot.web.console.questions import question_page
from bot.web.console.room import ANSWERS, blueprint
from bot.web.console.versions import version
from bot.web.context import ports, staff
from bot.web.errors import status_of
from bot.web.shown import hour
from bot.web.words import said


@blueprint.post("/questions/<ref>/ask-back")
@staff_only(*ANSWERS)
def ask_back(ref: str) -> Page | tuple[str, int]:
    text = request.form.get("text", "")
    try:
        desk_back.ask_back(ports(), staff=staff(), ref=ref, text=text)
    except (BadInput, Conflict) as error:
        return _again(ref, error, text)
    flash("追问已发给患者，他回复后会回到列表。")
    return redirect(url_for("console.questions", sent=ref), 303)


@blueprint.post("/questions/<ref>/refuse")
@staff_only(*ANSWERS)
def refuse(ref: str) -> Page | tuple[str, int]:
    form = request.form.get
    try:
        desk_back.refuse(ports(), staff=staff(), ref=ref, reason=form("reason", ""), words=form("words", ""))
    except (BadInput, Conflict) as error:
        return _again(ref, error, form("words", ""))
    flash("已告诉患者为什么不能在网上回答。")
    return redirect(url_for("console.questions", sent=ref), 303)


@blueprint.post("/questions/<ref>/reassign")
@staff_only(*ANSWERS)
def reassign(ref: str) -> Page | tuple[str, int]:
    """`to` is a department's id, or `department/doctor`."""
    department, _, doctor = request.form.get("to", "").partition("/")
    why = request.form.get("why", "")
    try:
        desk_moves.reassign(
            ports(), staff=staff(), ref=ref, department_id=department, doctor_id=doctor or None, reason=why
        )
    except (BadInput, Conflict) as error:
        return _again(ref, error, "")
    flash("已经转走。换了科室的，患者会收到消息。")
    return redirect(url_for("console.questions", sent=ref), 303)


@blueprint.post("/questions/<ref>/notes")
@staff_only(*ANSWERS)
def add_note(ref: str) -> Page | tuple[str, int]:
    text = request.form.get("text", "")
    try:
        desk_notes.add(ports(), staff=staff(), ref=ref, text=text, key=once.sent("bad_note"))
    except BadInput as error:
        return question_page(ref, trouble=said(error.code)), status_of(error)
    return redirect(url_for("console.question", ref=ref), 303)


@blueprint.post("/questions/<ref>/draft")
@staff_only(*ANSWERS)
def save_draft(ref: str) -> Response | tuple[Response, int]:
    """Called while he types. 409 brings what another tab has saved since."""
    text = request.form.get("text", "")
    try:
        kept = desk_drafts.save(ports(), staff=staff(), ref=ref, text=text, version=version())
    except Conflict as error:
        theirs = desk_drafts.own(ports(), staff=staff(), ref=ref)
        return jsonify(text=theirs.text, **_draft(theirs)), status_of(error)
    return jsonify(_draft(kept))


def _draft(kept: Draft) -> dict[str, object]:
    return {"version": kept.version, "at": hour(kept.saved_at) if kept.saved_at else ""}


def _again(ref: str, error: BadInput | Conflict, text: str) -> tuple[str, int]:
    """The page again, with what was written."""
    code = "claimed" if isinstance(error, Conflict) else error.code
    return question_page(ref, trouble=said(code), written=text), status_of(error)
