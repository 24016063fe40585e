"""Drafts: what a member of staff has written so far, one for each question, safe from a closed tab.

A saving names the version it was written upon; one that another tab has overtaken changes nothing and is told so.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.db import consult as rows
from bot.db.base import insert_new
from bot.db.desk import QuestionDraft
from bot.errors import BadInput, Conflict
from bot.ports import Ports
from bot.services import access
from bot.services.desk_scope import found, held_by
from bot.services.staff import Staff

LONGEST = 4000  # characters; more than an answer may have, so that nothing is lost before it is shortened


@dataclass(frozen=True)
class Draft:
    """What is kept; `version` 0 and no time = nothing yet. `saved_at` naive UTC."""

    text: str = field(repr=False, default="")
    version: int = 0
    saved_at: datetime | None = None


@access.reads("consult.draft", why="own")
def own(ports: Ports, *, staff: Staff, ref: str) -> Draft:
    """His draft at a question of his scope. Raises NotFound, Refused (role)."""
    with ports.transaction() as session:
        row = _row(session, found(session, staff, ref)[0].id, staff)
    return _draft(ports, row)


@access.acts("consult.save_draft", why="own")
def save(ports: Ports, *, staff: Staff, ref: str, text: str, version: int) -> Draft:
    """Keep what he has written, upon `version`. The same text again is the same draft.

    Raises Conflict (saved elsewhere since: `own` has it), BadInput('bad_answer') when too long, NotFound, Refused.
    """
    plain = text.replace("\x00", "")
    if len(plain) > LONGEST:
        raise BadInput("bad_answer")
    with ports.transaction() as session:
        question = found(session, staff, ref)[0]
        kept = _draft(ports, _row(session, question.id, staff))
        if kept.text == plain:
            return kept
        if not _write(ports, session, question, staff, plain, version):
            raise Conflict
        _hold_on(ports, session, question, staff)
        return _draft(ports, _row(session, question.id, staff))


def drop(session: Session, *, question_id: int, staff_id: int) -> None:
    """Forget a draft in the transaction that sends it."""
    mine = (QuestionDraft.question_id == question_id, QuestionDraft.staff_id == staff_id)
    session.execute(sa.delete(QuestionDraft).where(*mine).execution_options(synchronize_session=False))


def _write(ports: Ports, session: Session, question: Any, staff: Staff, text: str, version: int) -> bool:
    """False = another tab has saved since that version."""
    draft, sealed, now = QuestionDraft, ports.crypto.seal(text), ports.now()
    if version == 0:
        facts = {"question_id": question.id, "person_id": question.person_id, "staff_id": staff.id}
        return insert_new(session, draft, **facts, text_sealed=sealed, version=1, saved_at=now)
    mine = (draft.question_id == question.id, draft.staff_id == staff.id, draft.version == version)
    values = {"text_sealed": sealed, "version": version + 1, "saved_at": now}
    done = session.execute(sa.update(draft).where(*mine).values(values).execution_options(synchronize_session=False))
    return bool(done.rowcount == 1)


def _hold_on(ports: Ports, session: Session, question: Any, staff: Staff) -> None:
    """Whoever writes goes on holding; nothing else changes, so nobody's list does."""
    until = ports.now() + timedelta(minutes=ports.rules["claim_minutes"])
    mine = sa.update(rows.Question).where(rows.Question.id == question.id, *held_by(staff)).values(claim_until=until)
    session.execute(mine.execution_options(synchronize_session=False))


def _row(session: Session, question_id: int, staff: Staff) -> Any:
    mine = (QuestionDraft.question_id == question_id, QuestionDraft.staff_id == staff.id)
    query = sa.select(QuestionDraft).where(*mine)
    return session.scalars(query.execution_options(populate_existing=True)).first()


def _draft(ports: Ports, row: Any) -> Draft:
    return Draft() if row is None else Draft(ports.crypto.open(row.text_sealed), row.version, row.saved_at)
