"""What stands beside a question: what was told, voices to hear, reports that the patient shows; and appointed talks."""

from __future__ import annotations

from flask import Response, redirect, render_template
from werkzeug.wrappers import Response as Page

from bot.services import consult_beside, consult_reports, consult_voices, live_talks
from bot.web.auth import staff_only
from bot.web.console.room import ANSWERS, blueprint
from bot.web.context import ports, staff


@blueprint.get("/questions/<ref>/beside")
@staff_only(*ANSWERS)
def beside(ref: str) -> str:
    return render_template("console/beside.html", beside=consult_beside.beside(ports(), staff=staff(), ref=ref))


@blueprint.get("/questions/<ref>/voices/<int:number>")
@staff_only(*ANSWERS)
def voice(ref: str, number: int) -> Response:
    """One voice of a question, as it came; as all of the console, kept in no cache."""
    sound = consult_voices.sound(ports(), staff=staff(), ref=ref, number=number)
    name = f'attachment; filename="{number}.amr"'  # no browser plays AMR by itself
    return Response(sound, mimetype=consult_voices.MIMETYPE, headers={"Content-Disposition": name})


@blueprint.get("/questions/<ref>/reports/<int:number>")
@staff_only(*ANSWERS)
def shown_report(ref: str, number: int) -> str:
    """One report that the patient shows to whoever answers; each look is written down."""
    report = consult_reports.one(ports(), staff=staff(), ref=ref, number=number)
    return render_template("console/shown_report.html", ref=ref, report=report)


@blueprint.get("/talks")
@staff_only(*ANSWERS)
def talks() -> str:
    """The appointed talks about questions of his scope."""
    return render_template("console/talks.html", talks=live_talks.of_staff(ports(), staff=staff()))


@blueprint.get("/talks/<ref>/door")
@staff_only(*ANSWERS)
def talk_door(ref: str) -> Page:
    """To the video room of a talk, while its time is."""
    return redirect(live_talks.staff_door(ports(), staff=staff(), ref=ref), 303)
