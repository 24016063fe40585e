"""Patients' questions: the live list, one question, claiming, answering, letting go."""

from __future__ import annotations

from flask import Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Page

from bot.errors import BadInput, Conflict
from bot.services import consult, faq, reveal
from bot.web.auth import staff_only
from bot.web.console.room import ANSWERS, blueprint
from bot.web.context import ports, staff
from bot.web.errors import status_of
from bot.web.live import Part, part, polled
from bot.web.words import said

LONGEST = 2000  # characters of an answer, as consult.answer takes them
SIMILAR = 3  # answered questions beside a new one


@blueprint.get("/questions")
@staff_only(*ANSWERS)
def questions() -> str:
    return render_template("console/questions.html", part=_list(), now=ports().now())


@blueprint.get("/questions/live")
@staff_only(*ANSWERS)
def questions_live() -> Response:
    return polled(_list)


def _list() -> Part:
    waiting = consult.inbox(ports(), staff=staff())
    return part("console/_questions.html", waiting=waiting, at=ports().now())


@blueprint.get("/given")
@staff_only(*ANSWERS)
def given() -> str:
    """What he answered himself, with whether it reached the patient."""
    return render_template("console/given.html", answers=consult.given(ports(), staff=staff()))


@blueprint.get("/questions/<ref>")
@staff_only(*ANSWERS)
def question(ref: str) -> str:
    return _question(ref)


def _question(ref: str, **more: object) -> str:
    opened = consult.open_one(ports(), staff=staff(), ref=ref)
    hits = faq.search(ports(), text=opened.text, top=SIMILAR)
    return render_template(
        "console/question.html",
        opened=opened,
        hits=hits,
        longest=LONGEST,
        reasons=reveal.REASONS,
        now=ports().now(),
        **more,
    )


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
    return _question(ref, identity=who)


@blueprint.post("/questions/<ref>/claim")
@staff_only(*ANSWERS)
def claim(ref: str) -> Page | tuple[str, int]:
    try:
        consult.claim(ports(), staff=staff(), ref=ref)
    except Conflict as error:
        return _question(ref, trouble=said("claimed")), status_of(error)
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
        return _question(ref, trouble=said(code), written=text), status_of(error)
    flash("回答已发给患者。")
    return redirect(url_for("console.questions", sent=ref), 303)
