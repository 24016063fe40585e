"""The H5 blueprint. Its forms carry a token of the patient's own session instead of the console's."""

from __future__ import annotations

from flask import Blueprint, request
from markupsafe import Markup

from bot.services import hurry
from bot.web import patient
from bot.web.context import ports
from bot.web.errors import Denied

blueprint = Blueprint("h5", __name__, url_prefix="/h5")
FIELD = "form_token"


@blueprint.before_request
def _own_forms_only() -> None:
    if request.method != "POST" or patient.person() is None:  # who is not signed in is told so, whatever he sent
        return
    token = request.form.get(FIELD, "")
    if not patient.form_is_ours(token):
        raise Denied("csrf")
    hurry.check(ports(), seconds=patient.form_age(token))


@blueprint.context_processor
def _around() -> dict[str, object]:
    return {"ours": _ours}


def _ours() -> Markup:
    """The hidden field of every form."""
    return Markup('<input type="hidden" name="{}" value="{}">').format(FIELD, patient.form_token())
