"""The web process's Flask app: our rooms, the connectors' blueprints, and the guards around them all."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Blueprint, Flask, redirect, url_for
from flask_login import LoginManager
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Response

from bot.errors import ConfigError
from bot.ports import Ports
from bot.web import assets, auth, bodies, console, crowd, errors, h5, headers, health, metrics, pay, shown, trace
from bot.web.context import KEY, JsSdkPort, OAuthPort, Web

LARGEST = 256 * 1024  # bytes of a request; a longer one gets 413 before any view reads it
PARTS = 100  # fields of a form


def create_app(
    ports: Ports,
    blueprints: Iterable[Blueprint] = (),
    *,
    secret_key: str,
    demo: bool,
    public_url: str,
    health: health.Health,
    oauth: OAuthPort,
    jssdk: JsSdkPort | None = None,
    proxies: int = 1,
) -> Flask:
    """Our rooms and the connectors' blueprints behind one door.

    `health` → {part: {"ok": bool, "needed": bool}}; `public_url` without a slash at its end; `proxies` of ours stand in
    front: what they say of the client is taken, nobody else's word.
    Raises ConfigError for a view that no guard was decided for.
    """
    app = Flask("bot.web")
    web = Web(ports, oauth, public_url, secret_key, demo, jssdk)
    app.extensions[KEY] = web
    app.config.update(_config(web))
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies)  # type: ignore[method-assign]
    for part in (trace, metrics, headers, bodies, crowd, errors, assets, shown):
        part.register(app)
    _sign_in(app)
    _rooms(app, health)
    _connectors(app, tuple(blueprints))
    _check(app)
    return app


def _config(web: Web) -> dict[str, object]:
    return {
        "SECRET_KEY": web.secret_key,
        "SESSION_COOKIE_NAME": "console",
        "SESSION_COOKIE_PATH": "/console",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": web.secure,
        "WTF_CSRF_SSL_STRICT": False,  # wants the Referer that our policy withholds; headers.py checks
        "WTF_CSRF_TIME_LIMIT": None,  # a token lives as long as its session
        "MAX_CONTENT_LENGTH": LARGEST,
        "MAX_FORM_MEMORY_SIZE": LARGEST,
        "MAX_FORM_PARTS": PARTS,
    }


def _sign_in(app: Flask) -> None:
    manager = LoginManager(app)
    manager.session_protection = "basic"  # phones change their address on the way through the wards
    manager.user_loader(console.load)


def _rooms(app: Flask, probe: health.Health) -> None:
    for pages in (console.blueprint, h5.blueprint, pay.blueprint, health.blueprint(probe)):
        app.register_blueprint(pages)


def _connectors(app: Flask, blueprints: tuple[Blueprint, ...]) -> None:
    csrf = CSRFProtect(app)
    csrf.exempt(pay.blueprint)  # each notice is signed
    csrf.exempt(h5.blueprint)  # its forms carry a token of the patient's session (h5/room.py)
    for pages in blueprints:
        csrf.exempt(pages)  # WeChat cannot know our tokens; its signature is checked by the connector
        app.register_blueprint(pages)
    _front_door(app)


def _front_door(app: Flask) -> None:
    """`/` belongs to the simulator in demo; otherwise it leads staff to their console."""
    if any(rule.rule == "/" for rule in app.url_map.iter_rules()):
        return

    @app.get("/")
    @auth.public
    def front() -> Response:
        return redirect(url_for("console.home"))


def _check(app: Flask) -> None:
    if open_doors := auth.unguarded(app):
        raise ConfigError(views=open_doors, why="each view needs public, staff_only or patient_only")
    if rowless := auth.rowless(app):
        raise ConfigError(views=rowless, why="each door of the console needs its row in bot/web/doors.py")
