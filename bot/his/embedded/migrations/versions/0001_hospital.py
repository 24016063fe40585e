"""The embedded hospital's first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "his0001"
down_revision = None
branch_labels = ("his",)
depends_on = None

TABLES = (
    "his_department",
    "his_hospital",
    "his_patient",
    "his_price",
    "his_scheduled_day",
    "his_doctor",
    "his_report",
    "his_observation",
    "his_prescription",
    "his_prescription_item",
    "his_bill",
    "his_bill_item",
    "his_rota",
    "his_session",
    "his_call",
    "his_closing",
    "his_slot",
    "his_appointment",
    "his_change",
    "his_check_in",
)


def upgrade() -> None:
    op.create_table(
        "his_department",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("standard_name", sa.String(length=64), nullable=True),
        sa.Column("building", sa.String(length=32), nullable=False),
        sa.Column("floor", sa.String(length=16), nullable=False),
        sa.Column("phone", sa.String(length=32), nullable=False),
        sa.Column("intro", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.String(length=64), nullable=True),
        sa.Column("campus", sa.String(length=32), server_default="", nullable=False),
        sa.Column("audience", sa.String(length=8), nullable=False),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["his_department.id"], name=op.f("fk_his_department_parent_id_his_department")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_his_department")),
        sa.UniqueConstraint("name", name=op.f("uq_his_department_name")),
    )
    op.create_table(
        "his_hospital",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("phone", sa.String(length=32), nullable=False),
        sa.Column("emergency_phone", sa.String(length=32), nullable=False),
        sa.Column("emergency_place", sa.String(length=64), nullable=False),
        sa.Column("seed", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_his_hospital")),
    )
    op.create_table(
        "his_patient",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("id_number", sa.String(length=18), nullable=False),
        sa.Column("phone", sa.String(length=20), nullable=False),
        sa.Column("sex", sa.String(length=1), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=False),
        sa.Column("card_no", sa.String(length=20), nullable=False),
        sa.Column("card_kind", sa.String(length=20), server_default="self_pay", nullable=False),
        sa.Column("key", sa.String(length=128), nullable=True),
        sa.CheckConstraint(
            "card_kind IN ('self_pay', 'city_insurance', 'province_insurance', 'rural_insurance', 'other')",
            name=op.f("ck_his_patient_card_kind"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_his_patient")),
        sa.UniqueConstraint("card_no", name=op.f("uq_his_patient_card_no")),
        sa.UniqueConstraint("id_number", name=op.f("uq_his_patient_id_number")),
        sa.UniqueConstraint("key", name=op.f("uq_his_patient_key")),
    )
    op.create_table(
        "his_price",
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("spec", sa.String(length=64), nullable=False),
        sa.Column("unit", sa.String(length=16), nullable=False),
        sa.Column("fen", sa.Integer(), nullable=False),
        sa.CheckConstraint("fen >= 0", name=op.f("ck_his_price_fen")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_his_price")),
    )
    op.create_table(
        "his_scheduled_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("reports_made", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_his_scheduled_day")),
    )
    op.create_table(
        "his_doctor",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("department_id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=32), nullable=False),
        sa.Column("specialty", sa.Text(), nullable=False),
        sa.Column("fee_fen", sa.Integer(), nullable=False),
        sa.Column("room", sa.String(length=32), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("demand", sa.Integer(), nullable=False),
        sa.Column("share", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint("fee_fen >= 0", name=op.f("ck_his_doctor_fee")),
        sa.CheckConstraint("share >= 0 AND share <= capacity", name=op.f("ck_his_doctor_share")),
        sa.ForeignKeyConstraint(
            ["department_id"], ["his_department.id"], name=op.f("fk_his_doctor_department_id_his_department")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_his_doctor")),
    )
    op.create_index(op.f("ix_his_doctor_department_id"), "his_doctor", ["department_id"], unique=False)
    op.create_table(
        "his_report",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("patient_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("ordered_at", sa.DateTime(), nullable=False),
        sa.Column("expected_at", sa.DateTime(), nullable=True),
        sa.Column("ready_at", sa.DateTime(), nullable=True),
        sa.Column("doctor_name", sa.String(length=64), nullable=False),
        sa.Column("finding", sa.Text(), nullable=False),
        sa.Column("impression", sa.Text(), nullable=False),
        sa.Column("preliminary", sa.Text(), server_default="", nullable=False),
        sa.Column("final_at", sa.DateTime(), nullable=True),
        sa.Column("critical", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("released_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["his_patient.id"], name=op.f("fk_his_report_patient_id_his_patient")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_his_report")),
    )
    op.create_index(op.f("ix_his_report_patient_id"), "his_report", ["patient_id"], unique=False)
    op.create_index("ix_his_report_ready_at", "his_report", ["ready_at"], unique=False)
    op.create_index("ix_his_report_final_at", "his_report", ["final_at"], unique=False)
    op.create_index("ix_his_report_released_at", "his_report", ["released_at"], unique=False)
    op.create_table(
        "his_observation",
        sa.Column("report_id", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("value", sa.String(length=32), nullable=False),
        sa.Column("unit", sa.String(length=32), nullable=False),
        sa.Column("low", sa.Float(), nullable=True),
        sa.Column("high", sa.Float(), nullable=True),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column("flag", sa.String(length=2), nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"], ["his_report.id"], name=op.f("fk_his_observation_report_id_his_report")
        ),
        sa.PrimaryKeyConstraint("report_id", "position", name=op.f("pk_his_observation")),
    )
    _create_papers()
    op.create_table(
        "his_rota",
        sa.Column("doctor_id", sa.String(length=64), nullable=False),
        sa.Column("weekday", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("period", sa.String(length=8), nullable=False),
        sa.ForeignKeyConstraint(
            ["doctor_id"], ["his_doctor.id"], name=op.f("fk_his_rota_doctor_id_his_doctor")
        ),
        sa.PrimaryKeyConstraint("doctor_id", "weekday", "period", name=op.f("pk_his_rota")),
    )
    op.create_table(
        "his_session",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("doctor_id", sa.String(length=64), nullable=False),
        sa.Column("department_id", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("period", sa.String(length=8), nullable=False),
        sa.Column("start", sa.DateTime(), nullable=False),
        sa.Column("end", sa.DateTime(), nullable=False),
        sa.Column("room", sa.String(length=32), nullable=False),
        sa.Column("calling", sa.Integer(), nullable=True),
        sa.Column("calls", sa.Integer(), server_default="0", nullable=False),
        sa.Column("over_at", sa.DateTime(), nullable=False),
        sa.Column("closed", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(
            ["department_id"], ["his_department.id"], name=op.f("fk_his_session_department_id_his_department")
        ),
        sa.ForeignKeyConstraint(
            ["doctor_id"], ["his_doctor.id"], name=op.f("fk_his_session_doctor_id_his_doctor")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_his_session")),
        sa.UniqueConstraint("doctor_id", "day", "period", name=op.f("uq_his_session_doctor_id_day_period")),
    )
    op.create_index(op.f("ix_his_session_day"), "his_session", ["day"], unique=False)
    op.create_table(
        "his_call",
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("session_id", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("leaves", sa.String(length=8), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"], ["his_session.id"], name=op.f("fk_his_call_session_id_his_session")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_his_call")),
    )
    op.create_index(op.f("ix_his_call_session_id"), "his_call", ["session_id"], unique=False)
    op.create_table(
        "his_closing",
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("session_id", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"], ["his_session.id"], name=op.f("fk_his_closing_session_id_his_session")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_his_closing")),
        sa.UniqueConstraint("session_id", name=op.f("uq_his_closing_session_id")),
    )
    op.create_table(
        "his_slot",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("session_id", sa.String(length=64), nullable=False),
        sa.Column("start", sa.DateTime(), nullable=False),
        sa.Column("end", sa.DateTime(), nullable=False),
        sa.Column("first_number", sa.Integer(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("taken", sa.Integer(), server_default="0", nullable=False),
        sa.Column("share", sa.Integer(), server_default="0", nullable=False),
        sa.Column("share_taken", sa.Integer(), server_default="0", nullable=False),
        sa.Column("closed", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.CheckConstraint("taken >= 0 AND taken <= capacity", name=op.f("ck_his_slot_stock")),
        sa.CheckConstraint("share >= 0 AND share <= capacity", name=op.f("ck_his_slot_share")),
        sa.CheckConstraint(
            "share_taken >= 0 AND share_taken <= taken", name=op.f("ck_his_slot_share_taken")
        ),
        sa.CheckConstraint(
            "share = 0 OR (share_taken <= share AND taken - share_taken <= capacity - share)",
            name=op.f("ck_his_slot_both_shares"),
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["his_session.id"], name=op.f("fk_his_slot_session_id_his_session")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_his_slot")),
        sa.UniqueConstraint("session_id", "start", name=op.f("uq_his_slot_session_id_start")),
    )
    op.create_table(
        "his_appointment",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("slot_id", sa.String(length=64), nullable=False),
        sa.Column("session_id", sa.String(length=64), nullable=False),
        sa.Column("patient_id", sa.String(length=64), nullable=False),
        sa.Column("department_id", sa.String(length=64), nullable=False),
        sa.Column("doctor_id", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("start", sa.DateTime(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("room", sa.String(length=32), nullable=False),
        sa.Column("fee_fen", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("active", sa.Integer(), nullable=True),
        sa.Column("door", sa.String(length=8), nullable=False),
        sa.Column("act", sa.String(length=16), nullable=False),
        sa.Column("instead_of", sa.String(length=64), nullable=True),
        sa.Column("hold_until", sa.DateTime(), nullable=True),
        sa.Column("booked_at", sa.DateTime(), nullable=False),
        sa.Column("called_at", sa.DateTime(), nullable=True),
        sa.Column("done_at", sa.DateTime(), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(), nullable=True),
        sa.Column("arrived_at", sa.DateTime(), nullable=True),
        sa.Column("missed_at", sa.DateTime(), nullable=True),
        sa.Column("turn", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(state IN ('cancelled', 'stopped')) = (active IS NULL)", name=op.f("ck_his_appointment_active")
        ),
        sa.CheckConstraint(
            "state <> 'held' OR hold_until IS NOT NULL", name=op.f("ck_his_appointment_hold")
        ),
        sa.ForeignKeyConstraint(
            ["department_id"],
            ["his_department.id"],
            name=op.f("fk_his_appointment_department_id_his_department"),
        ),
        sa.ForeignKeyConstraint(
            ["doctor_id"], ["his_doctor.id"], name=op.f("fk_his_appointment_doctor_id_his_doctor")
        ),
        sa.ForeignKeyConstraint(
            ["instead_of"], ["his_appointment.id"], name=op.f("fk_his_appointment_instead_of_his_appointment")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["his_patient.id"], name=op.f("fk_his_appointment_patient_id_his_patient")
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["his_session.id"], name=op.f("fk_his_appointment_session_id_his_session")
        ),
        sa.ForeignKeyConstraint(
            ["slot_id"], ["his_slot.id"], name=op.f("fk_his_appointment_slot_id_his_slot")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_his_appointment")),
        sa.UniqueConstraint("key", name=op.f("uq_his_appointment_key")),
        sa.UniqueConstraint(
            "patient_id",
            "department_id",
            "day",
            "active",
            name=op.f("uq_his_appointment_patient_id_department_id_day_active"),
        ),
        sa.UniqueConstraint(
            "session_id", "number", "active", name=op.f("uq_his_appointment_session_id_number_active")
        ),
    )
    op.create_index(op.f("ix_his_appointment_patient_id"), "his_appointment", ["patient_id"], unique=False)
    op.create_index(op.f("ix_his_appointment_session_id"), "his_appointment", ["session_id"], unique=False)
    op.create_index(op.f("ix_his_appointment_slot_id"), "his_appointment", ["slot_id"], unique=False)
    op.create_index(op.f("ix_his_appointment_hold_until"), "his_appointment", ["hold_until"], unique=False)
    op.create_table(
        "his_change",
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("subject_id", sa.String(length=64), nullable=False),
        sa.Column("patient_id", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_his_change")),
    )
    op.create_index(op.f("ix_his_change_at"), "his_change", ["at"], unique=False)
    op.create_table(
        "his_check_in",
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("appointment_id", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["his_appointment.id"], name=op.f("fk_his_check_in_appointment_id_his_appointment")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_his_check_in")),
    )
    op.create_index(op.f("ix_his_check_in_appointment_id"), "his_check_in", ["appointment_id"], unique=False)


def _create_papers() -> None:
    """Prescriptions and bills."""
    patient = ["patient_id"], ["his_patient.id"]
    op.create_table(
        "his_prescription",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("patient_id", sa.String(length=64), nullable=False),
        sa.Column("ordered_at", sa.DateTime(), nullable=False),
        sa.Column("doctor_name", sa.String(length=64), nullable=False),
        sa.Column("department_name", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.CheckConstraint(
            "state IN ('open', 'dispensed', 'cancelled')", name=op.f("ck_his_prescription_state")
        ),
        sa.ForeignKeyConstraint(*patient, name=op.f("fk_his_prescription_patient_id_his_patient")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_his_prescription")),
    )
    op.create_index(op.f("ix_his_prescription_patient_id"), "his_prescription", ["patient_id"], unique=False)
    op.create_table(
        "his_prescription_item",
        sa.Column("prescription_id", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("spec", sa.String(length=64), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(length=16), nullable=False),
        sa.Column("usage", sa.String(length=128), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_his_prescription_item_quantity")),
        sa.ForeignKeyConstraint(
            ["prescription_id"],
            ["his_prescription.id"],
            name=op.f("fk_his_prescription_item_prescription_id_his_prescription"),
        ),
        sa.PrimaryKeyConstraint("prescription_id", "position", name=op.f("pk_his_prescription_item")),
    )
    op.create_table(
        "his_bill",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("patient_id", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("fen", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.CheckConstraint("fen >= 0", name=op.f("ck_his_bill_fen")),
        sa.CheckConstraint("state IN ('open', 'paid', 'refunded')", name=op.f("ck_his_bill_state")),
        sa.ForeignKeyConstraint(*patient, name=op.f("fk_his_bill_patient_id_his_patient")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_his_bill")),
    )
    op.create_index(op.f("ix_his_bill_patient_id"), "his_bill", ["patient_id"], unique=False)
    op.create_table(
        "his_bill_item",
        sa.Column("bill_id", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("fen", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_his_bill_item_quantity")),
        sa.CheckConstraint("fen >= 0", name=op.f("ck_his_bill_item_fen")),
        sa.ForeignKeyConstraint(["bill_id"], ["his_bill.id"], name=op.f("fk_his_bill_item_bill_id_his_bill")),
        sa.PrimaryKeyConstraint("bill_id", "position", name=op.f("pk_his_bill_item")),
    )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
