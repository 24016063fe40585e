"""候诊: how many are ahead, kept fresh by polling."""

from __future__ import annotations

from flask import Response, render_template

from bot.services import queue
from bot.web.auth import patient_only
from bot.web.context import person_id, ports
from bot.web.h5.room import blueprint
from bot.web.live import Part, part, polled


@blueprint.get("/queue")
@patient_only
def queue_page() -> str:
    return render_template("h5/queue.html", part=_places())


@blueprint.get("/queue/live")
@patient_only
def queue_live() -> Response:
    return polled(_places)


def _places() -> Part:
    return part("h5/_places.html", places=queue.mine(ports(), person_id=person_id()))
