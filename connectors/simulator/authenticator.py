"""The app on a staff member's phone that shows codes: POST /sim/authenticator. The product checks them by itself."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

from flask import Blueprint, Response, jsonify

from connectors.simulator.bodies import from_page
from connectors.simulator.errors import Rejected
from connectors.simulator.tools import Tools

STEP, DIGITS = 30, 6  # RFC 6238's defaults


class Authenticator:
    """{"secret": base32} → {"code": six digits, "seconds": how long it is shown}. Needs the header `X-Sim: 1`."""

    def __init__(self, tools: Tools) -> None:
        self._clock = tools.clock

    def add_to(self, blueprint: Blueprint) -> None:
        blueprint.add_url_rule("/sim/authenticator", "authenticator", self.show, methods=["POST"])

    def show(self) -> Response:
        secret, now = from_page().get("secret"), int(self._clock())
        if not isinstance(secret, str):
            raise Rejected(400, "bad_secret")
        return jsonify(code=code(secret, now), seconds=STEP - now % STEP)


def code(secret: str, at: int) -> str:
    """The code of one moment, Unix seconds. Raises Rejected."""
    try:
        key = base64.b32decode(secret)
    except (binascii.Error, ValueError):
        raise Rejected(400, "bad_secret") from None
    mac = hmac.new(key, (at // STEP).to_bytes(8, "big"), hashlib.sha1).digest()
    start = mac[-1] & 0x0F
    return str((int.from_bytes(mac[start : start + 4], "big") & 0x7FFFFFFF) % 10**DIGITS).zfill(DIGITS)
