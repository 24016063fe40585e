"""The patient's session in one browser: a signed cookie with person id, issue time and a fresh session id."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from typing import Any, TypeVar

from flask import request
from itsdangerous import BadSignature, URLSafeSerializer
from werkzeug.wrappers import Response

from bot import clock
from bot.services import callers, hurry
from bot.web.context import ports, web

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
    return person_id if callers.person_here(ports(), person_id=person_id) else None


def form_token() -> str:
    """What every form of this session carries, so that no other site can send one.

    When it was shown is asked in the rush alone; else the same page keeps the same bytes, and a poll its 304.
    """
    value, shown = _read() or {}, time.time() if hurry.rush(ports()) else 0
    return str(_forms().dumps([value.get("p"), value.get("s"), shown]))


def form_is_ours(token: str) -> bool:
    """Whether a form was made for the session that sends it."""
    value = _read()
    return value is not None and _made(token)[:2] == [value["p"], value["s"]]


def form_age(token: str) -> float:
    """Seconds since a form of ours was shown; many when that was before the rush."""
    return time.time() - float(_made(token)[2])


def _made(token: str) -> list[Any]:
    """Person, session and moment (Unix seconds) that a form was made for; empty = it is none of ours."""
    try:
        found = _forms().loads(token)
    except BadSignature:
        return []
    return found if isinstance(found, list) and len(found) == len(("p", "s", "t")) else []


def _forms() -> URLSafeSerializer:
    return URLSafeSerializer(web().secret_key, salt="peizhen/h5-form")


def _read() -> dict[str, Any] | None:
    try:
        value = _serializer().loads(request.cookies.get(COOKIE, ""))
    except BadSignature:
        return None
    return value if isinstance(value, dict) else None
