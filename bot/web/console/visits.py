"""今日预约: the department's bookings of today, and the page (预问诊) that a patient gave with one."""

from __future__ import annotations

from flask import render_template

from bot.services import previsit_desk
from bot.web.auth import staff_only
from bot.web.console.room import ANSWERS, blueprint
from bot.web.context import ports, staff


@blueprint.get("/visits")
@staff_only(*ANSWERS)
def visits() -> str:
    return render_template("console/visits.html", visits=previsit_desk.today(ports(), staff=staff()))


@blueprint.get("/visits/<ref>")
@staff_only(*ANSWERS)
def visit(ref: str) -> str:
    """One page; opening it is written down."""
    return render_template("console/visit.html", opened=previsit_desk.open_one(ports(), staff=staff(), ref=ref))
