"""人工会话: patients who want a person: the live list, one talk, taking it, answering, closing."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Page

from bot.errors import BadInput, Conflict, NotFound
from bot.services import handoff_desk
from bot.web import once
from bot.web.auth import staff_only
from bot.web.console.room import SERVES, blueprint
from bot.web.context import ports, staff
from bot.web.errors import status_of
from bot.web.live import Part, part, polled
from bot.web.words import said


@blueprint.get("/handoffs")
@staff_only(*SERVES)
def handoffs() -> str:
    return render_template("console/handoffs.html", part=_list())


@blueprint.get("/handoffs/live")
@staff_only(*SERVES)
def handoffs_live() -> Response:
    return polled(_list)


def _list() -> Part:
    return part("console/_handoffs.html", talks=handoff_desk.waiting(ports(), staff=staff()))


def _unless_over(view: Callable[[str], Any]) -> Callable[[str], Any]:
    """Of a talk that is over, say so plainly, and give back what was written."""

    @wraps(view)
    def or_over(ref: str) -> Any:
        try:
            return view(ref)
        except NotFound as error:
            facts = {**_over(ref), "written": request.form.get("text", "")}
            return render_template("console/handoff_over.html", **facts), status_of(error)

    return or_over


@blueprint.get("/handoffs/<ref>")
@staff_only(*SERVES)
@_unless_over
def handoff(ref: str) -> str:
    return _page(ref)


@blueprint.get("/handoffs/<ref>/live")
@staff_only(*SERVES)
def handoff_live(ref: str) -> Response:
    return polled(lambda: _lines(ref))


def _lines(ref: str) -> Part:
    """What was said; of a talk that is over, that it is, and how it ended."""
    try:
        return part("console/_handoff_lines.html", talk=handoff_desk.open_one(ports(), staff=staff(), ref=ref))
    except NotFound:
        return part("console/_handoff_over.html", last=True, **_over(ref))


def _over(ref: str) -> dict[str, str]:
    return {"by": handoff_desk.ended(ports(), staff=staff(), ref=ref)}


def _page(ref: str, **more: object) -> str:
    talk = handoff_desk.open_one(ports(), staff=staff(), ref=ref)
    lines = part("console/_handoff_lines.html", talk=talk)
    facts = {"longest": handoff_desk.LONGEST, "once": once.fresh()}
    return render_template("console/handoff.html", talk=talk, part=lines, **facts, **more)


@blueprint.post("/handoffs/<ref>/take")
@staff_only(*SERVES)
@_unless_over
def take_handoff(ref: str) -> Page | tuple[str, int]:
    try:
        handoff_desk.take(ports(), staff=staff(), ref=ref)
    except Conflict as error:
        return _page(ref, trouble=said("claimed")), status_of(error)
    return redirect(url_for("console.handoff", ref=ref), 303)


@blueprint.post("/handoffs/<ref>/say")
@staff_only(*SERVES)
@_unless_over
def say_handoff(ref: str) -> Page | tuple[str, int]:
    """Send one answer; what was written comes back with the page when it could not be sent."""
    text = request.form.get("text", "")
    try:
        handoff_desk.say(ports(), staff=staff(), ref=ref, text=text, key=once.sent("bad_line"))
    except (BadInput, Conflict) as error:
        code = "claimed" if isinstance(error, Conflict) else "bad_line"
        return _page(ref, trouble=said(code), written=text), status_of(error)
    flash("已经发给患者。")
    return redirect(url_for("console.handoff", ref=ref, sent=ref), 303)


@blueprint.post("/handoffs/<ref>/close")
@staff_only(*SERVES)
@_unless_over
def close_handoff(ref: str) -> Page | tuple[str, int]:
    try:
        handoff_desk.close(ports(), staff=staff(), ref=ref)
    except Conflict as error:
        return _page(ref, trouble=said("claimed")), status_of(error)
    flash("会话已结束，智能助手接着为他服务。")
    return redirect(url_for("console.handoffs"), 303)
