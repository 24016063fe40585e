"""给医生看我的报告: each one by a yes of its own, taken back with one tap."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from bot.errors import Refused
from bot.services import consult_reports
from bot.web.auth import patient_only
from bot.web.context import person_id, ports
from bot.web.h5.questions import page
from bot.web.h5.refused import ways_on
from bot.web.h5.room import blueprint
from bot.web.h5.way import Page


@blueprint.get("/questions/<ref>/reports")
@patient_only
@ways_on
def question_reports_page(ref: str) -> str:
    found = consult_reports.choices(ports(), person_id=person_id(), ref=ref)
    return render_template(
        "h5/question_reports.html", ref=ref, choices=found, most=ports().rules["reports_per_question"]
    )


@blueprint.post("/questions/<ref>/reports/give")
@patient_only
def give_question_report(ref: str) -> Page | Response:
    try:
        consult_reports.give(ports(), person_id=person_id(), ref=ref, report_ref=request.form.get("report", ""))
    except Refused as error:
        return page(ref, error=error)
    return redirect(url_for("h5.question_page", ref=ref, done="given"), 303)


@blueprint.post("/questions/<ref>/reports/hide")
@patient_only
def hide_question_report(ref: str) -> Response:
    consult_reports.take_back(ports(), person_id=person_id(), ref=ref, report_ref=request.form.get("report", ""))
    return redirect(url_for("h5.question_page", ref=ref, done="hidden"), 303)
