"""申诉: asking to look again at visits that were counted as missed."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from bot.services import flagged, suspensions
from bot.web.auth import patient_only
from bot.web.context import person_id, ports
from bot.web.h5.room import blueprint


@blueprint.post("/appeal")
@patient_only
def appeal() -> Response | str:
    """For all of this person's patients, as in the chat; twice is once. An emergency is answered first."""
    words = request.form.get("words", "").strip()
    standing = suspensions.appeal(ports(), person_id=person_id(), words=words)
    further = url_for("h5.whose_page", done="appealed" if standing else "none")
    urgent = flagged.heard(ports(), person_id=person_id(), text=words)
    return render_template("h5/emergency.html", urgent=urgent, further=further) if urgent else redirect(further, 303)
