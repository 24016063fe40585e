"""我的消息: everything that was to be told to this person, also what could not be sent."""

from __future__ import annotations

from flask import render_template

from bot.services import notice_inbox
from bot.web.auth import patient_only
from bot.web.context import person_id, ports
from bot.web.h5.room import blueprint


@blueprint.get("/inbox")
@patient_only
def inbox_page() -> str:
    """New ones are marked, once: whoever opens the page has read them."""
    messages = notice_inbox.mine(ports(), person_id=person_id())
    page = render_template("h5/inbox.html", messages=messages)
    new = [message.id for message in messages if message.unread]
    if new:
        notice_inbox.seen(ports(), person_id=person_id(), ids=new)
    return page
