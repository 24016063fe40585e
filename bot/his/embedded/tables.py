"""The embedded hospital's tables: its own metadata, no connection to Peizhen's. Moments are naive UTC."""

from __future__ import annotations

import sqlalchemy as sa

NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = sa.MetaData(naming_convention=NAMING)

ID = sa.String(64)
KEY = sa.String(128)


def _to(table: str, **options: object) -> sa.Column:
    """A column `<table>_id` that points to `his_<table>`."""
    return sa.Column(f"{table}_id", ID, sa.ForeignKey(f"his_{table}.id"), nullable=False, **options)


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
    _to("department", index=True),
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
    _to("doctor"),
    _to("department"),
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
    _to("session", unique=True),
    sa.Column("at", sa.DateTime, nullable=False),
)

slot = sa.Table(
    "his_slot",
    metadata,
    sa.Column("id", ID, primary_key=True),
    _to("session"),
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
    _to("slot", index=True),
    _to("session", index=True),
    _to("patient", index=True),
    _to("department"),
    _to("doctor"),
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
    _to("session", index=True),
    sa.Column("number", sa.Integer),  # null = nobody was waiting
    sa.Column("at", sa.DateTime, nullable=False),
    sa.Column("leaves", sa.String(8), nullable=False),  # done | missed: what the one called before it is now
)

check_in = sa.Table(
    "his_check_in",
    metadata,
    sa.Column("key", KEY, primary_key=True),
    _to("appointment", index=True),
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

report = sa.Table(
    "his_report",
    metadata,
    sa.Column("id", ID, primary_key=True),
    _to("patient", index=True),
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
    _to("patient", index=True),
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
    _to("patient", index=True),
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
