"""Entries that ask the same: proposed by likeness, merged by people, both histories kept, the old one leading on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from bot.db import faq as rows
from bot.errors import BadInput
from bot.faq.similar import alike, grams
from bot.ports import Ports
from bot.services import faq_rows, faq_versions, faq_words
from bot.services.faq_rows import Change, Entry
from bot.services.staff import Staff

CANDIDATES = 30  # entries that the search finds before likeness is measured
DRAFTS = 300  # drafts that are compared; the search does not know them
PROPOSED = 5


@dataclass(frozen=True)
class Alike:
    """An entry that asks much the same; `share` 0 to 1."""

    entry: Entry
    share: float


def similar(ports: Ports, *, staff: Staff, entry_id: int) -> list[Alike]:
    """Entries of his scope that may be the same question, the likest first. Raises NotFound, Refused (role)."""
    with ports.transaction() as session:
        own = faq_rows.entry(faq_rows.row(session, staff, entry_id))
    found = [hit for hit, _ in ports.faq.search(own.question, top=CANDIDATES)]
    entry, mine = rows.FaqEntry, grams(own.question)
    drafts = sa.select(entry.id).where(entry.state == "draft").order_by(entry.revision.desc()).limit(DRAFTS)
    query = sa.select(entry).where(sa.or_(entry.id.in_(found), entry.id.in_(drafts)), entry.id != entry_id)
    with ports.transaction() as session:
        others = [faq_rows.entry(row) for row in session.scalars(query.where(faq_rows.scope(staff)))]
    least = ports.rules["faq_similar"]
    near = [Alike(other, share) for other in others if (share := alike(mine, grams(other.question))) >= least]
    return sorted(near, key=lambda one: -one.share)[:PROPOSED]


def merge(
    ports: Ports,
    *,
    staff: Staff,
    entry_id: int,
    version: int,
    into_id: int,
    into_version: int,
    question: str,
    answer: str,
    looked: bool = False,
) -> Entry:
    """Let one entry go into another, whose words become these: both change or neither does.

    The one that goes is off at once and leads to the other; the other's new words wait for signature and publisher as
    any. Raises BadInput('bad_entry', 'bad_merge'), SecondLook, NotFound, Conflict (either is stale), Refused (role).
    """
    faq_rows.must_edit(staff)
    if entry_id == into_id:
        raise BadInput("bad_merge")
    words = faq_words.checked(ports, entry_id=into_id, question=question, answer=answer, looked=looked)
    gone = Change(entry_id, version, "faq.merge", ("draft", "published", "recalled"))
    with ports.transaction() as session:
        into = faq_rows.row(session, staff, into_id)
        if into.state == "merged":
            raise BadInput("bad_merge")
        facts: dict[str, Any] = {"state": "merged", "merged_into": into_id, "new_question": None, "new_answer": None}
        faq_rows.step(ports, session, staff, gone, **facts)
        if (words.question, words.answer) != _words(into):
            into = faq_versions.written(ports, session, staff, into, version=into_version, words=words, origin="merge")
        return faq_rows.entry(into)


def _words(row: object) -> tuple[str, str]:
    now = faq_rows.entry(row)
    return now.question, now.answer
