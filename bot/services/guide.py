"""导医: the hospital's own pages (address, parking, hours, what to bring), kept as data beside the code."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from bot.errors import NotFound
from bot.his.port import Hospital
from bot.ports import Ports
from bot.services import hospitals

FILE = Path(__file__).resolve().parents[1] / "guide.yaml"


@lru_cache(maxsize=1)
def _guide() -> dict[str, Any]:
    return dict(yaml.safe_load(FILE.read_text(encoding="utf-8")))


TOPICS = tuple(_guide()["pages"])


def text(ports: Ports, *, topic: str) -> str:
    """One page with the hospital's name, address and phones filled in; with several hospitals, theirs in turn.

    Raises NotFound, HisUnavailable.
    """
    if topic not in TOPICS:
        raise NotFound
    pages = [_page(hospital, topic) for hospital in hospitals.known(ports)]
    return "\n\n".join(dict.fromkeys(pages))


def _page(hospital: Hospital, topic: str) -> str:
    own = (_guide().get("hospitals") or {}).get(hospital.id) or {}
    return (
        str(own.get(topic) or _guide()["pages"][topic])
        .format(
            hospital=hospital.name,
            address=hospital.address,
            phone=hospital.phone,
            emergency_phone=hospital.emergency_phone,
            emergency_place=hospital.emergency_place,
        )
        .strip()
    )
