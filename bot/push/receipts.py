"""What WeChat says later of a message that it took: it arrived, or it did not and the next rung is tried.

A receipt may come before the answer to the call was written down. Both sides look for the other after their own commit,
and the outbox's tick looks again: whoever is later finds the earlier one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.db.base import insert_new
from bot.db.push import Notice, NoticeReceipt, NoticeTry
from bot.push import kinds

if TYPE_CHECKING:
    from bot.ports import Ports

LONGEST_REASON = 80  # characters, as the column
AT_ONCE = 200  # receipts looked at in one tick


def keep(ports: Ports, *, person_id: int, message_id: str, arrived: bool, reason: str = "") -> None:
    """Write one receipt down and act on it; the same one again changes nothing."""
    facts = {"message_id": message_id[:64], "person_id": person_id, "arrived": arrived, "at": ports.now()}
    with ports.transaction() as session:
        insert_new(session, NoticeReceipt, **facts, reason=reason[:LONGEST_REASON])
    apply(ports)


def apply(ports: Ports) -> int:
    """Act on receipts whose message is known by now; gives how many."""
    ours = (NoticeTry.message_id == NoticeReceipt.message_id, NoticeTry.person_id == NoticeReceipt.person_id)
    query = sa.select(NoticeReceipt, NoticeTry).join(NoticeTry, sa.and_(*ours))
    with ports.transaction() as session:
        found = session.execute(query.where(NoticeReceipt.applied_at.is_(None)).limit(AT_ONCE)).all()
    return sum(_apply(ports, receipt, tried) for receipt, tried in found)


def _apply(ports: Ports, receipt: Any, tried: Any) -> bool:
    with ports.transaction() as session:
        mine = (NoticeReceipt.id == receipt.id, NoticeReceipt.applied_at.is_(None))
        if not _update(session, NoticeReceipt, mine, {"applied_at": ports.now()}):
            return False
        end = {"state": "arrived" if receipt.arrived else "failed", "reason": receipt.reason}
        _update(session, NoticeTry, (NoticeTry.id == tried.id,), end)
        if not receipt.arrived:
            _go_down(ports, session, tried, receipt.reason)
    return True


def _go_down(ports: Ports, session: Session, tried: Any, reason: str) -> None:
    """Back to the outbox, one rung lower, unless it stands elsewhere by now."""
    there = (Notice.id == tried.notice_id, Notice.state == "sent", Notice.rung == tried.rung)
    below = {"state": "waiting", "rung": kinds.next_rung(tried.rung), "due_at": ports.now(), "sent_at": None}
    _update(session, Notice, there, below | {"last_error": reason})


def _update(session: Session, table: Any, conditions: tuple[Any, ...], values: dict[str, Any]) -> bool:
    statement = sa.update(table).where(*conditions).values(**values).execution_options(synchronize_session=False)
    return bool(session.execute(statement).rowcount == 1)
