"""What was written for patients."""

from __future__ import annotations

import sqlalchemy as sa

from bot.his.embedded.tables.base import ID, metadata, to

report = sa.Table(
    "his_report",
    metadata,
    sa.Column("id", ID, primary_key=True),
    to("patient", index=True),
    sa.Column("kind", sa.String(8), nullable=False),
    sa.Column("name", sa.String(64), nullable=False),
    sa.Column("ordered_at", sa.DateTime, nullable=False),
    sa.Column("expected_at", sa.DateTime),
    sa.Column("ready_at", sa.DateTime),  # may lie in the future: the report shows as not ready until then
    sa.Column("doctor_name", sa.String(64), nullable=False),
    sa.Column("finding", sa.Text, nullable=False),
    sa.Column("impression", sa.Text, nullable=False),
    sa.Column("preliminary", sa.Text, nullable=False, default="", server_default=""),  # said until final_at
    sa.Column("final_at", sa.DateTime),  # null = final from the moment it is ready
    sa.Column("critical", sa.Boolean, nullable=False, default=False, server_default=sa.false()),
    sa.Column("released_at", sa.DateTime),  # may lie in the future, as ready_at may
    sa.Index("ix_his_report_ready_at", "ready_at"),
    sa.Index("ix_his_report_final_at", "final_at"),
    sa.Index("ix_his_report_released_at", "released_at"),
)

observation = sa.Table(
    "his_observation",
    metadata,
    sa.Column("report_id", ID, sa.ForeignKey("his_report.id"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("code", sa.String(16), nullable=False),
    sa.Column("name", sa.String(64), nullable=False),
    sa.Column("value", sa.String(32), nullable=False),
    sa.Column("unit", sa.String(32), nullable=False),
    sa.Column("low", sa.Float),
    sa.Column("high", sa.Float),
    sa.Column("reference", sa.String(64), nullable=False),
    sa.Column("flag", sa.String(2), nullable=False),
)

prescription = sa.Table(
    "his_prescription",
    metadata,
    sa.Column("id", ID, primary_key=True),
    to("patient", index=True),
    sa.Column("ordered_at", sa.DateTime, nullable=False),
    sa.Column("doctor_name", sa.String(64), nullable=False),
    sa.Column("department_name", sa.String(64), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.CheckConstraint("state IN ('open', 'dispensed', 'cancelled')", name="state"),
)

prescription_item = sa.Table(
    "his_prescription_item",
    metadata,
    sa.Column("prescription_id", ID, sa.ForeignKey("his_prescription.id"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("name", sa.String(64), nullable=False),
    sa.Column("spec", sa.String(64), nullable=False),
    sa.Column("quantity", sa.Integer, nullable=False),
    sa.Column("unit", sa.String(16), nullable=False),
    sa.Column("usage", sa.String(128), nullable=False),
    sa.CheckConstraint("quantity > 0", name="quantity"),
)

bill = sa.Table(
    "his_bill",
    metadata,
    sa.Column("id", ID, primary_key=True),
    to("patient", index=True),
    sa.Column("made_at", sa.DateTime, nullable=False),
    sa.Column("name", sa.String(64), nullable=False),
    sa.Column("fen", sa.Integer, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.CheckConstraint("fen >= 0", name="fen"),
    sa.CheckConstraint("state IN ('open', 'paid', 'refunded')", name="state"),
)

bill_item = sa.Table(
    "his_bill_item",
    metadata,
    sa.Column("bill_id", ID, sa.ForeignKey("his_bill.id"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("name", sa.String(64), nullable=False),
    sa.Column("quantity", sa.Integer, nullable=False),
    sa.Column("fen", sa.Integer, nullable=False),
    sa.CheckConstraint("quantity > 0", name="quantity"),
    sa.CheckConstraint("fen >= 0", name="fen"),
)
