"""The audit trail as an auditor reads it: who looked at what, newest first, by person, subject, day and outcome."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa

from bot import clock
from bot.db.privacy import Audit
from bot.db.staff import StaffMember
from bot.errors import BadInput
from bot.ports import Ports
from bot.services import access
from bot.services.staff import Staff

PAGE = 100  # rows
EXPORTED = 50_000  # rows of a file at most; a spreadsheet takes a million, a web thread does not
LONGEST = 160  # characters of what is looked for, as the longest column
OUTCOMES = ("", "ok", "refused")


@dataclass(frozen=True)
class Wanted:
    """What is looked for; empty = everything. Days are the hospital's, both included."""

    who: str = ""
    what: str = ""
    about: str = ""
    outcome: str = ""
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class Row:
    """One row of the trail; `name` of a member of staff, '' of others."""

    id: int
    at: datetime
    actor: str
    name: str
    action: str
    subject: str
    about: str
    reason: str
    result: str
    trace: str


def parse(
    *, who: str = "", what: str = "", about: str = "", outcome: str = "", since: str = "", until: str = ""
) -> Wanted:
    """What was typed. Raises BadInput('bad_search')."""
    if outcome not in OUTCOMES or max(len(who), len(what), len(about)) > LONGEST:
        raise BadInput("bad_search")
    return Wanted(who.strip(), what.strip(), about.strip(), outcome, _day(since), _day(until))


@access.reads("audit.read", why="auditing")
def looks(ports: Ports, *, staff: Staff, wanted: Wanted, before: int | None = None, most: int = PAGE) -> list[Row]:
    """At most so many rows older than row `before`."""
    query = _rows(wanted).order_by(Audit.id.desc()).limit(most)
    if before is not None:
        query = query.where(Audit.id < before)
    with ports.transaction() as session:
        return [_row(*found) for found in session.execute(query)]


@access.reads("audit.export", why="auditing")
def exported(ports: Ports, *, staff: Staff, wanted: Wanted) -> list[Row]:
    """The newest rows for a file, EXPORTED at most."""
    return looks(ports, staff=staff, wanted=wanted, most=EXPORTED)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise BadInput("bad_search") from None


def _rows(wanted: Wanted) -> Any:
    by_staff = sa.and_(Audit.actor_kind == "staff", Audit.actor_id == sa.cast(StaffMember.id, sa.String))
    query = sa.select(Audit, StaffMember.name).join(StaffMember, by_staff, isouter=True)
    return query.where(*_conditions(wanted))


def _conditions(wanted: Wanted) -> list[Any]:
    found: list[Any] = []
    if wanted.who:
        actor = Audit.actor_kind + "/" + Audit.actor_id
        found.append(sa.or_(actor == wanted.who, StaffMember.username == wanted.who, StaffMember.name == wanted.who))
    if wanted.what:
        found.append(Audit.action.startswith(wanted.what, autoescape=True))
    if wanted.about:
        found.append(sa.or_(Audit.about == wanted.about, Audit.subject.contains(wanted.about, autoescape=True)))
    if wanted.outcome:
        found.append(Audit.result == "ok" if wanted.outcome == "ok" else Audit.result != "ok")
    if wanted.since:
        found.append(Audit.at >= _begins(wanted.since))
    if wanted.until:
        found.append(Audit.at < _begins(wanted.until + timedelta(days=1)))
    return found


def _begins(day: date) -> datetime:
    """Midnight of a hospital's day, naive UTC."""
    return clock.utc(datetime.combine(day, time()))


def _row(row: Any, name: str | None) -> Row:
    facts = (row.action, row.subject, row.about, row.reason, row.result, row.trace)
    return Row(row.id, row.at, f"{row.actor_kind}/{row.actor_id}", name or "", *facts)
