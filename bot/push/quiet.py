"""The hours in which nobody is woken. Which kinds wait for the morning stands in the rules (`night`)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from bot import clock


def waking(rules: Mapping[str, Any], moment: datetime) -> datetime:
    """Give the moment itself by day, at night the next morning's first hour (both naive UTC)."""
    here = clock.local(moment)
    first, last = rules["quiet_from_hour"], rules["quiet_until_hour"]
    late, early = first > last and here.hour >= first, here.hour < last and (first > last or here.hour >= first)
    if not (late or early):
        return moment
    morning = here.replace(hour=last, minute=0, second=0, microsecond=0) + timedelta(days=int(late))
    return clock.utc(morning)
