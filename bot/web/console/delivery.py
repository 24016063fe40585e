"""投递情况: notices that reached nobody and messages that nobody could answer. Nothing fails silently."""

from __future__ import annotations

from flask import render_template

from bot.services import messages
from bot.web.auth import staff_only
from bot.web.console.room import OPERATES, blueprint
from bot.web.context import ports


@blueprint.get("/delivery")
@staff_only(*OPERATES)
def delivery() -> str:
    return render_template(
        "console/delivery.html", notices=messages.undelivered(ports()), failures=messages.failed(ports())
    )
