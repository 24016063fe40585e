"""How far the hospital's news of reports has been read."""

from __future__ import annotations

import sqlalchemy as sa

from bot.db.base import Base


class ReportCursor(Base):
    """One row: everything before `at` was told, or was not to be told."""

    __tablename__ = "report_cursor"
    __table_args__ = (sa.CheckConstraint("id = 1", name="single"),)
    id = sa.Column(sa.Integer, primary_key=True, autoincrement=False)
    at = sa.Column(sa.DateTime, nullable=False)
