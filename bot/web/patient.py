"""The patient's session in one browser: a signed cookie with person id, issue time and a fresh session id."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from flask import request
from itsdangerous import BadSignature, URLSafeSerializer
from werkzeug.wrappers import Response

from bot import clock
from bot.services import messages
from bot.web.context import ports, web
from bot.web.errors import Denied

View = TypeVar("View", bound=Callable[..., Any])
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


def form_token() -> str:
    """What every form of a patient's page carries, bound to this session: another site cannot know it."""
    session = _read() or {}
    return ports().crypto.sign(f"h5-form:{session.get('s', '')}")


def checked_form(view: View) -> View:
    """Let a view take only forms of our own pages; goes under `patient_only`. Raises Denied('csrf')."""

    @wraps(view)
    def checked(*args: Any, **kwargs: Any) -> Any:
        if not hmac.compare_digest(request.form.get("form_token", "").encode(), form_token().encode()):
            raise Denied("csrf")
        return view(*args, **kwargs)

    return cast("View", checked)


def _read() -> dict[str, Any] | None:
    try:
        value = _serializer().loads(request.cookies.get(COOKIE, ""))
    except BadSignature:
        return None
    return value if isinstance(value, dict) else None
