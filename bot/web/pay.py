"""`/pay/notify`: what the way of paying tells us. Whoever is not proved hears 401 and changes nothing.

Every no is `{"code": "FAIL"}` with a number that makes the platform send the notice again, as WeChat Pay v3 wants it.
"""

from __future__ import annotations

import logging

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import RequestEntityTooLarge

from bot.errors import Conflict, NotFound, PayForged, PayUnreadable
from bot.services import paid_holds
from bot.web.auth import public
from bot.web.context import ports

log = logging.getLogger(__name__)
LARGEST = 64 * 1024  # bytes of one notice; WeChat Pay's have about two thousand
REFUSED = {PayForged: 401, PayUnreadable: 400, NotFound: 404, Conflict: 409}
FAILED, NOT_HERE, TOO_LARGE = 500, 404, 413

blueprint = Blueprint("pay", __name__)


@blueprint.post("/pay/notify")
@public
def notify() -> Response | tuple[Response, int]:
    pay = ports().pay
    if pay is None:
        return _fail("not here", NOT_HERE)
    try:
        paid_holds.take_notice(ports(), pay, headers=dict(request.headers), body=_body())
    except tuple(REFUSED) as error:
        log.warning("a payment notice was refused: %s", error.code)
        return _fail(error.code, REFUSED[type(error)])
    except RequestEntityTooLarge:
        return _fail("too large", TOO_LARGE)
    except Exception as error:
        log.error("a payment notice was not taken: %s", type(error).__name__)
        return _fail("later", FAILED)
    return jsonify(code="SUCCESS")


def _body() -> bytes:
    """The raw bytes that were signed. Raises RequestEntityTooLarge."""
    if (request.content_length or 0) > LARGEST:
        raise RequestEntityTooLarge
    return request.get_data(cache=False)


def _fail(message: str, status: int) -> tuple[Response, int]:
    return jsonify(code="FAIL", message=message), status
