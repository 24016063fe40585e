"""Limits at the patients' door: forms and sign-ins of one address, and forms that nobody can have read.

The client's address is the one that the outermost proxy of ours saw (PEIZHEN_PROXIES); `/wechat` is not counted.
"""

from __future__ import annotations

from flask import Flask, request

from bot.services import crowding
from bot.web.context import ports

SIGN_IN = "h5.back"


def _count() -> None:
    if request.blueprint != "h5":
        return
    what = "form" if request.method == "POST" else "sign_in" if request.endpoint == SIGN_IN else None
    if what is not None:
        crowding.count(ports(), what=what, address=request.remote_addr or "")


def register(app: Flask) -> None:
    app.before_request(_count)
