"""Taking an entry back: off at once, and whoever was shown a wrong one in the last days is told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot import clock
from bot.db import faq as rows
from bot.db.faq_history import FaqShown
from bot.errors import BadInput
from bot.ports import Ports
from bot.push import outbox
from bot.services import faq_rows
from bot.services.faq_rows import Change, Entry
from bot.services.staff import Staff

KIND = "faq_wrong"
REASON_LENGTHS = range(2, 201)  # characters
QUOTED = 40  # characters of the question in the notice
WRONG = (
    "您前些天看过的一条常见问答有错，已经撤回，请不要照着做：\n“{question}”\n"
    "已经照做或者不放心，可以在这里问医生，急的请打 ⟦hospital:phone⟧。"
)


def recall(
    ports: Ports, *, staff: Staff, entry_id: int, version: int | None = None, reason: str = "", wrong: bool = False
) -> Entry:
    """Take an entry out of sight in every process; `wrong` = tell whom it was shown to in the days of the rules.

    Without `version` whatever it says now. Raises BadInput('bad_why') when it was wrong and nobody says how,
    NotFound, Conflict (stale, or not published), Refused (role).
    """
    faq_rows.must_edit(staff)
    said = parse_reason(reason) if wrong or reason else None
    with ports.transaction() as session:
        before = faq_rows.row(session, staff, entry_id)
        change = Change(entry_id, before.version if version is None else version, "faq.recall", ("published",))
        facts: dict[str, Any] = {
            "state": "recalled",
            "recalled_by": staff.id,
            "recalled_at": ports.now(),
            "recall_reason": said,
        }
        row = faq_rows.step(ports, session, staff, change, **facts)
        if wrong:
            tell(ports, session, entry_id=entry_id, version=row.version, question=row.question)
        return faq_rows.entry(row)


def parse_reason(text: str) -> str:
    plain = " ".join(text.split())
    if len(plain) not in REASON_LENGTHS:
        raise BadInput("bad_why")
    return plain


def tell(ports: Ports, session: Session, *, entry_id: int, version: int, question: str) -> int:
    """Write a notice to everybody who was shown the entry lately; gives how many."""
    since = ports.now() - timedelta(days=ports.rules["faq_recall_days"])
    seen = sa.select(FaqShown.person_id).where(FaqShown.entry_id == entry_id, FaqShown.at >= since)
    short = question if len(question) <= QUOTED else f"{question[:QUOTED]}…"
    text = WRONG.format(question=short)
    return sum(_notice(ports, session, person_id, entry_id, version, text) for person_id in session.scalars(seen).all())


def _notice(ports: Ports, session: Session, person_id: int, entry_id: int, version: int, text: str) -> bool:
    return outbox.enqueue(
        session,
        crypto=ports.crypto,
        person_id=person_id,
        kind="faq_wrong",
        payload={"text": text},
        dedupe_key=f"faq_wrong:{entry_id}:{version}:{person_id}",
        due_at=ports.now(),
    )


def told_of(ports: Ports, *, staff: Staff, entry_id: int) -> int:
    """How many would be told if this entry were wrong. Raises NotFound, Refused (role)."""
    since = ports.now() - timedelta(days=ports.rules["faq_recall_days"])
    query = sa.select(sa.func.count()).select_from(FaqShown).where(FaqShown.entry_id == entry_id, FaqShown.at >= since)
    with ports.transaction() as session:
        faq_rows.row(session, staff, entry_id)
        return int(session.scalar(query) or 0)


def take_off_expired(ports: Ports) -> int:
    """Where the rules hide what nobody read again in time: take it off; gives how many."""
    if ports.rules["faq_expired"] != "hide":
        return 0
    entry = rows.FaqEntry
    due = (entry.state == "published", entry.review_on < clock.local(ports.now()).date())
    with ports.transaction() as session:
        if session.scalar(sa.select(entry.id).where(*due).limit(1)) is None:
            return 0
        facts: dict[str, Any] = {
            "state": "recalled",
            "recalled_by": None,
            "recalled_at": ports.now(),
            "recall_reason": "到期没有复核",
        }
        facts |= {"version": entry.version + 1, "revision": rows.next_revision(session)}
        done = session.execute(
            sa.update(entry).where(*due).values(**facts).execution_options(synchronize_session=False)
        )
        return int(done.rowcount)
