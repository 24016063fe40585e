"""The doctor's signature under an entry's words: he sees them cleaned, signs these and no others."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from bot.db import faq as rows
from bot.errors import Conflict
from bot.ports import Ports
from bot.services import faq_rows, faq_versions
from bot.services.faq_rows import Entry
from bot.services.staff import Staff

LISTED = 100


def waiting(ports: Ports, *, staff: Staff) -> list[Entry]:
    """Entries whose words wait for his signature, the oldest first. Raises Refused (role)."""
    query = sa.select(rows.FaqEntry).where(_unsigned(), faq_rows.signing_scope(staff))
    with ports.transaction() as session:
        found = session.scalars(query.order_by(rows.FaqEntry.updated_at, rows.FaqEntry.id).limit(LISTED)).all()
        return [faq_rows.entry(row) for row in found]


def one(ports: Ports, *, staff: Staff, entry_id: int) -> Entry:
    """Read an entry that is his to sign. Raises NotFound, Refused (role)."""
    with ports.transaction() as session:
        return faq_rows.entry(faq_rows.row(session, staff, entry_id, within=faq_rows.signing_scope(staff)))


def sign(ports: Ports, *, staff: Staff, entry_id: int, version: int) -> Entry:
    """Sign the words of this version; any later change ends it. Signing again is signing once.

    Raises NotFound (not his to sign), Conflict (the words have changed), Refused (role).
    """
    now, scope = ports.now(), faq_rows.signing_scope(staff)
    entry = rows.FaqEntry
    with ports.transaction() as session:
        stands = (entry.id == entry_id, entry.version == version, _unsigned(), scope)
        step = sa.update(entry).where(*stands).values(signed_by=staff.id, signed_at=now)
        done = session.execute(step.execution_options(synchronize_session=False)).rowcount
        row = faq_rows.row(session, staff, entry_id, within=scope)
        if done:
            faq_versions.signed(staff.id, now)(session, row)
            faq_rows.audit(ports, session, staff, "faq.sign", entry_id)
        elif row.version != version or row.signed_by != staff.id:
            raise Conflict(version=row.version)
        return faq_rows.entry(row)


def _unsigned() -> Any:
    """Words that patients do not find yet and nobody has signed."""
    entry = rows.FaqEntry
    fresh = sa.or_(entry.state.in_(("draft", "recalled")), entry.new_question.is_not(None))
    return sa.and_(fresh, entry.state != "merged", entry.signed_by.is_(None))
