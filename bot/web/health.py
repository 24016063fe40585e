"""/healthz, /readyz and /metrics: for machines that watch us."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, Response, jsonify

from bot.web.auth import public
from bot.web.errors import health_status, place
from bot.web.metrics import scrape

log = logging.getLogger(__name__)

Health = Callable[[], Mapping[str, Mapping[str, Any]]]
"""Part → {"ok": bool, "needed": bool (default True), "detail": str (optional, no secrets)}."""


def blueprint(health: Health) -> Blueprint:
    pages = Blueprint("health", __name__)

    @pages.get("/healthz")
    @public
    def healthz() -> Response:
        """Say that this process answers, and nothing of its neighbours."""
        return Response("ok\n", content_type="text/plain; charset=utf-8")

    @pages.get("/readyz")
    @public
    def readyz() -> Response:
        """Would a patient get an answer now?"""
        parts = _ask(health)
        ready = all(part.get("ok") for part in parts.values() if part.get("needed", True))
        response = jsonify(ready=ready, parts=parts)
        response.status_code = health_status(ready=ready)
        return response

    @pages.get("/metrics")
    @public
    def metrics() -> Response:
        return scrape()

    return pages


def _ask(health: Health) -> dict[str, dict[str, Any]]:
    try:
        return {name: dict(part) for name, part in health().items()}
    except Exception as error:
        log.error("health probe failed: %s at %s", type(error).__name__, place(error))
        return {"health": {"ok": False, "needed": True}}
