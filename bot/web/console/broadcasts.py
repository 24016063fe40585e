"""群发: articles and notices to followers, written and edited."""

from __future__ import annotations

from flask import Response as Page
from flask import flash, request
from werkzeug.wrappers import Response

from bot.errors import BadInput, Conflict
from bot.services import broadcast as service
from bot.web import once
from bot.web.auth import staff_only
from bot.web.console.broadcast_pages import (
    Typed,
    back_to,
    conflict_page,
    form_page,
    list_page,
    page_of,
    picture,
    typed,
    words,
)
from bot.web.console.room import SENDS, WRITES, blueprint
from bot.web.console.versions import version
from bot.web.context import ports, staff
from bot.web.errors import status_of
from bot.web.words import said

ONCE_LONGEST = 32  # characters of the token by which a double click is one draft


@blueprint.get("/broadcasts")
@staff_only(*SENDS)
def broadcasts() -> str:
    return list_page()


@blueprint.get("/broadcasts/new")
@staff_only(*WRITES)
def new_broadcast() -> str:
    return form_page(None, Typed(), once=once.fresh())


@blueprint.post("/broadcasts/new")
@staff_only(*WRITES)
def create_broadcast() -> Response | tuple[str, int]:
    key = request.form.get("once", "")[:ONCE_LONGEST]
    try:
        made = service.create(ports(), staff=staff(), words=words(), key=key, picture=picture() or b"")
    except BadInput as error:
        return form_page(None, typed(), once=key, trouble=said(error.code)), status_of(error)
    flash("草稿已保存。")
    return back_to(made.ref)


@blueprint.get("/broadcasts/<ref>")
@staff_only(*SENDS)
def broadcast(ref: str) -> str:
    return page_of(service.one(ports(), staff=staff(), ref=ref))


@blueprint.get("/broadcasts/<ref>/picture")
@staff_only(*SENDS)
def broadcast_picture(ref: str) -> Page:
    return Page(service.picture(ports(), staff=staff(), ref=ref), mimetype="image/jpeg")


@blueprint.post("/broadcasts/<ref>")
@staff_only(*WRITES)
def save_broadcast(ref: str) -> Response | tuple[str, int]:
    """Save; a colleague's change in between is shown beside one's own."""
    cover = b"" if request.form.get("no_picture") else picture()
    try:
        service.save(ports(), staff=staff(), ref=ref, version=version(), words=words(), picture=cover)
    except Conflict as error:
        return conflict_page(ref), status_of(error)
    except BadInput as error:
        seen = service.one(ports(), staff=staff(), ref=ref)
        return form_page(seen, typed(), trouble=said(error.code)), status_of(error)
    flash("已保存。改过的内容要重新提交审批。")
    return back_to(ref)
