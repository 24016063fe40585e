"""The web process: the Flask app with its connectors, as gunicorn loads it."""

from __future__ import annotations

import bot.lean  # noqa: F401  isort:skip

import gc

from flask import Flask

from bot import logs, wiring
from bot.host.desk import Desk
from bot.host.health import probe
from bot.host.indicator import Indicator
from bot.host.stage import simulator
from bot.services import emergency, words
from bot.triage import redflags
from bot.web.app import create_app
from bot.web.counted import Counted
from connectors.wechat.clock import MachineClock
from connectors.wechat.ports import Inbound
from connectors.wechat.webhook import wechat_blueprint


def application() -> Flask:
    """Wire one worker; called after fork."""
    logs.begin()
    settings, ports = wiring.settings(), wiring.ports()
    redflags.warm()
    typing = Indicator(ports, wiring.platform(settings, ports.transaction, ports.crypto))
    desk = Counted(Desk(ports, typing.show))

    def urgent(message: Inbound) -> list[dict[str, object]]:
        """The database hangs or is down: an emergency still gets its answer."""
        alarm = emergency.check(ports, text=message.text)
        return [{"text": alarm["text"]}] if alarm else []

    def unstored(_message: Inbound) -> list[dict[str, object]]:
        return [words.say("utter_not_kept")]

    account = wiring.account(settings)
    doors = [wechat_blueprint(account, desk, desk, MachineClock(), unstored=unstored, urgent=urgent)]
    if settings.simulated:
        doors.append(simulator(settings, ports))
    app = create_app(
        ports,
        doors,
        secret_key=ports.crypto.sign("web session key", length=32),
        demo=settings.demo,
        public_url=settings.public_url,
        health=probe(settings, ports, troubles=wiring.pauses(settings).troubles),
        oauth=wiring.oauth(settings),
        jssdk=wiring.jssdk(settings, ports.transaction, ports.crypto),
        proxies=int(settings["PEIZHEN_PROXIES"]),
    )
    gc.freeze()  # rules and pages stay: looking them through again would hold a worker up for a tenth of a second
    return app
