"""Patients' questions: the live list, one question, claiming, answering, letting go."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Page

from bot.errors import BadInput, Conflict, HisUnavailable
from bot.services import (
    consult,
    desk_back,
    desk_beside,
    desk_deadlines,
    desk_drafts,
    desk_inbox,
    desk_moves,
    desk_phrases,
    faq_similar,
    reveal,
    talk_desk,
)
from bot.services.desk_inbox import Inbox, Wanted
from bot.services.desk_moves import Place
from bot.web import once
from bot.web.auth import staff_only
from bot.web.console.room import ANSWERS, blueprint
from bot.web.context import ports, staff
from bot.web.errors import status_of
from bot.web.live import Part, part, polled, tagged
from bot.web.shown import stamp
from bot.web.words import said

LONGEST = 2000  # characters of an answer, as consult.answer takes them
HOURS_AHEAD = 15  # days whose working hours a page knows, so that it can count down by itself


@blueprint.get("/questions")
@staff_only(*ANSWERS)
def questions() -> str:
    wanted = _wanted()
    found = desk_inbox.page(ports(), staff=staff(), wanted=wanted)
    shown = Part(_rows(found, wanted).html, found.tag + talk_desk.stamp(ports(), staff=staff()))
    facts = {"hours": _hours(), "names": _names(found.doctors), "now": ports().now()}
    return render_template("console/questions.html", part=shown, wanted=wanted, found=found, **facts)


@blueprint.get("/questions/live")
@staff_only(*ANSWERS)
def questions_live() -> Response:
    """One poll: the tag is looked at first, and nothing is read or drawn while it is the old one."""
    wanted = _wanted()
    tag = desk_inbox.tag(ports(), staff=staff(), wanted=wanted) + talk_desk.stamp(ports(), staff=staff())
    return tagged(tag, lambda: _rows(desk_inbox.page(ports(), staff=staff(), wanted=wanted), wanted))


def _wanted() -> Wanted:
    asked = request.args.get
    return desk_inbox.parse(asked("which", ""), asked("department", ""), asked("doctor", ""), asked("page", ""))


def _names(doctor_ids: Iterable[str]) -> dict[str, str]:
    """Names of the doctors that are asked for; none while the hospital is silent."""
    wanted = set(doctor_ids)
    try:
        return {one.id: one.name for one in ports().his.doctors() if one.id in wanted} if wanted else {}
    except HisUnavailable:
        return {}


def _rows(found: Inbox, wanted: Wanted) -> Part:
    due = talk_desk.due(ports(), staff=staff())
    return part("console/_questions.html", found=found, wanted=wanted, at=ports().now(), due=due)


def _hours() -> dict[str, list[tuple[str, str]]]:
    """The working hours that a countdown needs: pairs of moments, by department, '' = all others."""
    found = {}
    for name in ("", *ports().rules["answering_hours_of"]):
        spans = desk_deadlines.hours(ports(), department=name, since=ports().now(), days=HOURS_AHEAD)
        found[name] = [(stamp(first), stamp(last)) for first, last in spans]
    return found


@blueprint.get("/given")
@staff_only(*ANSWERS)
def given() -> str:
    """What he answered himself, with whether it reached the patient."""
    return render_template("console/given.html", answers=consult.given(ports(), staff=staff()))


@blueprint.get("/questions/<ref>")
@staff_only(*ANSWERS)
def question(ref: str) -> str:
    return question_page(ref)


@blueprint.get("/questions/<ref>/live")
@staff_only(*ANSWERS)
def question_live(ref: str) -> Response:
    return polled(lambda: _now(consult.open_one(ports(), staff=staff(), ref=ref)))


def _now(opened: consult.Opened) -> Part:
    """What may change while a question is open: who holds it, and what was said since."""
    return part("console/_question_now.html", opened=opened, item=opened, at=ports().now())


def question_page(ref: str, **more: object) -> str:
    """The whole page of one question; `more`: what went wrong, and what was written."""
    opened = consult.open_one(ports(), staff=staff(), ref=ref)
    facts = {
        "part": _now(opened),
        "hits": faq_similar.similar(ports(), staff=staff(), ref=ref),
        "playable": ports().audio is not None,
        "beside": desk_beside.beside(ports(), staff=staff(), ref=ref),
        "draft": desk_drafts.own(ports(), staff=staff(), ref=ref),
        "phrases": desk_phrases.of(ports(), staff=staff()),
        "refusals": desk_back.reasons(ports()),
        "places": _places(),
        "hours": _hours(),
    }
    fixed = {"longest": LONGEST, "reasons": reveal.REASONS, "now": ports().now(), "once": once.fresh()}
    return render_template("console/question.html", opened=opened, **facts, **fixed, **more)


def _places() -> list[Place]:
    """Where it can be handed on to; nowhere while the hospital is silent."""
    try:
        return desk_moves.places(ports())
    except HisUnavailable:
        return []


@blueprint.get("/questions/<ref>/pictures/<int:number>")
@staff_only(*ANSWERS)
def picture(ref: str, number: int) -> Response:
    """One picture of a question; as all of the console, kept in no cache."""
    content = consult.picture(ports(), staff=staff(), ref=ref, number=number)
    return Response(content, mimetype="image/jpeg", headers={"Content-Disposition": "inline"})


@blueprint.post("/questions/<ref>/reveal")
@staff_only(*ANSWERS)
def unmask(ref: str) -> str:
    """The page with the whole name and numbers, once; without a reason 400."""
    who = reveal.identity(ports(), staff=staff(), ref=ref, reason=request.form.get("reason", ""))
    return question_page(ref, identity=who)


@blueprint.post("/questions/<ref>/claim")
@staff_only(*ANSWERS)
def claim(ref: str) -> Page | tuple[str, int]:
    try:
        consult.claim(ports(), staff=staff(), ref=ref)
    except Conflict as error:
        return question_page(ref, trouble=said("claimed")), status_of(error)
    return redirect(url_for("console.question", ref=ref), 303)


@blueprint.post("/questions/<ref>/release")
@staff_only(*ANSWERS)
def release(ref: str) -> Page:
    consult.release(ports(), staff=staff(), ref=ref)
    flash("已放回列表，同事可以接着回答。")
    return redirect(url_for("console.questions"), 303)


@blueprint.post("/questions/<ref>/answer")
@staff_only(*ANSWERS)
def send(ref: str) -> Page | tuple[str, int]:
    """Send the answer; what was written comes back with the page when it could not be sent."""
    text = request.form.get("text", "")
    try:
        consult.answer(ports(), staff=staff(), ref=ref, text=text)
    except (BadInput, Conflict) as error:
        code = "claimed" if isinstance(error, Conflict) else "bad_answer"
        return question_page(ref, trouble=said(code), written=text), status_of(error)
    flash("回答已发给患者。")
    return redirect(url_for("console.questions", sent=ref), 303)
