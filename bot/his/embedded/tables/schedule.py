"""Who sits where when, and the half hours of it."""

from __future__ import annotations

import sqlalchemy as sa

from bot.his.embedded.tables.base import ID, KEY, metadata, to

rota = sa.Table(
    "his_rota",
    metadata,
    sa.Column("doctor_id", ID, sa.ForeignKey("his_doctor.id"), primary_key=True),
    sa.Column("weekday", sa.Integer, primary_key=True, autoincrement=False),  # Monday = 0
    sa.Column("period", sa.String(8), primary_key=True),  # am | pm | night
)

scheduled_day = sa.Table(
    "his_scheduled_day",
    metadata,
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("reports_made", sa.Boolean, nullable=False, default=False, server_default=sa.false()),
)

session = sa.Table(
    "his_session",
    metadata,
    sa.Column("id", ID, primary_key=True),
    to("doctor"),
    to("department"),
    sa.Column("day", sa.Date, nullable=False, index=True),
    sa.Column("period", sa.String(8), nullable=False),
    sa.Column("start", sa.DateTime, nullable=False),
    sa.Column("end", sa.DateTime, nullable=False),
    sa.Column("room", sa.String(32), nullable=False),
    sa.Column("calling", sa.Integer),
    sa.Column("calls", sa.Integer, nullable=False, default=0, server_default="0"),
    sa.Column("over_at", sa.DateTime, nullable=False),  # who was not called by then has missed it
    sa.Column("closed", sa.Boolean, nullable=False, default=False, server_default=sa.false()),
    sa.UniqueConstraint("doctor_id", "day", "period"),
)

closing = sa.Table(
    "his_closing",
    metadata,
    sa.Column("key", KEY, primary_key=True),
    to("session", unique=True),
    sa.Column("at", sa.DateTime, nullable=False),
)

slot = sa.Table(
    "his_slot",
    metadata,
    sa.Column("id", ID, primary_key=True),
    to("session"),
    sa.Column("start", sa.DateTime, nullable=False),
    sa.Column("end", sa.DateTime, nullable=False),
    sa.Column("first_number", sa.Integer, nullable=False),
    sa.Column("capacity", sa.Integer, nullable=False),
    sa.Column("taken", sa.Integer, nullable=False, default=0, server_default="0"),
    sa.Column("share", sa.Integer, nullable=False, default=0, server_default="0"),  # 0 = all doors sell all places
    sa.Column("share_taken", sa.Integer, nullable=False, default=0, server_default="0"),  # of `taken`, through WeChat
    # The half day's `closed` once more: a conditional UPDATE that waited reads anew the row it changes, no other.
    sa.Column("closed", sa.Boolean, nullable=False, default=False, server_default=sa.false()),
    sa.UniqueConstraint("session_id", "start"),
    sa.CheckConstraint("taken >= 0 AND taken <= capacity", name="stock"),
    sa.CheckConstraint("share >= 0 AND share <= capacity", name="share"),
    sa.CheckConstraint("share_taken >= 0 AND share_taken <= taken", name="share_taken"),
    sa.CheckConstraint(
        "share = 0 OR (share_taken <= share AND taken - share_taken <= capacity - share)", name="both_shares"
    ),
)
