"""What stands beside a question: what was told, voices to hear, reports that the patient shows."""

from __future__ import annotations

from flask import Response, render_template, request

from bot.services import consult_beside, consult_reports, consult_voices
from bot.web.auth import staff_only
from bot.web.console.room import ANSWERS, blueprint
from bot.web.context import ports, staff


@blueprint.get("/questions/<ref>/beside")
@staff_only(*ANSWERS)
def beside(ref: str) -> str:
    found = consult_beside.beside(ports(), staff=staff(), ref=ref)
    return render_template("console/beside.html", beside=found, playable=ports().audio is not None)


@blueprint.get("/questions/<ref>/voices/<int:number>")
@staff_only(*ANSWERS)
def voice(ref: str, number: int) -> Response:
    """One voice of a question, as it came; as all of the console, kept in no cache."""
    sound = consult_voices.sound(ports(), staff=staff(), ref=ref, number=number)
    return _file(sound, number)


@blueprint.get("/questions/<ref>/voices/<int:number>/play")
@staff_only(*ANSWERS)
def played_voice(ref: str, number: int) -> Response:
    """The same for the player on the page, in the pieces that it asks for (iPhones ask for two bytes first).

    What cannot be played comes as the file: the player says so, and whoever opened the address himself has it.
    """
    sound, kind = consult_voices.playable(ports(), staff=staff(), ref=ref, number=number)
    if kind == consult_voices.AMR:
        return _file(sound, number)
    made = Response(sound, mimetype=kind, headers={"Content-Disposition": "inline"})
    made.make_conditional(request, accept_ranges=True, complete_length=len(sound))
    return made


def _file(sound: bytes, number: int) -> Response:
    name = f'attachment; filename="{number}.amr"'  # no browser plays AMR by itself
    return Response(sound, mimetype=consult_voices.AMR, headers={"Content-Disposition": name})


@blueprint.get("/questions/<ref>/reports/<int:number>")
@staff_only(*ANSWERS)
def shown_report(ref: str, number: int) -> str:
    """One report that the patient shows to whoever answers; each look is written down."""
    report = consult_reports.one(ports(), staff=staff(), ref=ref, number=number)
    return render_template("console/shown_report.html", ref=ref, report=report)
