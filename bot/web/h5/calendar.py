"""预约挂号: whose card, which department, which day and half hour."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from bot.errors import Refused
from bot.his.port import hospital_of
from bot.services import booking, booking_history, cards, department_tree, emergency, hospitals
from bot.web.auth import patient_only
from bot.web.context import person_id, ports
from bot.web.h5 import way
from bot.web.h5.refused import ways_on
from bot.web.h5.room import blueprint

LONGEST = 40  # characters of a search


@blueprint.get("/book")
@patient_only
def whose_page() -> Response | str:
    """Whose card; of one card nothing is asked."""
    mine = cards.mine(ports(), person_id=person_id())
    if len(mine) == 1 and not request.args:
        return redirect(url_for("h5.departments_page", card=mine[0].ref))
    return render_template(
        "h5/whose.html",
        cards=mine,
        relations=cards.RELATIONS,
        houses=hospitals.labels(ports()),
        hospital_of=hospital_of,
        suspended={card.ref for card in mine if _suspended(card)},
        appealed=request.args.get("done") == "appealed",
    )


def _suspended(card: cards.Card) -> bool:
    try:
        booking.check_patient(ports(), person_id=person_id(), card_ref=card.ref)
    except Refused:
        return True
    return False


@blueprint.get("/book/<card>")
@patient_only
@ways_on
def departments_page(card: str) -> str:
    """All departments by building, or those that `?q=` finds, with doctors of that name."""
    who, wanted = way.card_of(card), request.args.get("q", "")[:LONGEST].strip()
    where = {"hospital_id": hospital_of(who.patient_id), "wanted": wanted}
    been = [] if wanted else _been(who)
    return render_template(
        "h5/departments.html",
        card=who,
        been=been,
        wanted=wanted,
        urgent=emergency.check(ports(), text=wanted) if wanted else None,
        houses=department_tree.tree(ports(), **where),
        doctors=department_tree.doctors(ports(), **where),
    )


def _been(card: cards.Card) -> list[booking.Department]:
    """Where this card was last, as far as the hospital still has it."""
    known = {d.id: d for d in booking.departments(ports())}
    ids = booking_history.departments(ports(), person_id=person_id(), card_ref=card.ref)
    return [known[each] for each in ids if each in known]


@blueprint.get("/book/<card>/<department>")
@patient_only
@ways_on
def calendar_page(card: str, department: str) -> way.Page:
    """`?day=2026-11-24&doctor=yh.p01`, both optional."""
    return way.asked_calendar(way.to_new(way.card_of(card), department, request.args.get("doctor")))
