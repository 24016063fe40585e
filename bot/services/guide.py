"""导医: the hospital's own pages (address, parking, hours, what to bring), kept as data beside the code."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import yaml

from bot.errors import NotFound
from bot.ports import Ports

FILE = Path(__file__).resolve().parents[1] / "guide.yaml"


@lru_cache(maxsize=1)
def _pages() -> dict[str, str]:
    return dict(yaml.safe_load(FILE.read_text(encoding="utf-8"))["pages"])


TOPICS = tuple(_pages())


def text(ports: Ports, *, topic: str) -> str:
    """One page with the hospital's name, address and phones filled in. Raises NotFound."""
    if topic not in _pages():
        raise NotFound
    hospital = ports.his.hospital()
    return (
        _pages()[topic]
        .format(
            hospital=hospital.name,
            address=hospital.address,
            phone=hospital.phone,
            emergency_phone=hospital.emergency_phone,
            emergency_place=hospital.emergency_place,
        )
        .strip()
    )
