"""Forms of patients' pages: each carries a token of the patient's own session, checked before any view is reached."""

from __future__ import annotations

from flask import request
from markupsafe import Markup

from bot.web import patient
from bot.web.errors import Denied
from bot.web.h5.room import blueprint

FIELD = "csrf_token"
READING = frozenset({"GET", "HEAD", "OPTIONS"})


@blueprint.context_processor
def _around() -> dict[str, object]:
    return {"csrf": _field}


@blueprint.before_request
def _check() -> None:
    """Refuse a form that this patient's own pages did not bring. Who is nobody is stopped by the view's guard."""
    if request.method in READING or patient.form_token() is None:
        return
    if not patient.form_fits(request.form.get(FIELD, "")):
        raise Denied("csrf")


def _field() -> Markup:
    """The hidden field of every form."""
    return Markup('<input type="hidden" name="{}" value="{}">').format(FIELD, patient.form_token() or "")
