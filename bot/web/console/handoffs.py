"""人工会话: patients who want a person: the live list, one talk, taking it, answering, closing."""

from __future__ import annotations

import re
import secrets

from flask import Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Page

from bot.errors import BadInput, Conflict
from bot.services import handoff_desk
from bot.web.auth import staff_only
from bot.web.console.room import SERVES, blueprint
from bot.web.context import ports, staff
from bot.web.errors import status_of
from bot.web.live import Part, part, polled
from bot.web.words import said

ONCE = re.compile(r"[0-9a-f]{16}")


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


@blueprint.get("/handoffs/<ref>")
@staff_only(*SERVES)
def handoff(ref: str) -> str:
    return _page(ref)


@blueprint.get("/handoffs/<ref>/live")
@staff_only(*SERVES)
def handoff_live(ref: str) -> Response:
    return polled(lambda: _lines(ref))


def _lines(ref: str) -> Part:
    return part("console/_handoff_lines.html", talk=handoff_desk.open_one(ports(), staff=staff(), ref=ref))


def _page(ref: str, **more: object) -> str:
    talk = handoff_desk.open_one(ports(), staff=staff(), ref=ref)
    lines = part("console/_handoff_lines.html", talk=talk)
    facts = {"longest": handoff_desk.LONGEST, "once": secrets.token_hex(8)}
    return render_template("console/handoff.html", talk=talk, part=lines, **facts, **more)


@blueprint.post("/handoffs/<ref>/take")
@staff_only(*SERVES)
def take_handoff(ref: str) -> Page | tuple[str, int]:
    try:
        handoff_desk.take(ports(), staff=staff(), ref=ref)
    except Conflict as error:
        return _page(ref, trouble=said("claimed")), status_of(error)
    return redirect(url_for("console.handoff", ref=ref), 303)


@blueprint.post("/handoffs/<ref>/say")
@staff_only(*SERVES)
def say_handoff(ref: str) -> Page | tuple[str, int]:
    """Send one answer; what was written comes back with the page when it could not be sent."""
    text = request.form.get("text", "")
    try:
        handoff_desk.say(ports(), staff=staff(), ref=ref, text=text, key=_once())
    except (BadInput, Conflict) as error:
        code = "claimed" if isinstance(error, Conflict) else "bad_line"
        return _page(ref, trouble=said(code), written=text), status_of(error)
    flash("已经发给患者。")
    return redirect(url_for("console.handoff", ref=ref, sent=ref), 303)


def _once() -> str:
    """What makes one form one answer. Raises BadInput."""
    once = request.form.get("once", "")
    if not ONCE.fullmatch(once):
        raise BadInput("bad_line")
    return once


@blueprint.post("/handoffs/<ref>/close")
@staff_only(*SERVES)
def close_handoff(ref: str) -> Page | tuple[str, int]:
    try:
        handoff_desk.close(ports(), staff=staff(), ref=ref)
    except Conflict as error:
        return _page(ref, trouble=said("claimed")), status_of(error)
    flash("会话已结束，智能助手接着为他服务。")
    return redirect(url_for("console.handoffs"), 303)
