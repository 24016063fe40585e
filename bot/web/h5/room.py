"""The H5 blueprint."""

from flask import Blueprint

from bot.web.patient import form_token

blueprint = Blueprint("h5", __name__, url_prefix="/h5")


@blueprint.context_processor
def _forms() -> dict[str, object]:
    return {"form_token": form_token}
