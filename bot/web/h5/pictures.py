"""Pictures with a question: one after the other from the page's own script, or all of a form at once."""

from __future__ import annotations

from collections.abc import Callable

from flask import jsonify, redirect, request, url_for
from werkzeug.wrappers import Response

from bot.errors import BadInput, PeizhenError, Refused
from bot.services import album
from bot.services.album import Album
from bot.web import once
from bot.web.auth import patient_only
from bot.web.context import person_id, ports
from bot.web.errors import OK, status_of
from bot.web.h5.questions import page
from bot.web.h5.refused import said
from bot.web.h5.room import blueprint
from bot.web.h5.way import Page

MOST = 12  # files of one form that are looked at; the rules allow fewer
ONE = "X-One"  # the page's script sends one and wants to read how it went
FIELD = "picture"


@blueprint.post("/ask/pictures")
@patient_only
def keep_picture() -> tuple[Response, int]:
    """One picture for the question that is being written."""
    return _told(lambda: _keep(""))


@blueprint.post("/ask/pictures/drop")
@patient_only
def drop_pictures() -> tuple[Response, int]:
    def drop() -> Album:
        album.drop(ports(), person_id=person_id())
        return album.album(ports(), person_id=person_id())

    return _told(drop)


@blueprint.post("/questions/<ref>/pictures")
@patient_only
def add_pictures(ref: str) -> Page | Response | tuple[Response, int]:
    """Pictures for an open question."""
    if request.headers.get(ONE):
        return _told(lambda: _keep(ref))
    try:
        _keep(ref)
    except (BadInput, Refused) as error:
        return page(ref, error=error)
    return redirect(url_for("h5.question_page", ref=ref, done="pictured"), 303)


def _keep(ref: str) -> Album:
    """Each file of the form. Raises BadInput('bad_request' | 'bad_shot'), Refused, NotFound."""
    form, files = once.sent(), request.files.getlist(FIELD)[:MOST]
    contents = [content for file in files if (content := file.stream.read())]
    if not contents:
        raise BadInput("no_shot")
    for number, content in enumerate(contents):
        found = album.keep(ports(), person_id=person_id(), content=content, once=f"{form}:{number}", ref=ref)
    return found


def _told(deed: Callable[[], Album]) -> tuple[Response, int]:
    """How it went, for the page's script to say."""
    try:
        found = deed()
    except PeizhenError as error:
        return jsonify(said=said(error)), status_of(error)
    return jsonify(there=found.there, most=found.most), OK
