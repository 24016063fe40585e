"""Headers of every response, and the refusal of cross-site writes."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, Response, request

from bot.web.context import web
from bot.web.errors import Denied

# Referrer-Policy no-referrer makes browsers send `Origin: null` on our own forms, so Sec-Fetch-Site decides.
SAME_SITE = frozenset({"same-origin", "none"})
YEAR = 31_536_000  # seconds


def policy(*, framed: bool) -> str:
    """The content security policy. `framed`: our own pages may show this one in a frame (simulator)."""
    ancestors = "'self'" if framed else "'none'"
    ours = "default-src 'self'; media-src 'self'"
    return f"{ours}; base-uri 'none'; object-src 'none'; form-action 'self'; frame-ancestors {ancestors}"


def _in(*rooms: str) -> bool:
    return any(request.path == f"/{room}" or request.path.startswith(f"/{room}/") for room in rooms)


def _dress(response: Response) -> Response:
    framed = web().demo and _in("h5")
    headers = response.headers
    if "Content-Security-Policy" not in headers:  # the simulator's pages bring their own, no looser than ours
        headers["Content-Security-Policy"] = policy(framed=framed)
        headers["X-Frame-Options"] = "SAMEORIGIN" if framed else "DENY"
        headers["Referrer-Policy"] = "no-referrer"
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()"
    if web().secure:
        headers["Strict-Transport-Security"] = f"max-age={YEAR}"
    if _in("h5", "console"):
        headers["Cache-Control"] = "no-store"
    return response


def _refuse_cross_site() -> None:
    """A write from another site never reaches a view of ours. Connectors check signatures instead."""
    if request.method in {"GET", "HEAD", "OPTIONS"} or not _in("h5", "console"):
        return
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin", "null")
    foreign = origin != "null" and urlsplit(origin).netloc not in {
        request.host,
        urlsplit(web().public_url).netloc,
    }
    if (site is not None and site not in SAME_SITE) or (site is None and foreign):
        raise Denied


def register(app: Flask) -> None:
    app.before_request(_refuse_cross_site)
    app.after_request(_dress)
