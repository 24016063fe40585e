"""Every version of an entry is kept: who wrote, signed and published it, what changed, and how to go back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from bot.db import faq as rows
from bot.db.faq_history import FaqMiss, FaqVersion
from bot.db.staff import StaffMember
from bot.errors import NotFound
from bot.ports import Ports
from bot.services import faq_rows, faq_words
from bot.services.faq_rows import EDITING, Also, Change, Entry
from bot.services.faq_words import Words
from bot.services.staff import Staff

LISTED = 200
LONGEST_COMPARED = 4000  # characters; a longer text is compared line by line, a comparison's time grows with the square


@dataclass(frozen=True)
class Version:
    """One version; names of staff, None = nobody did. `origin`: draft, edit, restore, merge, import."""

    number: int
    question: str
    answer: str
    origin: str
    written_by: str | None
    written_at: datetime
    signed_by: str | None
    published_by: str | None
    published_at: datetime | None


@dataclass(frozen=True)
class Piece:
    """A part of a comparison; `change` is same, added or gone."""

    text: str
    change: str


def write(ports: Ports, *, staff: Staff, entry_id: int, version: int, words: Words, origin: str = "edit") -> Entry:
    """Store checked words as a new version. Raises NotFound, Conflict (stale), Refused (role)."""
    with ports.transaction() as session:
        before = faq_rows.row(session, staff, entry_id)
        _first(session, before)
        return faq_rows.entry(written(ports, session, staff, before, version=version, words=words, origin=origin))


def written(
    ports: Ports, session: Session, staff: Staff, before: Any, *, version: int, words: Words, origin: str
) -> Any:
    """As `write`, within a transaction; gives the row. A published entry keeps its words until the new ones are too."""
    states = ("draft", "published", "recalled") if staff.role in EDITING else ("draft",)
    where = ("new_question", "new_answer") if before.state == "published" else ("question", "answer")
    values: dict[str, Any] = dict(zip(where, (words.question, words.answer), strict=True))
    values |= {"kept": words.kept, "written_by": staff.id, "signed_by": None, "signed_at": None}
    still = rows.FaqEntry.state == before.state
    change = Change(before.id, version, "faq.save", states)
    return faq_rows.step(
        ports,
        session,
        staff,
        change,
        still,
        also=lambda _, row: remember(session, row, origin=origin, at=ports.now()),
        **values,
    )


def remember(session: Session, row: Any, *, origin: str, at: datetime) -> None:
    """Keep the words that an entry has now."""
    now = faq_rows.entry(row)
    facts = {"question": now.question, "answer": now.answer, "origin": origin, "written_by": row.written_by}
    session.execute(sa.insert(FaqVersion).values(entry_id=row.id, number=row.version, written_at=at, **facts))


def _first(session: Session, row: Any) -> None:
    """An entry that came from a file has no version yet: what it says now is the first."""
    known = session.scalar(sa.select(FaqVersion.id).where(FaqVersion.entry_id == row.id).limit(1))
    if known is None:
        remember(session, row, origin="import", at=row.updated_at)


def signed(staff_id: int, at: datetime) -> Also:
    return lambda session, row: _latest(session, row, signed_by=staff_id, signed_at=at)


def published(staff_id: int, at: datetime) -> Also:
    return lambda session, row: _latest(session, row, published_by=staff_id, published_at=at)


def _latest(session: Session, row: Any, **values: Any) -> None:
    """Write onto the newest version; the database refuses a publisher who wrote it."""
    _first(session, row)
    newest = sa.select(sa.func.max(FaqVersion.number)).where(FaqVersion.entry_id == row.id).scalar_subquery()
    step = sa.update(FaqVersion).where(FaqVersion.entry_id == row.id, FaqVersion.number == newest).values(**values)
    session.execute(step.execution_options(synchronize_session=False))


def forget(session: Session, entry_id: int) -> None:
    """Delete the versions of a draft that goes; what nobody found an answer to waits again."""
    session.execute(sa.delete(FaqVersion).where(FaqVersion.entry_id == entry_id))
    again = sa.update(FaqMiss).where(FaqMiss.entry_id == entry_id).values(entry_id=None, state="waiting")
    session.execute(again.execution_options(synchronize_session=False))


def history(ports: Ports, *, staff: Staff, entry_id: int) -> list[Version]:
    """List the versions of an entry of his scope, newest first. Raises NotFound, Refused (role)."""
    writer, signer, publisher = aliased(StaffMember), aliased(StaffMember), aliased(StaffMember)
    query = (
        sa.select(FaqVersion, writer.name, signer.name, publisher.name)
        .outerjoin(writer, writer.id == FaqVersion.written_by)
        .outerjoin(signer, signer.id == FaqVersion.signed_by)
        .outerjoin(publisher, publisher.id == FaqVersion.published_by)
        .where(FaqVersion.entry_id == entry_id)
        .order_by(FaqVersion.number.desc())
        .limit(LISTED)
    )
    with ports.transaction() as session:
        faq_rows.row(session, staff, entry_id)
        return [_version(*found) for found in session.execute(query)]


def _version(row: Any, writer: str | None, signer: str | None, publisher: str | None) -> Version:
    return Version(
        row.number, row.question, row.answer, row.origin, writer, row.written_at, signer, publisher, row.published_at
    )


def restore(ports: Ports, *, staff: Staff, entry_id: int, number: int, version: int) -> Entry:
    """Write an old version again, as a new one on top of `version`; what looks personal in it is counted anew.

    Raises NotFound, Conflict, SecondLook (what can never stay), HisUnavailable (no directory), Refused (role).
    """
    faq_rows.must_edit(staff)
    with ports.transaction() as session:
        faq_rows.row(session, staff, entry_id)
        wanted = sa.select(FaqVersion).where(FaqVersion.entry_id == entry_id, FaqVersion.number == number)
        old = session.scalars(wanted).first()
        if old is None:
            raise NotFound
        before = {"question": old.question, "answer": old.answer}
    words = faq_words.checked(ports, entry_id=entry_id, looked=True, **before)
    return write(ports, staff=staff, entry_id=entry_id, version=version, words=words, origin="restore")


def compared(old: str, new: str) -> list[Piece]:
    """What changed between two texts, part by part."""
    if max(len(old), len(new)) > LONGEST_COMPARED:
        return _pieces(old.splitlines(keepends=True), new.splitlines(keepends=True))
    return _pieces(list(old), list(new))


def _pieces(old: list[str], new: list[str]) -> list[Piece]:
    found = []
    for change, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if change == "equal":
            found.append(Piece("".join(old[a:b]), "same"))
            continue
        found += [Piece("".join(old[a:b]), "gone"), Piece("".join(new[c:d]), "added")]
    return [piece for piece in found if piece.text]
