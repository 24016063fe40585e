"""What makes one form one deed, however often it is sent: a number that the page carries and the service keeps."""

from __future__ import annotations

import re
import secrets

from flask import request

from bot.errors import BadInput

OURS = re.compile(r"[0-9a-f]{16}")


def fresh() -> str:
    """For a page that is about to be shown."""
    return secrets.token_hex(8)


def sent(code: str = "bad_request") -> str:
    """That of the form that was sent. Raises BadInput(code) when it is none of ours."""
    given = request.form.get("once", "")
    if not OURS.fullmatch(given):
        raise BadInput(code)
    return given
