"""The H5 blueprint."""

from flask import Blueprint

blueprint = Blueprint("h5", __name__, url_prefix="/h5")
