"""Turns in the first minutes of a new day's numbers: drawn by lot for each patient, so that speed wins nothing.

A turn is computed, not kept: a keyed hash of patient and day. Every WeChat user who asks for the same patient has the
same one, so a thousand accounts with fifty patients have fifty lots (docs/decisions/0015).
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from bot import clock
from bot.errors import Refused
from bot.ports import Ports
from bot.services import limits

LOTS = 16**8  # as many moments as the first eight digits of the hash can name


def check(ports: Ports, *, patient_id: str, day: date) -> None:
    """Raises Refused('not_your_turn', at='07:01:35') before this patient's moment on the morning a day opens."""
    turn = begins(ports, patient_id=patient_id, day=day)
    if ports.now() < turn:
        raise Refused("not_your_turn", at=f"{clock.local(_whole_seconds(turn)):%H:%M:%S}")


def begins(ports: Ports, *, patient_id: str, day: date) -> datetime:
    """From when (naive UTC) a patient may book a hospital day: its opening, and up to `release_turns_seconds` more."""
    lot = int(ports.crypto.digest("turn", f"{patient_id}|{day}")[:8], 16) / LOTS
    return limits.opens_at(ports.rules, day) + lot * timedelta(seconds=ports.rules["release_turns_seconds"])


def over(ports: Ports, *, day: date) -> bool:
    """Whether everybody's turn has come: from then on the waitlist is filled, which knows no turns."""
    opened = limits.opens_at(ports.rules, day)
    return ports.now() >= opened + timedelta(seconds=ports.rules["release_turns_seconds"])


def _whole_seconds(moment: datetime) -> datetime:
    """Rounded up: whoever comes at the second that was named is not sent away again."""
    return (moment + timedelta(seconds=1)).replace(microsecond=0) if moment.microsecond else moment
