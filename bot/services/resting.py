"""What WeChat does not take for a while, kept where operators see it; every process remembers its own besides."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot import clock
from bot.db.base import insert_new
from bot.db.wechat_pauses import WeChatPause as Row
from bot.ports import Ports

LONGEST = 64  # characters of a path, as the column


@dataclass(frozen=True)
class Resting:
    """One call, why it rests, and until when (naive UTC, machine's clock)."""

    call: str
    reason: str
    until: datetime


def keep(
    transaction: Callable[[], AbstractContextManager[Session]], *, call: str, code: int, reason: str, until: int
) -> None:
    """Write a pause down; a later one of the same call takes its place. `until`: Unix seconds."""
    ends = datetime.fromtimestamp(until, timezone.utc).replace(tzinfo=None)
    facts = {"code": code, "reason": reason[:32], "begun_at": clock.wire(), "ends_at": ends}
    with transaction() as session:
        if not insert_new(session, Row, call=call[:LONGEST], **facts):
            session.execute(sa.update(Row).where(Row.call == call[:LONGEST]).values(**facts))


def standing(ports: Ports) -> list[Resting]:
    """What rests now."""
    with ports.transaction() as session:
        found = session.execute(sa.select(Row.call, Row.reason, Row.ends_at).where(now()).order_by(Row.call))
        return [Resting(*row) for row in found]


def now() -> Any:
    """The condition on rows whose pause is not over."""
    return Row.ends_at > clock.wire()
