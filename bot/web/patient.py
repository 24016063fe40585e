"""The patient's session in one browser: a signed cookie with person id, issue time and a fresh session id."""

from __future__ import annotations

import hmac
import secrets
from typing import Any

from flask import request
from itsdangerous import BadSignature, URLSafeSerializer
from werkzeug.wrappers import Response

from bot import clock
from bot.services import messages
from bot.web.context import ports, web

COOKIE = "h5"
PATH = "/h5"
LIFE = 12 * 3600  # seconds; WeChat signs in again silently, so short costs the patient nothing


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(web().secret_key, salt="peizhen/h5-session")


def begin(response: Response, person_id: int) -> None:
    """Sign a patient in; whatever session the browser held before is replaced."""
    value = {"p": person_id, "t": clock.wire_seconds(), "s": secrets.token_hex(8)}
    response.set_cookie(
        COOKIE,
        _serializer().dumps(value),
        max_age=LIFE,
        path=PATH,
        httponly=True,
        secure=web().secure,
        samesite="Lax",
    )


def person() -> int | None:
    """The signed-in patient who is still with us, else None."""
    value = _read()
    if value is None or not 0 <= clock.wire_seconds() - value["t"] < LIFE:
        return None
    person_id: int = value["p"]
    return person_id if messages.person_here(ports(), person_id=person_id) else None


def form_token() -> str | None:
    """What every form of this session carries; None without a session. Worthless in any other session."""
    value = _read()
    return None if value is None else _forms().dumps(value["s"]).rsplit(".", 1)[1]


def form_fits(given: str) -> bool:
    """Whether a form came from a page of this session."""
    own = form_token()
    return own is not None and hmac.compare_digest(given.encode(), own.encode())


def _forms() -> URLSafeSerializer:
    return URLSafeSerializer(web().secret_key, salt="peizhen/h5-form")


def _read() -> dict[str, Any] | None:
    try:
        value = _serializer().loads(request.cookies.get(COOKIE, ""))
    except BadSignature:
        return None
    return value if isinstance(value, dict) else None
