"""候诊: where one stands, kept fresh by polling, and reporting that one is here."""

from __future__ import annotations

import secrets

from flask import Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Page

from bot.errors import Refused
from bot.services import queue
from bot.web.auth import patient_only
from bot.web.context import person_id, ports
from bot.web.errors import status_of
from bot.web.h5.room import blueprint
from bot.web.live import Part, part, polled
from bot.web.words import said

DONE = {"here": "报到好了，请在诊室门口等。", "again": "已经报到过了。", "back": "报到好了，已经重新排上队。"}


@blueprint.get("/queue")
@patient_only
def queue_page() -> str:
    return _page(done=DONE.get(request.args.get("done", "")))


@blueprint.get("/queue/live")
@patient_only
def queue_live() -> Response:
    return polled(_places)


@blueprint.post("/queue/<ref>/check-in")
@patient_only
def check_in(ref: str) -> Page | tuple[str, int]:
    """Report for one number; being here is proved before, by a scanned sign or a place sent in the chat."""
    key = f"h5:{ref[:32]}:{secrets.token_hex(12)}"
    try:
        done = queue.check_in(ports(), person_id=person_id(), ref=ref, key=key)
    except Refused as refusal:
        return _page(trouble=said(refusal.code)), status_of(refusal)
    return redirect(url_for("h5.queue_page", done=done.outcome), 303)


def _page(**more: object) -> str:
    return render_template("h5/queue.html", part=_places(), **more)


def _places() -> Part:
    return part("h5/_places.html", places=queue.mine(ports(), person_id=person_id()))
