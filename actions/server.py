"""The action server: rasa-sdk's executor behind a key, on loopback, that never echoes a tracker."""

from __future__ import annotations

import bot.lean  # noqa: F401  isort:skip

import hmac
import logging
import os
from typing import Any

from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import ActionExecutionRejection
from sanic import Sanic
from sanic.exceptions import SanicException
from sanic.request import Request
from sanic.response import HTTPResponse, json

from actions import base

log = logging.getLogger(__name__)

SHAPE = {"slots": dict, "latest_message": dict, "active_loop": dict, "events": list}  # of a tracker, where not null


def create_app(key: str) -> Sanic:
    """POST /webhook as rasa calls it, with the header `x-peizhen-key`."""
    app = Sanic("peizhen-actions", configure_logging=False)
    executor = ActionExecutor()
    executor.register_package("actions")

    @app.get("/health")
    async def health(_request: Request) -> HTTPResponse:
        return json({"ready": True})

    @app.post("/webhook")
    async def webhook(request: Request) -> HTTPResponse:
        given = request.headers.get("x-peizhen-key", "").encode("utf-8", "replace")
        if not hmac.compare_digest(given, key.encode()):
            return json({"error": "key"}, status=401)
        return await _run(executor, request)

    @app.exception(SanicException)  # type: ignore[no-untyped-call]
    async def refused(_request: Request, error: SanicException) -> HTTPResponse:
        """Bodies that are no JSON, other paths and methods: sanic's own page would quote them."""
        return json({"error": "request"}, status=error.status_code or 500)

    return app


async def _run(executor: ActionExecutor, request: Request) -> HTTPResponse:
    call: Any = request.json
    if not isinstance(call, dict) or not _is_tracker(call.get("tracker")):
        return json({"error": "body"}, status=400)
    name = call.get("next_action")
    if not isinstance(name, str) or name not in executor.actions:
        return json({"error": "unknown"}, status=404)
    try:
        return json(await executor.run(call))
    except ActionExecutionRejection as rejected:
        return json({"error": "rejected", "action_name": rejected.action_name}, status=400)
    except Exception as error:
        log.error("action %s failed: %s", name, type(error).__name__)
        return json({"error": "failed", "action_name": name}, status=500)


def _is_tracker(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(value.get(name) or kind(), kind) for name, kind in SHAPE.items())


def run() -> None:
    """Serve on loopback until stopped; nobody is let in before all is loaded."""
    base.warm()
    port = int(os.environ["PEIZHEN_ACTIONS_PORT"])
    app = create_app(os.environ["PEIZHEN_ACTIONS_KEY"])
    app.run("127.0.0.1", port, workers=1, access_log=False, motd=False)


if __name__ == "__main__":
    run()
