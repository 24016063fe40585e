"""/h5/jssdk: what one of our pages needs before it may ask WeChat's browser to scan, or to offer subscriptions."""

from __future__ import annotations

from flask import Response, jsonify, request

from bot.errors import NotFound
from bot.web.auth import patient_only
from bot.web.context import web
from bot.web.h5.room import blueprint


@blueprint.get("/jssdk")
@patient_only
def jssdk() -> Response:
    """wx.config for the page that asks, named by itself as it sees its address; 400 for one that is not ours."""
    port = web().jssdk
    if port is None:
        raise NotFound
    response = jsonify(port.config(request.args.get("url", "")))
    response.headers["Cache-Control"] = "no-store"
    return response
