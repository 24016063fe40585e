"""检验检查报告: the list, and one report with its values against their ranges."""

from __future__ import annotations

from flask import render_template, request

from bot.errors import Refused
from bot.services import cards, explaining, reports
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
        if error.code == "report_held":
            return render_template("h5/report_held.html")
        if error.code != "report_not_ready":
            raise
        return render_template("h5/report_waiting.html", expected_at=error.facts.get("expected_at"))
    return render_template("h5/report.html", report=report, explained=_explained(report))


@blueprint.get("/reports/<ref>/trend/<int:place>")
@patient_only
def trend_page(ref: str, place: int) -> str:
    """One line of a report over the years; `place` is where it stands in the report."""
    trend = reports.trend_of_line(ports(), person_id=person_id(), ref=ref, place=place)
    return render_template("h5/trend.html", trend=trend)


def _explained(report: reports.Full) -> list[tuple[str, str, str]]:
    """(name, what it measures, what its arrow can go with) of what is out of range, where we have words for it."""
    known = [(line, explaining.of(line)) for line in report.out]
    return [(line.name, item.measures, explaining.arrow(line)) for line, item in known if item is not None]
