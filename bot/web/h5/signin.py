"""Sign in through WeChat: one-time state bound to this browser, code → openid → our person.

The state travels in a short signed cookie that ends with its first use; that it was used is also kept here, so that a
copy of the cookie is worth nothing. A code works once at WeChat too. Ways back are own pages alone (paths.own).
"""

from __future__ import annotations

import hmac
import secrets
from typing import cast

from flask import redirect, request, url_for
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.wrappers import Response

from bot.errors import BadInput, PeizhenError
from bot.services import callers, once
from bot.web import patient
from bot.web.auth import public
from bot.web.context import ports, web
from bot.web.errors import Denied, failure, status_of
from bot.web.h5.room import blueprint
from bot.web.paths import own

COOKIE = "h5_state"
PATH = "/h5/oauth"
LIFE = 600  # seconds from leaving for WeChat to coming back
CODE_LONGEST = 512  # characters; WeChat's own are 32


@blueprint.get("/")
@public
def front() -> Response:
    return redirect(url_for("h5.me"))


@blueprint.get("/signin")
@public
def signin() -> Response:
    """Leave for WeChat, remembering where to come back to."""
    target = own(request.args.get("next"), room="h5", otherwise=url_for("h5.me"))
    state = secrets.token_hex(16)
    back = f"{web().public_url}{url_for('h5.back')}"
    response = redirect(_near(web().oauth.authorize_url(redirect_uri=back, state=state)))
    response.set_cookie(
        COOKIE,
        _serializer().dumps([state, target]),
        max_age=LIFE,
        path=PATH,
        httponly=True,
        secure=web().secure,
        samesite="Lax",
    )
    return response


def _near(url: str) -> str:
    """Without our own name when it is ours (demo's simulator): whoever opened 127.0.0.1 stays on 127.0.0.1."""
    ours = f"{web().public_url}/"
    return f"/{url.removeprefix(ours)}" if web().demo and url.startswith(ours) else url


@blueprint.get("/oauth/back")
@public
def back() -> Response:
    """Come back from WeChat; whatever happens, this state is used up."""
    try:
        response = _arrive(_expected_target())
    except PeizhenError as error:
        response = failure(error.code, status_of(error))
    response.delete_cookie(COOKIE, path=PATH, httponly=True, secure=web().secure, samesite="Lax")
    return response


def _arrive(target: str) -> Response:
    code = request.args.get("code", "")
    if not 0 < len(code) <= CODE_LONGEST:
        raise BadInput("bad_code")
    person_id = callers.person_of(ports(), openid=web().oauth.exchange(code))
    if person_id is None:
        raise Denied("follow_first")
    response = redirect(target)
    patient.begin(response, person_id)
    return response


def _expected_target() -> str:
    """Where this browser wanted to go. Raises Denied('bad_state') unless it left with this state, not used yet."""
    try:
        kept, left = _serializer().loads(request.cookies.get(COOKIE, ""), max_age=LIFE, return_timestamp=True)
    except BadSignature:
        raise Denied("bad_state") from None
    state, target = cast("list[str]", kept)
    if not hmac.compare_digest(state.encode(), request.args.get("state", "").encode()):
        raise Denied("bad_state")
    if not once.spend(ports(), kind="oauth_state", value=state, issued=left.replace(tzinfo=None)):
        raise Denied("bad_state")
    return own(target, room="h5", otherwise=url_for("h5.me"))


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(web().secret_key, salt="peizhen/h5-state")
