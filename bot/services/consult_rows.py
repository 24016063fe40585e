"""A question's row, for whoever asked it: the one place that says whose it is."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.db import consult as rows
from bot.errors import NotFound

OPEN = ("waiting", "claimed")  # a doctor has it before him and has not answered


def held(session: Session, person_id: int, ref: str) -> Any:
    """One question of this person. Raises NotFound, the same for another person's and an unknown one."""
    query = sa.select(rows.Question).where(rows.Question.ref == str(ref)[:32], rows.Question.person_id == person_id)
    found = session.scalars(query.execution_options(populate_existing=True)).first()
    if found is None:
        raise NotFound
    return found
