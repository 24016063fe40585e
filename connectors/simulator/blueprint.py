"""The simulator as one Flask blueprint: the phone at `/`, everything else under `/sim/`."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, render_template

from connectors.simulator.authenticator import Authenticator
from connectors.simulator.cashier import Cashier
from connectors.simulator.config import SimulatorConfig
from connectors.simulator.courier import Courier
from connectors.simulator.database import Database
from connectors.simulator.errors import Rejected
from connectors.simulator.fault_routes import FaultRoutes
from connectors.simulator.oauth import OAuth
from connectors.simulator.phone_routes import PhoneRoutes
from connectors.simulator.platform_api import PlatformApi
from connectors.simulator.tools import Tools

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
    " frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "SAMEORIGIN",
}


def create_blueprint(config: SimulatorConfig, tools: Tools | None = None) -> Blueprint:
    """One fake WeChat with its phones; state in `config.var_dir/simulator.db`.

    Safe with several worker processes. Exempt it from a global CSRF check: writing calls need `X-Sim: 1`.
    """
    tools, database = tools or Tools(), Database(config.database)
    blueprint = Blueprint(
        "simulator",
        __name__,
        template_folder="templates",
        static_folder="static",
        static_url_path="/sim/static",
    )
    courier = Courier(config, tools, database)
    for part in (PhoneRoutes, PlatformApi):
        part(config, tools, database, courier).add_to(blueprint)
    Authenticator(tools).add_to(blueprint)
    FaultRoutes(config, tools, database).add_to(blueprint)
    OAuth(config, tools, database).add_to(blueprint)
    Cashier(config, tools, database).add_to(blueprint)
    blueprint.add_url_rule("/", "page", lambda: render_template("simulator/phone.html", account=config.account_name))
    blueprint.register_error_handler(Rejected, _rejected)
    blueprint.after_request(_headers)
    return blueprint


def _rejected(error: Rejected) -> tuple[Response, int]:
    return jsonify(error=error.code), error.status


def _headers(response: Response) -> Response:
    response.headers.update(HEADERS)
    if response.mimetype in {"application/json", "text/html"}:
        response.headers["Cache-Control"] = "no-store"
    return response
