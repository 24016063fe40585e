"""Entries whose review date is near or over, and what stands beside an expired one."""

from __future__ import annotations

from datetime import date, timedelta

import sqlalchemy as sa

from bot import clock
from bot.db import faq as rows
from bot.ports import Ports
from bot.services import faq_rows
from bot.services.faq_rows import Change, Entry
from bot.services.staff import Staff

LISTED = 200


def due(ports: Ports, *, staff: Staff) -> list[Entry]:
    """Published entries of his scope to be read again soon or already, the oldest date first. Raises Refused (role)."""
    faq_rows.must_edit(staff)
    entry, until = rows.FaqEntry, today(ports) + timedelta(days=ports.rules["faq_review_ahead_days"])
    query = sa.select(entry).where(entry.state == "published", entry.review_on <= until, faq_rows.scope(staff))
    with ports.transaction() as session:
        found = session.scalars(query.order_by(entry.review_on, entry.id).limit(LISTED)).all()
        return [faq_rows.entry(row) for row in found]


def confirm(ports: Ports, *, staff: Staff, entry_id: int, version: int) -> Entry:
    """A head or editor has read an entry again and it still holds: a new date. Raises NotFound, Conflict, Refused."""
    faq_rows.must_edit(staff)
    on = today(ports) + timedelta(days=ports.rules["faq_review_days"])
    return faq_rows.apply(ports, staff, Change(entry_id, version, "faq.review", ("published",)), review_on=on)


def expired(ports: Ports, review_on: date | None) -> bool:
    """Whether nobody read an entry again in time; an imported one has no date."""
    return review_on is not None and review_on < today(ports)


def today(ports: Ports) -> date:
    return clock.local(ports.now()).date()
