"""Being at the hospital, proved: a sign scanned at a door, or a place shared that lies within the hospital's grounds.

Of a shared place nothing is kept here but that it was near enough; the message itself stays sealed in the inbox.
A sign is a WeChat QR code with a scene of ours: `checkin:<department or half day>`, for example `checkin:yh.k01`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy.orm import Session

from bot.db.base import insert_new
from bot.db.queue import Presence
from bot.errors import Refused
from bot.ports import Ports

SIGN = "checkin:"
FOLLOWED = "qrscene_"  # what WeChat puts before the scene when somebody follows by scanning
ANYWHERE = ""  # the scene of a shared place: it fits every door
EARTH_METRES = 6_371_000


@dataclass(frozen=True)
class Scan:
    """A sign was scanned: the department's or the half day's id that it stands for."""

    scene: str


@dataclass(frozen=True)
class Spot:
    """A place was shared; GCJ-02 degrees."""

    latitude: float = field(repr=False)
    longitude: float = field(repr=False)


Where = Scan | Spot


def scanned(event_key: str) -> Scan | None:
    """What a scan event's key means; None = not a sign of ours for checking in."""
    scene = event_key.removeprefix(FOLLOWED)
    return Scan(scene.removeprefix(SIGN)[:64]) if scene.startswith(SIGN) and len(scene) > len(SIGN) else None


def shared(latitude: object, longitude: object) -> Spot | None:
    """A location message's place; None = it holds none."""
    try:
        found = float(str(latitude)), float(str(longitude))
    except ValueError:
        return None
    possible = abs(found[0]) <= 90 and abs(found[1]) <= 180  # noqa: PLR2004 - degrees; a NaN is not
    return Spot(*found) if possible else None


def prove(ports: Ports, *, person_id: int, where: Where) -> None:
    """Remember that this person is here. Raises Refused('too_far')."""
    if isinstance(where, Spot) and not _within(ports, where):
        raise Refused("too_far")
    facts = {"scene": where.scene if isinstance(where, Scan) else ANYWHERE, "at": ports.now()}
    with ports.transaction() as session:
        if not insert_new(session, Presence, person_id=person_id, **facts):
            row = session.get(Presence, person_id, with_for_update=True)
            row.scene, row.at = facts["scene"], facts["at"]


def proved(ports: Ports, session: Session, *, person_id: int) -> str:
    """The scene of a proof that is fresh enough. Raises Refused('not_here')."""
    row = session.get(Presence, person_id)
    if row is None or ports.now() - row.at > timedelta(minutes=ports.rules["presence_minutes"]):
        raise Refused("not_here")
    return str(row.scene)


def _within(ports: Ports, spot: Spot) -> bool:
    return any(
        _metres(spot.latitude, spot.longitude, place["latitude"], place["longitude"]) <= place["metres"]
        for place in ports.rules["check_in_places"]
    )


def _metres(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """Distance on the globe (haversine)."""
    north, east = math.radians(other_latitude - latitude), math.radians(other_longitude - longitude)
    level = math.cos(math.radians(latitude)) * math.cos(math.radians(other_latitude))
    return 2 * EARTH_METRES * math.asin(math.sqrt(math.sin(north / 2) ** 2 + level * math.sin(east / 2) ** 2))
