"""我的, and one card: whose it is, who else holds it, letting go."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from bot.services import booking, cards, notice_inbox
from bot.web.auth import patient_only
from bot.web.context import person_id, ports
from bot.web.h5.room import blueprint


@blueprint.get("/me")
@patient_only
def me() -> str:
    return render_template(
        "h5/me.html",
        kinds=cards.KINDS,
        relations=cards.RELATIONS,
        cards=cards.mine(ports(), person_id=person_id()),
        bookings=booking.mine(ports(), person_id=person_id()),
        unread=notice_inbox.unread(ports(), person_id=person_id()),
    )


@blueprint.get("/cards/<ref>")
@patient_only
def card_page(ref: str) -> str:
    card = cards.one(ports(), person_id=person_id(), ref=ref)
    found = cards.others(ports(), person_id=person_id())
    return render_template(
        "h5/card.html",
        card=card,
        others=[other for mine, other in found if mine.ref == card.ref],
        kinds=cards.KINDS,
        relations=cards.RELATIONS,
    )


@blueprint.post("/cards/<ref>/default")
@patient_only
def choose_card(ref: str) -> Response:
    cards.choose(ports(), person_id=person_id(), ref=ref)
    return redirect(url_for("h5.card_page", ref=ref), 303)


@blueprint.post("/cards/<ref>/relation")
@patient_only
def relate_card(ref: str) -> Response:
    relation = request.form.get("relation", "")
    cards.set_relation(ports(), person_id=person_id(), ref=ref, relation=relation)
    return redirect(url_for("h5.card_page", ref=ref), 303)


@blueprint.post("/cards/<ref>/unbind")
@patient_only
def unbind_card(ref: str) -> Response:
    cards.unbind(ports(), person_id=person_id(), ref=ref)
    return redirect(url_for("h5.me"), 303)


@blueprint.post("/cards/<ref>/holders/<holder>/cut")
@patient_only
def cut_holder(ref: str, holder: str) -> Response:
    cards.cut(ports(), person_id=person_id(), ref=ref, holder=holder)
    return redirect(url_for("h5.card_page", ref=ref), 303)
