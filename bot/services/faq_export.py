"""All entries of the FAQ as lines of a table, for an editor's own file."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from bot.db import faq as rows
from bot.errors import Refused
from bot.ports import Ports
from bot.services import access, faq_rows, faq_votes
from bot.services.faq_rows import Entry
from bot.services.faq_votes import Votes
from bot.services.staff import Staff

MOST = 50_000  # lines of one file; a spreadsheet takes a million, a web thread does not
EXPORTING = "editor"
BATCH = 500  # entries whose votes are counted at once


@dataclass(frozen=True)
class Line:
    """One entry with the words that are worked on (`Entry.pending`: patients still find older ones), and its votes."""

    entry: Entry
    votes: Votes


@access.reads("faq.export", why="editing")
def exported(ports: Ports, *, staff: Staff) -> list[Line]:
    """All entries in whatever state, `MOST` at most, oldest first; written down. Raises Refused (role)."""
    if staff.role != EXPORTING:
        raise Refused
    query = sa.select(rows.FaqEntry).order_by(rows.FaqEntry.id).limit(MOST)
    with ports.transaction() as session:
        entries = [faq_rows.entry(row) for row in session.scalars(query)]
    access.concerning(f"faq/{len(entries)} entries")
    return [line for start in range(0, len(entries), BATCH) for line in _voted(ports, entries[start : start + BATCH])]


def _voted(ports: Ports, entries: list[Entry]) -> list[Line]:
    votes = faq_votes.counts(ports, entry_ids=[entry.id for entry in entries])
    return [Line(entry, votes.get(entry.id, Votes(0, 0))) for entry in entries]
