"""A refusal on a page: why, in the words of the chat, and the ways on from it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from flask import redirect, render_template, request, url_for

from bot.errors import PeizhenError, Refused
from bot.his.port import hospital_of
from bot.services import cards, timetable, views, words
from bot.web import words as page_words
from bot.web.context import person_id, ports
from bot.web.errors import CONSENT, status_of

View = TypeVar("View", bound=Callable[..., Any])
Way = tuple[str, str]  # what its button says, and where it leads
MISFITS = frozenset({"department_age", "department_sex"})


def said(error: PeizhenError) -> str:
    """A failure as the chat says it, else as the page of failures does."""
    name = f"utter_error_{error.code}"
    if not words.known(name):
        return "，".join(page_words.said(error.code))
    reply = {"text": words.say(name, **error.facts)["text"]}
    return str(views.drawn(ports(), person_id=person_id(), reply=reply)["text"])


def ways_on(view: View) -> View:
    """Show a refusal of this view with what can be done about it. Stands below `patient_only`."""

    @wraps(view)
    def told(*args: Any, **kwargs: Any) -> Any:
        try:
            return view(*args, **kwargs)
        except Refused as refusal:
            return _page(refusal)

    return cast("View", told)


def _page(refusal: Refused) -> Any:
    if refusal.code.startswith(CONSENT):
        back = (
            request.full_path.rstrip("?") if request.method == "GET" else request.path
        )  # a form's page has its address
        return redirect(url_for("h5.data_page", ask=refusal.code.removeprefix(CONSENT), next=back), 303)
    appeal = refusal.code == "suspended"
    page = render_template("h5/refused.html", said=said(refusal), ways=_ways(refusal), appeal=appeal)
    return page, status_of(refusal)


def _ways(refusal: Refused) -> list[Way]:
    at = request.view_args or {}
    if refusal.code in MISFITS and "card" in at:
        return _misfit(refusal, at["card"], at.get("department", ""))
    if "ref" in at:
        return [("看这个号", url_for("h5.booking_page", ref=at["ref"]))]
    return [("给别的家人挂号", url_for("h5.whose_page"))] if _several() else []


def _several() -> bool:
    return len(cards.mine(ports(), person_id=person_id())) > 1


def _misfit(refusal: Refused, card: str, department: str) -> list[Way]:
    """The department for this patient, the patients for this department, and a card for somebody else."""
    found: list[Way] = []
    other = timetable.instead(ports(), department_id=department, name=str(refusal.facts.get("instead", "")))
    if other is not None:
        found.append((f"看{other.name}的号", url_for("h5.calendar_page", card=card, department=other.id)))
    mine = [
        c for c in cards.mine(ports(), person_id=person_id()) if hospital_of(c.patient_id) == hospital_of(department)
    ]
    fits, _why = timetable.fitting(ports(), found=mine, department_id=department)
    found += [(f"给{c.masked_name}挂", url_for("h5.calendar_page", card=c.ref, department=department)) for c in fits]
    return [*found, ("绑定家人的卡", url_for("h5.bind_page")), ("换个科室", url_for("h5.departments_page", card=card))]
