"""常用语: a doctor's own phrases and his department's."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Page

from bot.errors import BadInput, Conflict
from bot.services import desk_phrases
from bot.web.auth import staff_only
from bot.web.console.room import ANSWERS, blueprint
from bot.web.console.versions import version
from bot.web.context import ports, staff
from bot.web.errors import status_of
from bot.web.words import said


@blueprint.get("/phrases")
@staff_only(*ANSWERS)
def phrases() -> str:
    return _page()


def _page(**more: object) -> str:
    mine = desk_phrases.of(ports(), staff=staff())
    return render_template("console/phrases.html", phrases=mine, shareable=bool(staff().department_id), **more)


@blueprint.post("/phrases")
@staff_only(*ANSWERS)
def add_phrase() -> Page | tuple[str, int]:
    form = request.form.get
    try:
        shared = form("shared") == "yes"
        desk_phrases.add(ports(), staff=staff(), code=form("code", ""), text=form("text", ""), shared=shared)
    except (BadInput, Conflict) as error:
        return _again(error)
    flash("常用语已保存。")
    return redirect(url_for("console.phrases"), 303)


@blueprint.post("/phrases/<ref>")
@staff_only(*ANSWERS)
def change_phrase(ref: str) -> Page | tuple[str, int]:
    code, text = request.form.get("code", ""), request.form.get("text", "")
    try:
        desk_phrases.change(ports(), staff=staff(), ref=ref, version=version(), code=code, text=text)
    except (BadInput, Conflict) as error:
        return _again(error)
    flash("常用语已保存。")
    return redirect(url_for("console.phrases"), 303)


@blueprint.post("/phrases/<ref>/remove")
@staff_only(*ANSWERS)
def remove_phrase(ref: str) -> Page:
    desk_phrases.remove(ports(), staff=staff(), ref=ref)
    flash("常用语已删除。")
    return redirect(url_for("console.phrases"), 303)


def _again(error: BadInput | Conflict) -> tuple[str, int]:
    """The page again, with what was written."""
    trouble = said("phrase_taken" if isinstance(error, Conflict) else error.code)
    form = request.form.get
    return _page(trouble=trouble, code=form("code", ""), text=form("text", "")), status_of(error)
