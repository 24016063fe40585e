"""The version that a form was opened with."""

from __future__ import annotations

from flask import request

from bot.errors import BadInput

DIGITS = 9  # of a version, at most; the column is an integer


def version() -> int:
    """Raises BadInput."""
    return parse("version")


def parse(field: str) -> int:
    """Read the version in a field of the form. Raises BadInput."""
    text = request.form.get(field, "")
    if not (text.isascii() and text.isdigit() and len(text) <= DIGITS):
        raise BadInput("bad_request")
    return int(text)
