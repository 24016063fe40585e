"""Patients, their numbers, and what became of these."""

from __future__ import annotations

import sqlalchemy as sa

from bot.his.embedded.tables.base import ID, KEY, metadata, to

patient = sa.Table(
    "his_patient",
    metadata,
    sa.Column("id", ID, primary_key=True),
    sa.Column("name", sa.String(64), nullable=False),
    sa.Column("id_number", sa.String(18), nullable=False, unique=True),
    sa.Column("phone", sa.String(20), nullable=False),
    sa.Column("sex", sa.String(1), nullable=False),
    sa.Column("birth_date", sa.Date, nullable=False),
    sa.Column("card_no", sa.String(20), nullable=False, unique=True),
    sa.Column("card_kind", sa.String(20), nullable=False, default="self_pay", server_default="self_pay"),
    sa.Column("key", KEY, unique=True),  # idempotency key of the registration
    sa.CheckConstraint(
        "card_kind IN ('self_pay', 'city_insurance', 'province_insurance', 'rural_insurance', 'other')",
        name="card_kind",
    ),
)

appointment = sa.Table(
    "his_appointment",
    metadata,
    sa.Column("id", ID, primary_key=True),
    sa.Column("key", KEY, nullable=False, unique=True),
    to("slot", index=True),
    to("session", index=True),
    to("patient", index=True),
    to("department"),
    to("doctor"),
    sa.Column("day", sa.Date, nullable=False),
    sa.Column("start", sa.DateTime, nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("room", sa.String(32), nullable=False),
    sa.Column("fee_fen", sa.Integer, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),  # what somebody did; appointments.state_of reads the clock too
    sa.Column("active", sa.Integer),  # 1, or null when its place is gone: null frees the two unique keys below
    sa.Column("door", sa.String(8), nullable=False),  # wechat | desk: whose share of the slot it uses
    sa.Column("act", sa.String(16), nullable=False),  # book | hold | reschedule: what its key stands for
    sa.Column("instead_of", ID, sa.ForeignKey("his_appointment.id")),  # the one that a reschedule gave back
    sa.Column("hold_until", sa.DateTime, index=True),  # null once confirmed, and where nothing was to be confirmed
    sa.Column("booked_at", sa.DateTime, nullable=False),
    sa.Column("called_at", sa.DateTime),
    sa.Column("done_at", sa.DateTime),
    sa.Column("cancelled_at", sa.DateTime),
    sa.Column("arrived_at", sa.DateTime),  # when he checked in
    sa.Column("missed_at", sa.DateTime),  # when he was called and did not come, the last time
    sa.Column("turn", sa.Integer),  # where he stands after having been put back; null = as his number says
    sa.UniqueConstraint("patient_id", "department_id", "day", "active"),
    sa.UniqueConstraint("session_id", "number", "active"),
    sa.CheckConstraint("(state IN ('cancelled', 'stopped')) = (active IS NULL)", name="active"),
    sa.CheckConstraint("state <> 'held' OR hold_until IS NOT NULL", name="hold"),
)

call = sa.Table(
    "his_call",
    metadata,
    sa.Column("key", KEY, primary_key=True),
    to("session", index=True),
    sa.Column("number", sa.Integer),  # null = nobody was waiting
    sa.Column("at", sa.DateTime, nullable=False),
    sa.Column("leaves", sa.String(8), nullable=False),  # done | missed: what the one called before it is now
)

check_in = sa.Table(
    "his_check_in",
    metadata,
    sa.Column("key", KEY, primary_key=True),
    to("appointment", index=True),
    sa.Column("at", sa.DateTime, nullable=False),
)

change = sa.Table(
    "his_change",
    metadata,
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("at", sa.DateTime, nullable=False, index=True),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("subject_id", ID, nullable=False),
    sa.Column("patient_id", ID),
)
