"""What is wrong now and does not mend itself soon: for operators, without anybody's name.

An alarm is read from what stands in the database, so it ends by itself when its cause does; nothing is ticked off.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.db.booking import Booking
from bot.db.changes import ChangeCursor
from bot.db.consult import Question, QuestionTurn
from bot.db.push import Notice
from bot.db.returned import ReturnedPlace
from bot.db.wechat_pauses import WeChatPause
from bot.ports import Ports
from bot.services import bind_tries, booking_steps, payment_orders, quotas, resting

SHOWN = 50  # of one alarm's cases; all are counted


@dataclass(frozen=True)
class Case:
    """One thing an alarm is about: its reference, what it is, and since when (naive UTC)."""

    ref: str
    what: str
    since: datetime


@dataclass(frozen=True)
class Alarm:
    """`kind`: flagged_questions | overdue_questions | money | bind_failures | unknown_outcomes | stuck_notices |
    silent_hospitals | wechat_rests.

    `cases`: the oldest.
    """

    kind: str
    count: int
    cases: tuple[Case, ...] = ()


def standing(ports: Ports) -> list[Alarm]:
    """The alarms that stand now, the gravest first."""
    with ports.transaction() as session:
        found = [look(ports, session) for look in LOOKS]
    return [alarm for alarm in found if alarm.count]


def _flagged_questions(ports: Ports, session: Session) -> Alarm:
    """Questions that hold a red flag and that nobody has answered yet, opened by a doctor or not."""
    turn = QuestionTurn  # a live talk goes on for minutes, and its next words are no later flag
    said = sa.select(sa.func.max(turn.at)).where(turn.question_id == Question.id, turn.kind != "talk")
    since = sa.func.coalesce(said.where(QuestionTurn.staff_id.is_(None)).scalar_subquery(), Question.asked_at)
    query = sa.select(Question.ref, Question.department_name.label("what"), since.label("since")).where(
        Question.red_flag.is_(True),
        Question.state.in_(("waiting", "claimed")),
        since <= _before(ports, "alarm_flagged_minutes"),
    )
    return _alarm(session, "flagged_questions", query, since)


def _overdue_questions(ports: Ports, session: Session) -> Alarm:
    """Questions whose promised time is over."""
    query = sa.select(Question.ref, Question.department_name.label("what"), Question.due_at.label("since")).where(
        Question.state.in_(("waiting", "claimed")), Question.due_at <= _before(ports, "alarm_overdue_minutes")
    )
    return _alarm(session, "overdue_questions", query, Question.due_at)


def _unknown_outcomes(ports: Ports, session: Session) -> Alarm:
    """Bookings and cancellings whose outcome is not known long after the sweep first asked."""
    since = sa.func.coalesce(ReturnedPlace.returned_at, Booking.asked_at)
    shown = sa.select(Booking.ref, Booking.state, since.label("since"))
    query = shown.outerjoin(ReturnedPlace, ReturnedPlace.cause == Booking.ref).where(
        Booking.state.in_((*booking_steps.OPEN, "cancelling")), since <= _before(ports, "alarm_unknown_minutes")
    )
    return _alarm(session, "unknown_outcomes", query, since)


def _bind_failures(ports: Ports, session: Session) -> Alarm:
    """Somebody may be trying ID numbers: so many bindings of all users failed today."""
    failed = quotas.used(session, kind=bind_tries.FAILED_QUOTA, subject=bind_tries.EVERYBODY, at=ports.now())
    return Alarm("bind_failures", failed if failed >= ports.rules["bind_failures_alarm"] else 0)


def _money(ports: Ports, session: Session) -> Alarm:
    """Orders that are not what the platform says of them, and money that does not get back to its payer."""
    found = payment_orders.troubled(ports).subquery()
    return _alarm(session, "money", sa.select(found.c.ref, found.c.what, found.c.since), found.c.since)


def _stuck_notices(ports: Ports, session: Session) -> Alarm:
    """Due long ago, neither sent nor given up: jobs stand still, or WeChat takes nothing."""
    query = sa.select(sa.cast(Notice.id, sa.String(32)).label("ref"), Notice.kind, Notice.due_at.label("since")).where(
        Notice.state == "waiting",
        Notice.due_at <= _before(ports, "alarm_notice_minutes"),
        sa.or_(Notice.expires_at.is_(None), Notice.expires_at > ports.now()),
    )
    return _alarm(session, "stuck_notices", query, Notice.due_at)


def _resting(ports: Ports, session: Session) -> Alarm:
    """Calls that WeChat does not take now, whichever process met that."""
    begun = WeChatPause.begun_at
    query = sa.select(WeChatPause.call, WeChatPause.reason, begun.label("since")).where(resting.now())
    return _alarm(session, "wechat_rests", query, begun)


def _silent_hospitals(ports: Ports, session: Session) -> Alarm:
    """Their news could not be read for a while: nobody hears of stopped clinics and reports."""
    seen = ChangeCursor.seen_until
    query = sa.select(ChangeCursor.hospital_id, ChangeCursor.hospital_id.label("what"), seen.label("since"))
    return _alarm(session, "silent_hospitals", query.where(seen <= _before(ports, "alarm_news_minutes")), seen)


def _alarm(session: Session, kind: str, query: Any, since: Any) -> Alarm:
    """`query` gives (reference, what, since) of all cases."""
    count = session.scalar(sa.select(sa.func.count()).select_from(query.subquery()))
    cases = session.execute(query.order_by(since).limit(SHOWN))
    return Alarm(kind, int(count or 0), tuple(Case(*case) for case in cases))


def _before(ports: Ports, rule: str) -> datetime:
    return ports.now() - timedelta(minutes=ports.rules[rule])


LOOKS: tuple[Callable[[Ports, Session], Alarm], ...] = (
    _flagged_questions,
    _overdue_questions,
    _money,
    _unknown_outcomes,
    _silent_hospitals,
    _resting,
    _stuck_notices,
    _bind_failures,
)
