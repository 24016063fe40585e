"""约时间和医生聊: free times, an appointment, and the door to its video room."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from bot.errors import BadInput, PeizhenError, Refused
from bot.services import live_talks
from bot.web import once
from bot.web.auth import patient_only
from bot.web.context import person_id, ports
from bot.web.errors import OK, status_of
from bot.web.h5.questions import page
from bot.web.h5.refused import said
from bot.web.h5.room import blueprint
from bot.web.h5.way import Page

SHOWN = 24  # earliest times
WAYS = {"text": "文字", "video": "视频"}
LONGEST_MOMENT = 32


@blueprint.get("/questions/<ref>/talk")
@patient_only
def talk_times_page(ref: str) -> Page:
    return _times(ref)


def _times(ref: str, *, error: PeizhenError | None = None) -> Page:
    found = live_talks.times(ports(), person_id=person_id(), ref=ref)[:SHOWN]
    ways = {way: WAYS[way] for way in live_talks.ways(ports())}
    trouble = said(error) if error else ""
    drawn = render_template("h5/talk_times.html", ref=ref, times=found, ways=ways, trouble=trouble, once=once.fresh())
    return drawn, status_of(error) if error else OK


@blueprint.post("/questions/<ref>/talk")
@patient_only
def book_talk(ref: str) -> Page | Response:
    key, way = f"h5:{person_id()}:{once.sent()}:talk", request.form.get("way", "")
    if way not in WAYS:
        raise BadInput("bad_request")
    start = _moment(request.form.get("start", ""))
    try:
        live_talks.book(ports(), person_id=person_id(), ref=ref, start=start, way=cast("live_talks.Way", way), key=key)
    except Refused as error:
        return _times(ref, error=error)
    return redirect(url_for("h5.question_page", ref=ref, done="booked"), 303)


@blueprint.post("/questions/<ref>/talk/cancel")
@patient_only
def cancel_talk(ref: str) -> Page | Response:
    try:
        live_talks.cancel(ports(), person_id=person_id(), ref=ref)
    except Refused as error:
        return page(ref, error=error)
    return redirect(url_for("h5.question_page", ref=ref, done="cancelled"), 303)


@blueprint.get("/talks/<ref>/door")
@patient_only
def talk_door(ref: str) -> Page | Response:
    """To the video room while its time is; before and after, why not."""
    talk = live_talks.one(ports(), person_id=person_id(), ref=ref)
    try:
        return redirect(live_talks.door(ports(), person_id=person_id(), ref=ref), 303)
    except Refused as error:
        return page(talk.question_ref, error=error)


@blueprint.get("/video-demo")
@patient_only
def video_demo() -> str:
    """Where the demo's video rooms lead."""
    return render_template("h5/video_demo.html")


def _moment(text: str) -> datetime:
    """Raises BadInput('bad_request')."""
    try:
        return datetime.fromisoformat(text[:LONGEST_MOMENT]).replace(tzinfo=None)
    except ValueError:
        raise BadInput("bad_request") from None
