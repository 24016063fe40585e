"""What /readyz and `peizhen check` look at: every part a patient's answer needs."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from functools import partial
from typing import Any, cast

import sqlalchemy as sa

from bot import clock
from bot.errors import ConfigError, PeizhenError
from bot.his.port import HisPort
from bot.ports import Ports
from bot.services import payment_orders
from bot.services.sms_twin import NoGateway
from bot.settings import SETTINGS, Settings
from connectors.wechat import capabilities

JOBS_SILENT_SECONDS = 60
LARGEST_SKEW = 60  # seconds between two clocks; leases and WeChat's five minutes bear no more


def probe(
    settings: Settings, ports: Ports, *, troubles: Callable[[], Mapping[str, str]] = dict
) -> Callable[[], Mapping[str, Mapping[str, Any]]]:
    """A function that asks every part: {part: {"ok", "needed"}}. `troubles`: what WeChat does not take now."""
    return lambda: {
        "database": _part(lambda: _database(ports)),
        "his": _part(lambda: _his(ports)),
        **_hospitals(ports),
        "rasa": _part(lambda: _rasa(ports)),
        "jobs": _part(lambda: _jobs(settings), needed=False),
        "pay": _part(lambda: ports.pay is not None, needed=False),
        "money": _part(lambda: not payment_orders.alarms(ports), needed=False),
        "wechat": {"ok": not troubles(), "needed": False},
        "sms": _part(lambda: not isinstance(ports.sms, NoGateway), needed=False),
    }


def _part(check: Callable[[], bool], *, needed: bool = True) -> dict[str, Any]:
    try:
        return {"ok": bool(check()), "needed": needed}
    except Exception as error:
        return {"ok": False, "needed": needed, "detail": type(error).__name__}


def _database(ports: Ports) -> bool:
    with ports.transaction() as session:
        return session.scalar(sa.text("SELECT 1")) == 1


def same_time(ports: Ports) -> None:
    """Raises ConfigError when this machine and its database do not agree what time it is."""
    with ports.transaction() as session:
        theirs: datetime = session.scalar(sa.select(sa.func.now()))
    if theirs.tzinfo is not None:
        theirs = theirs.astimezone(timezone.utc).replace(tzinfo=None)
    skew = abs((clock.wire() - theirs).total_seconds())
    if skew > LARGEST_SKEW:
        raise ConfigError(setting="clock", why=f"this machine and the database are {skew:.0f} s apart")


def _his(ports: Ports) -> bool:
    try:
        return bool(ports.his.hospitals())
    except PeizhenError:
        return False


def _hospitals(ports: Ports) -> dict[str, dict[str, Any]]:
    """Each hospital of a federation; one that is silent leaves the others' patients their answer."""
    members: Mapping[str, HisPort] = getattr(ports.his, "members", {})
    return {f"his {name}": _part(partial(_answers_as, name, his), needed=False) for name, his in members.items()}


def _answers_as(name: str, his: HisPort) -> bool:
    """Whether a hospital answers, and by the id under which it is connected."""
    return [hospital.id for hospital in his.hospitals()] == [name]


def _rasa(ports: Ports) -> bool:
    ready = getattr(ports.dialogue, "ready", None)
    return ready is None or bool(ready())


def _running(settings: Settings) -> bool:
    """What the running web says of rasa, whose address only it knows."""
    with urllib.request.urlopen(f"http://127.0.0.1:{settings['PORT']}/readyz", timeout=5) as answer:
        return bool(json.load(answer)["parts"]["rasa"]["ok"])


def _jobs(settings: Settings) -> bool:
    """Whether the jobs' outbox has ticked in the last minute."""
    seen = json.loads((settings.var / "jobs.json").read_text())
    return clock.wire_seconds() - int(seen["outbox"]["at"]) < JOBS_SILENT_SECONDS


def check(settings: Settings, ports: Ports) -> dict[str, Any]:
    """`peizhen check`: parts as /readyz sees them, what the account's kind cannot do, settings at the demo's values.

    One silent hospital of several is a fault here; /readyz stays green for the others' patients.
    """
    parts = {**probe(settings, ports)(), "rasa": _part(lambda: _running(settings))}
    demo_values = sorted(s.name for s in SETTINGS if s.required and settings[s.name] in {"", s.default})
    kind = settings["WECHAT_ACCOUNT_KIND"]
    account = {"kind": kind, "off": capabilities.off(cast("capabilities.AccountKind", kind))}
    ok = all(part["ok"] for name, part in parts.items() if part["needed"] or name.startswith("his "))
    return {
        "ok": ok,
        "environment": settings["PEIZHEN_ENV"],
        "parts": parts,
        "account": account,
        "at_demo_values": demo_values,
    }
