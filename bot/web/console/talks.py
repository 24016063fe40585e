"""约好的咨询: the appointments, the door to a video room, and a written talk: begin, read, write, end."""

from __future__ import annotations

from flask import Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Page

from bot.errors import BadInput, Conflict, Refused
from bot.services import live_talks, talk_desk
from bot.web import once
from bot.web.auth import staff_only
from bot.web.console.room import ANSWERS, blueprint
from bot.web.context import ports, staff
from bot.web.errors import status_of
from bot.web.live import Part, part, polled
from bot.web.words import said

NOT_NOW = {"talk_early", "talk_over", "talk_busy"}  # refusals that the page explains


@blueprint.get("/talks")
@staff_only(*ANSWERS)
def talks() -> str:
    """The appointed talks about questions of his scope."""
    return render_template("console/talks.html", talks=live_talks.of_staff(ports(), staff=staff()))


@blueprint.get("/talks/<ref>/door")
@staff_only(*ANSWERS)
def talk_door(ref: str) -> Page:
    """To the video room of a talk, while its time is."""
    return redirect(live_talks.staff_door(ports(), staff=staff(), ref=ref), 303)


@blueprint.get("/talks/<ref>")
@staff_only(*ANSWERS)
def talk(ref: str) -> str:
    return _page(ref)


@blueprint.get("/talks/<ref>/live")
@staff_only(*ANSWERS)
def talk_live(ref: str) -> Response:
    return polled(lambda: _lines(talk_desk.read(ports(), staff=staff(), ref=ref)))


def _lines(opened: talk_desk.Opened) -> Part:
    return part("console/_talk_now.html", last=opened.state == "closed", talk=opened)


def _page(ref: str, **more: object) -> str:
    opened = talk_desk.read(ports(), staff=staff(), ref=ref)
    facts = {"longest": talk_desk.LONGEST, "once": once.fresh(), "now": ports().now()}
    return render_template("console/talk.html", talk=opened, part=_lines(opened), **facts, **more)


@blueprint.post("/talks/<ref>/open")
@staff_only(*ANSWERS)
def open_talk(ref: str) -> Page | tuple[str, int]:
    try:
        talk_desk.open_one(ports(), staff=staff(), ref=ref)
    except Conflict as error:
        return _page(ref, trouble=said("talk_taken")), status_of(error)
    except Refused as error:
        if error.code not in NOT_NOW:
            raise
        return _page(ref, trouble=said(error.code)), status_of(error)
    return redirect(url_for("console.talk", ref=ref), 303)


@blueprint.post("/talks/<ref>/say")
@staff_only(*ANSWERS)
def say_talk(ref: str) -> Page | tuple[str, int]:
    """Send one line; what was written comes back with the page when it could not be sent."""
    text = request.form.get("text", "")
    try:
        talk_desk.say(ports(), staff=staff(), ref=ref, text=text, key=once.sent("bad_line"))
    except (BadInput, Conflict) as error:
        code = "talk_taken" if isinstance(error, Conflict) else "bad_line"
        return _page(ref, trouble=said(code), written=text), status_of(error)
    flash("已经发给患者。")
    return redirect(url_for("console.talk", ref=ref, sent=ref), 303)


@blueprint.post("/talks/<ref>/close")
@staff_only(*ANSWERS)
def close_talk(ref: str) -> Page | tuple[str, int]:
    """On to the question, where what was said stands and an answer in writing can sum it up."""
    try:
        question = talk_desk.close(ports(), staff=staff(), ref=ref)
    except Conflict as error:
        return _page(ref, trouble=said("talk_taken")), status_of(error)
    flash("咨询已结束，说过的话都在这个提问里。可以写一段小结作为回答。")
    return redirect(url_for("console.question", ref=question), 303)
