"""The hospital itself, and what it costs."""

from __future__ import annotations

import sqlalchemy as sa

from bot.his.embedded.tables.base import ID, metadata, to

hospital = sa.Table(
    "his_hospital",
    metadata,
    sa.Column("id", ID, primary_key=True),
    sa.Column("name", sa.String(64), nullable=False),
    sa.Column("address", sa.String(200), nullable=False),
    sa.Column("phone", sa.String(32), nullable=False),
    sa.Column("emergency_phone", sa.String(32), nullable=False),
    sa.Column("emergency_place", sa.String(64), nullable=False),
    sa.Column("seed", sa.String(64)),  # what the demo was generated from; null = a hospital of somebody's own
)

department = sa.Table(
    "his_department",
    metadata,
    sa.Column("id", ID, primary_key=True),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("name", sa.String(64), nullable=False, unique=True),
    sa.Column("standard_name", sa.String(64)),
    sa.Column("building", sa.String(32), nullable=False),
    sa.Column("floor", sa.String(16), nullable=False),
    sa.Column("phone", sa.String(32), nullable=False),
    sa.Column("intro", sa.Text, nullable=False),
    sa.Column("parent_id", ID, sa.ForeignKey("his_department.id")),
    sa.Column("campus", sa.String(32), nullable=False, default="", server_default=""),
    sa.Column("audience", sa.String(8), nullable=False),  # any | f | m | child: whom the demo's crowd sends here
)

doctor = sa.Table(
    "his_doctor",
    metadata,
    sa.Column("id", ID, primary_key=True),
    to("department", index=True),
    sa.Column("name", sa.String(64), nullable=False),
    sa.Column("title", sa.String(32), nullable=False),
    sa.Column("specialty", sa.Text, nullable=False),
    sa.Column("fee_fen", sa.Integer, nullable=False),
    sa.Column("room", sa.String(32), nullable=False),
    sa.Column("capacity", sa.Integer, nullable=False),  # places per half hour
    sa.Column("share", sa.Integer, nullable=False, default=0, server_default="0"),  # of them for WeChat; 0 = no share
    sa.Column("demand", sa.Integer, nullable=False),  # percent of the places that the demo's crowd takes
    sa.CheckConstraint("fee_fen >= 0", name="fee"),
    sa.CheckConstraint("share >= 0 AND share <= capacity", name="share"),
)

price = sa.Table(
    "his_price",
    metadata,
    sa.Column("code", sa.String(16), primary_key=True),
    sa.Column("name", sa.String(64), nullable=False),
    sa.Column("kind", sa.String(8), nullable=False),
    sa.Column("spec", sa.String(64), nullable=False),
    sa.Column("unit", sa.String(16), nullable=False),
    sa.Column("fen", sa.Integer, nullable=False),
    sa.CheckConstraint("fen >= 0", name="fen"),
)
