"""Failures → status numbers and one small page. The only file that knows the numbers.

Nothing of the request is echoed and nothing of the exception is shown or logged but its type and place.
"""

from __future__ import annotations

import logging
import traceback

from flask import Flask, Response, current_app, jsonify, redirect, request, url_for
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as WerkzeugResponse

from bot.errors import BadInput, Conflict, NotFound, PeizhenError, Refused, Unavailable
from bot.ports import DATABASE_AWAY
from bot.web.words import said

log = logging.getLogger(__name__)
RETRY_SECONDS = 30  # what a client may wait after 429 and 503

OK, NOT_MODIFIED, BAD_REQUEST, INTERNAL = 200, 304, 400, 500


class SignInNeeded(PeizhenError):
    """Nobody is signed in, or no longer; `url` is where to sign in."""

    code = "sign_in"

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url


class Denied(PeizhenError):
    """Signed in, but this is not for this role; or a forged request."""

    code = "forbidden"


BY_CODE = {
    "forbidden": 403,
    "csrf": 403,
    "too_many_tries": 429,
    "too_crowded": 429,
    "too_hurried": 429,
    "follow_first": 403,
    "no_sign_in": 403,
}
BY_CLASS: tuple[tuple[type[PeizhenError], int], ...] = (
    (SignInNeeded, 401),
    (Denied, 403),
    (BadInput, 400),
    (NotFound, 404),
    (Conflict, 409),
    (Refused, 422),
    (Unavailable, 503),
)
CONSENT = "consent_"
HTTP_CODES = {
    400: "bad_request",
    401: "sign_in",
    403: "forbidden",
    404: "not_found",
    405: "bad_method",
    409: "conflict",
    413: "too_large",
    415: "bad_type",
    422: "refused",
    429: "too_many_tries",
    503: "unavailable",
}


def status_of(error: PeizhenError) -> int:
    """HTTP status of an expected failure."""
    if error.code in BY_CODE:
        return BY_CODE[error.code]
    return next((number for kind, number in BY_CLASS if isinstance(error, kind)), 500)


def health_status(*, ready: bool) -> int:
    """/readyz: 200 or 503."""
    return OK if ready else 503


def wants_page() -> bool:
    """Whether a person looks at the answer; our own polling scripts and API clients get JSON."""
    if request.headers.get("X-Live"):
        return False
    accepts = request.accept_mimetypes
    return accepts["text/html"] >= accepts["application/json"]


def failure(code: str, status: int) -> Response:
    """The one small page, or its JSON twin."""
    title, hint = said(code)
    if wants_page():
        # Past every context processor: those ask the database who this is, and that may be what fails.
        page = current_app.jinja_env.get_template("error.html")
        response = Response(page.render(title=title, hint=hint, room=_room()), status, mimetype="text/html")
    else:
        response = jsonify(code=code, message=title)
        response.status_code = status
    response.headers["Cache-Control"] = "no-store"
    if status in {429, 503}:
        response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


def _room() -> str:
    """Which home the page's way back leads to."""
    return next((room for room in ("h5", "console") if request.path.startswith(f"/{room}/")), "")


def _expected(error: PeizhenError) -> WerkzeugResponse:
    if isinstance(error, SignInNeeded) and wants_page() and request.method in {"GET", "HEAD"}:
        return redirect(error.url)
    if error.code.startswith(CONSENT) and _room() == "h5" and wants_page() and request.method == "GET":
        purpose, back = error.code.removeprefix(CONSENT), request.full_path.rstrip("?")
        return redirect(url_for("h5.data_page", ask=purpose, next=back))
    return failure(error.code, status_of(error))


def _http(error: HTTPException) -> WerkzeugResponse:
    status = error.code or INTERNAL
    if status < BAD_REQUEST:  # werkzeug raises redirects too
        return error.get_response()
    if isinstance(error, CSRFError):
        return failure("sign_in", 401) if _session_ended() else failure("csrf", 403)
    response = failure(HTTP_CODES.get(status, "bad_request" if status < INTERNAL else "internal"), status)
    for name, value in error.get_headers():
        if name == "Allow":
            response.headers[name] = value
    return response


def _session_ended() -> bool:
    """Whether a form of the console lost its token with its session: idle, signed out in another tab."""
    return _room() == "console" and request.endpoint != "console.signin" and not current_user.is_authenticated


def _away(error: Exception) -> WerkzeugResponse:
    _note(error)
    return failure("database_away", status_of(Unavailable()))


def _unknown(error: Exception) -> WerkzeugResponse:
    _note(error)
    return failure("internal", INTERNAL)


def _note(error: Exception) -> None:
    log.error("unhandled %s in %s at %s", type(error).__name__, request.endpoint, place(error))


def place(error: BaseException) -> str:
    """`file:line` of the innermost frame; never the message, which may hold a patient's words."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{frames[-1].filename}:{frames[-1].lineno}" if frames else "?"


def register(app: Flask) -> None:
    app.register_error_handler(PeizhenError, _expected)
    app.register_error_handler(HTTPException, _http)
    for away in DATABASE_AWAY:
        app.register_error_handler(away, _away)
    app.register_error_handler(Exception, _unknown)
