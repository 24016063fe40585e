"""检验检查报告: the list, and one report with its values against their ranges."""

from __future__ import annotations

from flask import render_template, request

from bot.errors import Refused
from bot.services import cards, reports
from bot.web.auth import patient_only
from bot.web.context import person_id, ports
from bot.web.h5.room import blueprint


@blueprint.get("/reports")
@patient_only
def reports_page() -> str:
    """All cards' reports, or one card's (`?card=c_…`)."""
    card = request.args.get("card") or None
    return render_template(
        "h5/reports.html",
        cards=cards.mine(ports(), person_id=person_id()),
        lines=reports.mine(ports(), person_id=person_id(), card_ref=card),
        chosen=card,
    )


@blueprint.get("/reports/<ref>")
@patient_only
def report_page(ref: str) -> str:
    try:
        report = reports.one(ports(), person_id=person_id(), ref=ref)
    except Refused as error:
        if error.code != "report_not_ready":
            raise
        return render_template("h5/report_waiting.html", expected_at=error.facts.get("expected_at"))
    return render_template("h5/report.html", report=report)
