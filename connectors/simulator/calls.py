"""One call of the product to the platform: what breaks on its way, its token, what the account may, its record."""

from __future__ import annotations

from collections.abc import Callable, Collection

from flask import Response, jsonify, request

from connectors.simulator import kinds
from connectors.simulator.call_log import CallLog
from connectors.simulator.config import Json, SimulatorConfig
from connectors.simulator.credentials import AccessTokens
from connectors.simulator.database import Database
from connectors.simulator.errors import PlatformError
from connectors.simulator.faults import CALLS, Fault, Faults
from connectors.simulator.hang_up import hang_up
from connectors.simulator.tools import Tools

BELOW = "/cgi-bin/"
Call = Callable[[], Json | Response]  # a file comes as it is, all else as JSON
PAGE = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


class Calls:
    """Answers every call; the platform's errors come under HTTP 200."""

    def __init__(self, config: SimulatorConfig, tools: Tools, database: Database) -> None:
        self._kind, self._tools = config.kind, tools
        self._tokens, self._log = AccessTokens(database), CallLog(database)
        self._faults = Faults(database, tools.chance)

    def answer(self, path: str, call: Call, *, token: bool) -> Response:
        """Carry out one call as far as the armed faults let it; noted before the caller hears of it."""
        name = path.removeprefix(BELOW)
        faults = self._faults.take(name, CALLS, now=self._tools.clock())
        response, outcome = _unreached(faults) or self._carried(path, call, faults, token=token)
        if "slow" in faults:
            self._tools.sleep(float(faults["slow"].value))
        lost = "lost" in faults
        self._log.add(name, f"lost {outcome}" if lost else outcome, now=self._tools.clock())
        return hang_up() if lost or "reset" in faults else response

    def _carried(self, path: str, call: Call, faults: dict[str, Fault], *, token: bool) -> tuple[Response, str]:
        try:
            if "errcode" in faults:
                raise PlatformError(int(faults["errcode"].value))  # noqa: TRY301 - told as every other error
            if token:
                self._tokens.check(request.args.get("access_token", ""), now=self._tools.clock())
            kinds.check(self._kind, path)
            told = call()
            return told if isinstance(told, Response) else jsonify(told), "0"
        except PlatformError as error:
            return jsonify(errcode=error.errcode, errmsg=error.errmsg), str(error.errcode)


def _unreached(faults: Collection[str]) -> tuple[Response, str] | None:
    """What never comes to the call."""
    if "reset" in faults:
        return Response(), "reset"
    if "html" in faults:
        return Response(PAGE, 502, content_type="text/html"), "html"
    return None
