"""人体图: point at the part, tap what is wrong, answer as in the chat, and see departments with half hours to book.

Nothing of it stands in an address: what was tapped goes along in the forms.
"""

from __future__ import annotations

from flask import render_template, request, url_for

from bot.errors import HisUnavailable, NotFound
from bot.his.port import hospital_of
from bot.services import cards, pointed, triage
from bot.services.booking import Offer
from bot.services.complaint import Complaint
from bot.services.next_places import next_places
from bot.web.auth import patient_only
from bot.web.context import person_id, ports
from bot.web.h5.body_figures import FIGURES, HIGH, WIDE
from bot.web.h5.room import blueprint

WHO, SIDES = (pointed.ADULT, pointed.CHILD), ("front", "back")
PLACES = 3
LEADS = {
    "urgent": "听起来最好今天就看，不要拖。",
    "routine": "根据您点的，可以看：",
    "self_care": "不着急，需要的话可以看：",
    "emergency": "这可能是急症，请马上去急诊或打120。",
}


@blueprint.get("/body")
@patient_only
def body_page() -> str:
    """`?who=child&side=back`; a grown-up from the front without."""
    who = _one_of(request.args.get("who"), WHO)
    side = _one_of(request.args.get("side"), SIDES)
    shapes = FIGURES[who, side]
    drawn = {shape.part for shape in shapes}
    others = [part for part in pointed.parts(who) if part.name not in drawn]
    return render_template(
        "h5/body.html", who=who, side=side, shapes=shapes, drawn=drawn, others=others, wide=WIDE, high=HIGH
    )


@blueprint.post("/body/part")
@patient_only
def body_part() -> str:
    """What is often wrong there."""
    who = _one_of(request.form.get("who"), WHO)
    part = pointed.one(request.form.get("part", ""), who)
    if part is None:
        raise NotFound
    return render_template("h5/body_part.html", who=who, part=part)


@blueprint.post("/body/ask")
@patient_only
def body_ask() -> str:
    """The next question, or the departments when nothing more would change them."""
    who, said = _one_of(request.form.get("who"), WHO), request.form.get("said", "")
    told = [*pointed.answers(request.form.get("answers", "")), *pointed.tapped(request.form.get("tap", ""))]
    so_far = pointed.begun(ports(), person_id=person_id(), said=said, who=who, told=told)
    question = so_far.next
    if question is None:
        return _result(so_far)
    facts = {"who": who, "said": said, "answers": pointed.dumped(told)}
    return render_template("h5/body_ask.html", ask=so_far.ask(question), key=question.key, taps=so_far.taps, **facts)


def _result(told: Complaint) -> str:
    found = triage.suggest(ports(), person_id=person_id(), inbox_id=None, complaint=told)
    card = next(iter(cards.mine(ports(), person_id=person_id())), None)
    first = next((one for one in found.suggestions if one.bookable), None)
    return render_template(
        "h5/body_result.html",
        lead=LEADS[found.urgency],
        advice=pointed.advice(ports(), told, found),
        found=found,
        card=card,
        places=_places(first, card),
        way=lambda one: _calendar(one, card),
    )


def _places(first: triage.Suggestion | None, card: cards.Card | None) -> list[Offer]:
    """Half hours that this card can take; none while the hospital is silent."""
    if first is None or card is None or not _same_house(first, card):
        return []
    try:
        return next_places(ports(), department_id=first.department.id, most=PLACES)
    except HisUnavailable:
        return []


def _calendar(one: triage.Suggestion, card: cards.Card | None) -> str:
    """Where a department is booked; without a card of its hospital first whose."""
    if card is None or not _same_house(one, card):
        return url_for("h5.whose_page")
    return url_for("h5.calendar_page", card=card.ref, department=one.department.id)


def _same_house(one: triage.Suggestion, card: cards.Card) -> bool:
    return hospital_of(one.department.id) == hospital_of(card.patient_id)


def _one_of(value: str | None, known: tuple[str, ...]) -> str:
    return value if value in known else known[0]
