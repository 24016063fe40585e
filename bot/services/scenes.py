"""What a scanned code means: a department's, a doctor's or a bed's sign, or that somebody has just paid.

A scene is `dept:<id>`, `doctor:<id>` or `bed:<name>.<seal>`; WeChat keeps 64 characters. A bed's names who lies in it,
so only beds that we sealed open anything; what a scene opens is said after rasa's own checks like any other wish.
(Signs that check in: arrival.py.)
"""

from __future__ import annotations

import json
import re

from bot.ports import Ports
from bot.services import arrival

LONGEST = 64  # characters that WeChat keeps of a scene
SEAL_BYTES = 8
DEPARTMENT, DOCTOR, BED = "dept:", "doctor:", "bed:"
OPENS = {DEPARTMENT: ("department_info", "department"), DOCTOR: ("doctor_info", "doctor")}  # sign: intent, entity
NAME = re.compile(r"[A-Za-z0-9._-]{1,48}")
PAID = "last_trade_no_"  # followed after a payment; what follows is WeChat Pay's number of it


def bed(ports: Ports, name: str) -> str:
    """The scene of one bed. Raises ValueError for a name that does not fit."""
    scene = f"{BED}{name}.{_seal(ports, name)}"
    if not NAME.fullmatch(name) or len(scene) > LONGEST:
        raise ValueError("a bed's name has letters, digits, . _ - and fits into a scene")
    return scene


def wish(ports: Ports, event_key: str) -> str | None:
    """What a scan or a follow opens, as a command to rasa; None = nothing of ours."""
    if event_key.startswith(PAID):
        return "/my_bookings"
    scene = event_key.removeprefix(arrival.FOLLOWED)
    for sign, (intent, entity) in OPENS.items():
        name = scene.removeprefix(sign)
        if scene.startswith(sign) and NAME.fullmatch(name):
            return f"/{intent}{json.dumps({entity: name})}"
    return "/admission" if _is_a_bed(ports, scene) else None


def _is_a_bed(ports: Ports, scene: str) -> bool:
    name, _, seal = scene.removeprefix(BED).rpartition(".")
    ours = ports.crypto.verify(f"bed:{name}", seal, length=SEAL_BYTES)
    return scene.startswith(BED) and bool(NAME.fullmatch(name)) and ours


def _seal(ports: Ports, name: str) -> str:
    return ports.crypto.sign(f"bed:{name}", length=SEAL_BYTES)
