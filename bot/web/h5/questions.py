"""我的提问: the list, and one question with all that can still be done about it."""

from __future__ import annotations

from collections.abc import Callable

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from bot.errors import BadInput, PeizhenError, Refused
from bot.ports import Reply
from bot.services import consult, consult_facts, consult_more, consult_rating, consult_story, flagged, live_talks
from bot.web import once
from bot.web.auth import patient_only
from bot.web.context import person_id, ports
from bot.web.errors import OK, status_of
from bot.web.h5.refused import said
from bot.web.h5.room import blueprint
from bot.web.h5.way import Page

DONE = {
    "sent": "问题已经送到医生那里。回答了会马上告诉您，也可以来这里看。",
    "said": "已经送到医生那里。",
    "told": "记下了，医生会一起看。",
    "rated": "谢谢您的评价，一天内还可以改。",
    "withdrawn": "已经撤回，医生不再回答。",
    "given": "医生现在可以看这份报告了，随时可以收回。",
    "hidden": "已经收回，医生看不到这份报告了。",
    "booked": "约好了。快到时间会提醒您。",
    "cancelled": "已经取消。",
    "pictured": "图片加上了，医生会一起看。",
}
TURNS = {
    "ask_back": "医生想了解",
    "reply": "您的回复",
    "follow_up": "您的追问",
    "answer": "医生的回答",
    "refusal": "没有受理的原因",
    "talk": "约好的咨询里说的",
}
QUICK = {"since": ("今天刚开始", "几天", "一两周", "一个月左右", "半年以上"), "medicines": ("没有用药",)}
ASKED = {"since": "这种情况多久了？", "medicines": "现在或最近用过什么药？"}


@blueprint.get("/questions")
@patient_only
def questions_page() -> str:
    mine = consult.mine(ports(), person_id=person_id())
    return render_template("h5/questions.html", questions=[(each, consult_story.words_of(each)) for each in mine])


@blueprint.get("/questions/<ref>")
@patient_only
def question_page(ref: str) -> Page:
    return page(ref, done=DONE.get(request.args.get("done", ""), ""))


def page(ref: str, *, done: str = "", error: PeizhenError | None = None, written: str = "") -> Page:
    """One question; what was written comes back when it could not be sent."""
    drawn = render_template(
        "h5/question.html",
        story=consult_story.looked_at(ports(), person_id=person_id(), ref=ref),
        talk=live_talks.of_question(ports(), person_id=person_id(), ref=ref),
        talks=bool(live_talks.ways(ports())),
        turns=TURNS,
        stars=consult_rating.STARS,
        quick=QUICK,
        asked=ASKED,
        once=once.fresh(),
        longest=consult.LONGEST,
        most_pictures=ports().rules["pictures_per_question"],
        done=done,
        trouble=said(error) if error else "",
        written=written,
    )
    return drawn, status_of(error) if error else OK


@blueprint.post("/questions/<ref>/say")
@patient_only
def say_more(ref: str) -> Page | Response:
    """A reply to a doctor who asked back, or a further question."""
    text, key = request.form.get("text", ""), f"h5:{person_id()}:{once.sent()}:say"
    ways: dict[str, Callable[..., bool]] = {"reply": consult_more.reply, "follow_up": consult_more.follow_up}
    say = ways.get(request.form.get("as", ""))
    if say is None:
        raise BadInput("bad_request")
    return _done(ref, "said", text, lambda: say(ports(), person_id=person_id(), ref=ref, text=text, key=key))


@blueprint.post("/questions/<ref>/tell")
@patient_only
def tell(ref: str) -> Page | Response:
    """One thing told beside the question; an empty one is passed over."""
    text = request.form.get("quick") or request.form.get("text", "")
    facts = {"kind": request.form.get("kind", ""), "text": "" if "skip" in request.form else text}
    deed = consult_facts.tell
    return _done(ref, "told", text, lambda: deed(ports(), person_id=person_id(), ref=ref, **facts))


@blueprint.post("/questions/<ref>/rate")
@patient_only
def rate(ref: str) -> Page | Response:
    stars, text = request.form.get("stars", ""), request.form.get("words", "")
    chosen = int(stars) if stars in map(str, consult_rating.STARS) else 0
    deed = consult_rating.rate
    return _done(ref, "rated", text, lambda: deed(ports(), person_id=person_id(), ref=ref, stars=chosen, text=text))


@blueprint.post("/questions/<ref>/withdraw")
@patient_only
def withdraw_question(ref: str) -> Page | Response:
    try:
        consult.withdraw(ports(), person_id=person_id(), ref=ref)
    except Refused as error:
        return page(ref, error=error)
    return redirect(url_for("h5.question_page", ref=ref, done="withdrawn"), 303)


def _done(ref: str, what: str, text: str, deed: Callable[[], bool]) -> Page | Response:
    """Do it and go back to the question; what holds a red flag is answered first, done or not."""
    further = url_for("h5.question_page", ref=ref, done=what)
    consult.mine_one(ports(), person_id=person_id(), ref=ref)
    urgent: Reply | None = flagged.heard(ports(), person_id=person_id(), text=text)
    try:
        deed()
    except (BadInput, Refused) as error:
        if urgent is None:
            return page(ref, error=error, written=text)
        further = url_for("h5.question_page", ref=ref)
    if urgent is not None:
        return render_template("h5/emergency.html", urgent=urgent, further=further), OK
    return redirect(further, 303)
