"""How fast each doctor's half days go: observed when they are over, kept by us, read for the next estimate."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot import clock
from bot.db.base import insert_new
from bot.db.queue import ClinicPace
from bot.errors import HisRefused
from bot.his.port import Session as HalfDaySession
from bot.ports import Ports
from bot.services import waiting
from bot.services.waiting import Habit, HalfDay

OVER_AFTER = timedelta(minutes=90)  # a half day is observed this long after its planned end: doctors run late
REMEMBERED = 30  # half days of one doctor that count
HOSPITAL_REMEMBERED = 200  # half days of all doctors that stand in for one who is new
AT_ONCE = 20  # half days learned in one run, so that the hospital is not asked for all of a day at once
NOTHING = HalfDay(0, 0.0, 0.0, 0, 0.0, 0.0)
NOON, EVENING = 12, 17  # hours of Asia/Shanghai


def period(moment: datetime) -> str:
    """am | pm | night of a naive UTC moment."""
    hour = clock.local(moment).hour
    return "am" if hour < NOON else "pm" if hour < EVENING else "night"


def habit(session: Session, *, doctor_id: str, half: str, planned_minutes: float) -> Habit:
    """What to expect of this doctor in this half of a day.

    His own half days, on top of what his timetable says and what everybody's half days show of delays and no-shows.
    """
    timetable = waiting.planned(planned_minutes)
    everybody = waiting.learn(_days(session, ClinicPace.period == half, limit=HOSPITAL_REMEMBERED), before=timetable)
    before = replace(everybody, pace=planned_minutes, drift=max(everybody.drift, timetable.drift), days=0)
    own = _days(session, ClinicPace.doctor_id == doctor_id, ClinicPace.period == half, limit=REMEMBERED)
    return waiting.learn(own, before=before)


def learn(ports: Ports) -> int:
    """Observe half days that are over and were not observed yet; gives how many. Raises HisUnavailable."""
    today = clock.local(ports.now()).date()
    over = [half for day in (today - timedelta(days=1), today) for half in _unobserved(ports, day)][:AT_ONCE]
    return sum(_observe(ports, half) for half in over)


def _days(session: Session, *conditions: object, limit: int) -> list[HalfDay]:
    columns = [getattr(ClinicPace, name) for name in HalfDay.__dataclass_fields__]
    query = sa.select(*columns).where(ClinicPace.seen > 0, *conditions)
    return [HalfDay(*row) for row in session.execute(query.order_by(ClinicPace.day.desc()).limit(limit))]


def _unobserved(ports: Ports, day: date) -> list[HalfDaySession]:
    with ports.transaction() as session:
        known = set(session.scalars(sa.select(ClinicPace.session_id).where(ClinicPace.day == day)))
    return [h for h in ports.his.sessions(day) if h.id not in known and h.end + OVER_AFTER <= ports.now()]


def _observe(ports: Ports, half: HalfDaySession) -> bool:
    try:
        seen = waiting.observed(ports.his.calls(session_id=half.id), start=half.start) or NOTHING
    except HisRefused:
        seen = NOTHING
    facts = {"session_id": half.id, "doctor_id": half.doctor_id, "period": period(half.start), "day": half.day}
    with ports.transaction() as session:
        return insert_new(session, ClinicPace, **facts, **vars(seen))
