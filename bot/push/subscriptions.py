"""订阅通知: each yes of a person is good for one message of one template, and is spent once."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.db.base import insert_new
from bot.db.push import Subscription as Row

MOST = 20  # yeses of one template that are kept; nobody sends so many


def allow(session: Session, *, person_id: int, template_id: str, at: datetime) -> None:
    """One more yes to this template."""
    insert_new(session, Row, person_id=person_id, template_id=template_id, allowed=0, changed_at=at)
    _change(session, person_id, template_id, Row.allowed < MOST, allowed=Row.allowed + 1, changed_at=at)


def forbid(session: Session, *, person_id: int, template_id: str, at: datetime) -> None:
    """A no, here or in WeChat's own settings: whatever was allowed is over."""
    _change(session, person_id, template_id, allowed=0, changed_at=at)


def has(session: Session, *, person_id: int, template_id: str) -> bool:
    """Whether a yes is left."""
    ours = (Row.person_id == person_id, Row.template_id == template_id, Row.allowed > 0)
    return session.scalar(sa.select(Row.id).where(*ours)) is not None


def spend(session: Session, *, person_id: int, template_id: str, at: datetime) -> bool:
    """Use one yes before sending; False = none is left, or another worker was faster."""
    return _change(session, person_id, template_id, Row.allowed > 0, allowed=Row.allowed - 1, changed_at=at)


def _change(session: Session, person_id: int, template_id: str, *conditions: object, **values: object) -> bool:
    ours = (Row.person_id == person_id, Row.template_id == template_id, *conditions)
    statement = sa.update(Row).where(*ours).values(**values).execution_options(synchronize_session=False)
    return bool(session.execute(statement).rowcount == 1)
