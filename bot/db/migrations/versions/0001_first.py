"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.db import desk_stamps
from bot.db.guards import protect, unprotect

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("actor_kind", sa.String(length=16), nullable=False),
        sa.Column("actor_id", sa.String(length=64), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=160), nullable=False),
        sa.Column("about", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("result", sa.String(length=32), nullable=False),
        sa.Column("trace", sa.String(length=40), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.CheckConstraint("actor_kind IN ('person', 'staff', 'system')", name=op.f("ck_audit_actor_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
        sa.UniqueConstraint("hash", name=op.f("uq_audit_hash")),
        sa.UniqueConstraint("previous_hash", name=op.f("uq_audit_previous_hash")),
    )
    for column in ("about", "at", "subject", "trace"):
        op.create_index(op.f(f"ix_audit_{column}"), "audit", [column], unique=False)
    op.create_table(
        "audit_checkpoint",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("mac", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_checkpoint")),
    )
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("mac", sa.String(length=64), server_default="", nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_audit_head_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "faq_revision",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_faq_revision_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_faq_revision")),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("openid_hash", sa.String(length=64), nullable=False),
        sa.Column("openid_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("conversation", sa.String(length=32), nullable=False),
        sa.Column("subscribed", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(), nullable=True),
        sa.Column("unsubscribed_at", sa.DateTime(), nullable=True),
        sa.Column("erased_at", sa.DateTime(), nullable=True),
        sa.Column("turns", sa.Integer(), nullable=False),
        sa.Column("expects", sa.String(length=16), nullable=True),
        sa.Column("flagged_until", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("conversation", name=op.f("uq_person_conversation")),
        sa.UniqueConstraint("openid_hash", name=op.f("uq_person_openid_hash")),
    )
    op.create_table(
        "quarantine",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.DateTime(), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quarantine")),
    )
    op.create_table(
        "seen_signature",
        sa.Column("signature", sa.String(length=40), nullable=False),
        sa.Column("content", sa.String(length=64), nullable=False),
        sa.Column("seen_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("signature", name=op.f("pk_seen_signature")),
    )
    op.create_index(op.f("ix_seen_signature_seen_at"), "seen_signature", ["seen_at"], unique=False)
    op.create_table(
        "forgotten_message",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("erased_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_forgotten_message")),
    )
    op.create_table(
        "staff",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("username", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("department_id", sa.String(length=64), nullable=True),
        sa.Column("doctor_id", sa.String(length=64), nullable=True),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("must_change", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("totp_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("totp_next_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("totp_step", sa.BigInteger(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.DateTime(), nullable=True),
        sa.CheckConstraint(
            "role IN ('doctor', 'head', 'editor', 'finance', 'operator', 'auditor', 'service')",
            name=op.f("ck_staff_role"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("username", name=op.f("uq_staff_username")),
    )
    op.create_table(
        "staff_recovery",
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_recovery_staff_id_staff")),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_staff_recovery")),
    )
    op.create_index(op.f("ix_staff_recovery_staff_id"), "staff_recovery", ["staff_id"], unique=False)
    op.create_table(
        "staff_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("browser", sa.String(length=40), nullable=False),
        sa.Column("began_at", sa.DateTime(), nullable=False),
        sa.Column("seen_at", sa.DateTime(), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_session_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_staff_session_token_hash")),
    )
    op.create_index(op.f("ix_staff_session_staff_id"), "staff_session", ["staff_id"], unique=False)
    op.create_table(
        "staff_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(length=16), nullable=False),
        sa.Column("what", sa.String(length=8), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("department_id", sa.String(length=64), nullable=True),
        sa.Column("doctor_id", sa.String(length=64), nullable=True),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint("what IN ('open', 'role', 'reset')", name=op.f("ck_staff_request_what")),
        sa.CheckConstraint("state IN ('asked', 'given', 'refused')", name=op.f("ck_staff_request_state")),
        sa.ForeignKeyConstraint(["asked_by"], ["staff.id"], name=op.f("fk_staff_request_asked_by_staff")),
        sa.ForeignKeyConstraint(["decided_by"], ["staff.id"], name=op.f("fk_staff_request_decided_by_staff")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_request_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_request")),
        sa.UniqueConstraint("ref", name=op.f("uq_staff_request_ref")),
    )
    op.create_index(op.f("ix_staff_request_staff_id"), "staff_request", ["staff_id"], unique=False)
    op.create_table(
        "card",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(length=16), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.String(length=64), nullable=False),
        sa.Column("hospital_id", sa.String(length=32), nullable=False),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("id_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("id_hash", sa.String(length=64), nullable=False),
        sa.Column("phone_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("card_no_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("sex", sa.String(length=1), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=20), server_default="self_pay", nullable=False),
        sa.Column("opened", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("relation", sa.String(length=8), nullable=True),
        sa.Column("own", sa.SmallInteger(), nullable=True),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("active", sa.SmallInteger(), nullable=True),
        sa.Column("bound_at", sa.DateTime(), nullable=False),
        sa.Column("unbound_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint("sex IN ('m', 'f')", name=op.f("ck_card_sex")),
        sa.CheckConstraint("active IS NULL OR active = 1", name=op.f("ck_card_active")),
        sa.CheckConstraint(
            "kind IN ('self_pay', 'city_insurance', 'province_insurance', 'rural_insurance', 'other')",
            name=op.f("ck_card_kind"),
        ),
        sa.CheckConstraint(
            "relation IN ('self', 'father', 'mother', 'child', 'spouse', 'other')", name=op.f("ck_card_relation")
        ),
        sa.CheckConstraint("own IS NULL OR (own = 1 AND relation = 'self')", name=op.f("ck_card_own")),
        sa.UniqueConstraint("person_id", "own", "active", name=op.f("uq_card_person_id_own_active")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_card_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_card")),
        sa.UniqueConstraint(
            "person_id", "patient_id", "active", name=op.f("uq_card_person_id_patient_id_active")
        ),
        sa.UniqueConstraint("ref", name=op.f("uq_card_ref")),
    )
    op.create_index(op.f("ix_card_id_hash"), "card", ["id_hash"], unique=False)
    op.create_index("ix_card_patient_id", "card", ["patient_id"], unique=False)
    op.create_table(
        "consent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(length=32), nullable=False),
        sa.Column("version", sa.String(length=16), nullable=False),
        sa.Column("given_at", sa.DateTime(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_consent_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
    )
    op.create_index("ix_consent_person_id_purpose", "consent", ["person_id", "purpose"], unique=False)
    op.create_table(
        "inbox",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dedupe_key", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.DateTime(), nullable=False),
        sa.Column("wire_created_at", sa.DateTime(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("lease", sa.String(length=64), nullable=True),
        sa.Column("leased_until", sa.DateTime(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("answer_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("channel", sa.String(length=16), nullable=True),
        sa.Column("reply_body", sa.LargeBinary(), nullable=True),
        sa.Column("kept_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("answered_at", sa.DateTime(), nullable=True),
        sa.Column("delivered_at", sa.DateTime(), nullable=True),
        sa.Column("failure", sa.String(length=200), nullable=True),
        sa.Column("wish", sa.String(length=40), nullable=True),
        sa.Column("department_id", sa.String(length=64), nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("private", sa.String(length=8), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('answered', 'missed', 'odd', 'person', 'corrected', 'red_flag', 'cleared', 'failed')",
            name=op.f("ck_inbox_outcome"),
        ),
        sa.CheckConstraint("private IN ('words', 'answer', 'both')", name=op.f("ck_inbox_private")),
        sa.CheckConstraint("channel IN ('passive', 'late', 'kept')", name=op.f("ck_inbox_channel")),
        sa.CheckConstraint(
            "state IN ('received', 'leased', 'answered', 'delivered', 'quarantined')",
            name=op.f("ck_inbox_state"),
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_inbox_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_inbox_dedupe_key")),
    )
    op.create_index("ix_inbox_person_id_id", "inbox", ["person_id", "id"], unique=False)
    op.create_index("ix_inbox_received_at", "inbox", ["received_at"], unique=False)
    op.create_index("ix_inbox_state_leased_until", "inbox", ["state", "leased_until"], unique=False)
    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dedupe_key", sa.String(length=80), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("payload_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("rung", sa.String(length=16), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("claim", sa.String(length=80), nullable=True),
        sa.Column("claimed_until", sa.DateTime(), nullable=True),
        sa.Column("held_at", sa.DateTime(), nullable=True),
        sa.Column("held_until", sa.DateTime(), nullable=True),
        sa.Column("last_error", sa.String(length=200), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("sent_at", sa.DateTime(), nullable=True),
        sa.Column("read_at", sa.DateTime(), nullable=True),
        sa.Column("handled_at", sa.DateTime(), nullable=True),
        sa.Column("handled_by", sa.Integer(), nullable=True),
        sa.Column("handled_note_sealed", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'held', 'sent', 'unknown', 'undelivered', 'expired')",
            name=op.f("ck_notice_state"),
        ),
        sa.ForeignKeyConstraint(["handled_by"], ["staff.id"], name=op.f("fk_notice_handled_by_staff")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_notice_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_notice_dedupe_key")),
    )
    op.create_index(op.f("ix_notice_person_id"), "notice", ["person_id"], unique=False)
    op.create_index("ix_notice_state_due_at", "notice", ["state", "due_at"], unique=False)
    op.create_table(
        "notice_try",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("rung", sa.String(length=16), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=80), nullable=False),
        sa.Column("message_id", sa.String(length=64), nullable=True),
        sa.CheckConstraint(
            "state IN ('asked', 'taken', 'arrived', 'failed', 'refused', 'later', 'unknown', 'paused')",
            name=op.f("ck_notice_try_state"),
        ),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name=op.f("fk_notice_try_notice_id_notice")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_notice_try_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_try")),
    )
    op.create_index(op.f("ix_notice_try_message_id"), "notice_try", ["message_id"], unique=False)
    op.create_index(op.f("ix_notice_try_notice_id"), "notice_try", ["notice_id"], unique=False)
    op.create_index(op.f("ix_notice_try_person_id"), "notice_try", ["person_id"], unique=False)
    op.create_table(
        "notice_receipt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("arrived", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("applied_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_notice_receipt_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_receipt")),
        sa.UniqueConstraint("message_id", name=op.f("uq_notice_receipt_message_id")),
    )
    op.create_index(op.f("ix_notice_receipt_applied_at"), "notice_receipt", ["applied_at"], unique=False)
    op.create_index(op.f("ix_notice_receipt_person_id"), "notice_receipt", ["person_id"], unique=False)
    op.create_table(
        "subscription",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("template_id", sa.String(length=64), nullable=False),
        sa.Column("allowed", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("allowed >= 0", name=op.f("ck_subscription_allowed")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_subscription_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscription")),
        sa.UniqueConstraint("person_id", "template_id", name=op.f("uq_subscription_person_id_template_id")),
    )
    op.create_table(
        "vault",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(length=16), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("value_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('person_name', 'id_number', 'phone', 'card_no', 'sms_code', 'question', 'reply', 'detail', "
            "'text', 'picture', 'voice')",
            name=op.f("ck_vault_kind"),
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_vault_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vault")),
        sa.UniqueConstraint("ref", name=op.f("uq_vault_ref")),
    )
    op.create_index("ix_vault_expires_at", "vault", ["expires_at"], unique=False)
    op.create_index(op.f("ix_vault_person_id"), "vault", ["person_id"], unique=False)
    op.create_table(
        "bind_try",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("id_hash", sa.String(length=64), server_default="", nullable=False),
        sa.Column("card_id", sa.Integer(), nullable=True),
        sa.Column("refusal", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(["card_id"], ["card.id"], name=op.f("fk_bind_try_card_id_card")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_bind_try_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bind_try")),
        sa.UniqueConstraint("key", name=op.f("uq_bind_try_key")),
    )
    op.create_index("ix_bind_try_person_id_at", "bind_try", ["person_id", "at"], unique=False)
    op.create_table(
        "booking",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(length=16), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("card_id", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.String(length=64), nullable=False),
        sa.Column("slot_id", sa.String(length=64), nullable=False),
        sa.Column("department_id", sa.String(length=64), nullable=False),
        sa.Column("doctor_id", sa.String(length=64), nullable=False),
        sa.Column("department_name", sa.String(length=64), nullable=False),
        sa.Column("doctor_name", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("start", sa.DateTime(), nullable=False),
        sa.Column("end", sa.DateTime(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("room", sa.String(length=64), nullable=False),
        sa.Column("place", sa.String(length=128), nullable=False),
        sa.Column("fee_fen", sa.Integer(), nullable=False),
        sa.Column("appointment_id", sa.String(length=64), nullable=True),
        sa.Column("session_id", sa.String(length=64), nullable=True),
        sa.Column("guard", sa.String(length=160), nullable=True),
        sa.Column("week_guard", sa.String(length=160), nullable=True),
        sa.Column("instead_of_id", sa.Integer(), nullable=True),
        sa.Column("back_to", sa.String(length=16), nullable=True),
        sa.Column("moves", sa.Integer(), nullable=False),
        sa.Column("prepay", sa.Boolean(), nullable=False),
        sa.Column("pay_until", sa.DateTime(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("refusal", sa.String(length=32), nullable=True),
        sa.Column("asked_at", sa.DateTime(), nullable=False),
        sa.Column("settled_at", sa.DateTime(), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(), nullable=True),
        sa.Column("cancelled_by", sa.String(length=16), nullable=True),
        sa.CheckConstraint("state <> 'booked' OR appointment_id IS NOT NULL", name=op.f("ck_booking_booked")),
        sa.CheckConstraint("(state = 'moving') = (back_to IS NOT NULL)", name=op.f("ck_booking_back_to")),
        sa.CheckConstraint("state <> 'stopped' OR guard IS NULL", name=op.f("ck_booking_stopped")),
        sa.CheckConstraint(
            "state IN ('asked', 'booked', 'cancelling', 'cancelled', 'refused', 'unknown',"
            " 'moving', 'moved', 'done', 'missed', 'stopped', 'unpaid', 'paid')",
            name=op.f("ck_booking_state"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('unpaid', 'paid') OR (prepay AND pay_until IS NOT NULL AND appointment_id IS NOT NULL)",
            name=op.f("ck_booking_prepay"),
        ),
        sa.CheckConstraint("cancelled_by IN ('patient', 'hospital', 'lapse')", name=op.f("ck_booking_cancelled_by")),
        sa.CheckConstraint("fee_fen >= 0", name=op.f("ck_booking_fee")),
        sa.ForeignKeyConstraint(["card_id"], ["card.id"], name=op.f("fk_booking_card_id_card")),
        sa.ForeignKeyConstraint(["instead_of_id"], ["booking.id"], name=op.f("fk_booking_instead_of_id_booking")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_booking_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking")),
        sa.UniqueConstraint("appointment_id", name=op.f("uq_booking_appointment_id")),
        sa.UniqueConstraint("guard", name=op.f("uq_booking_guard")),
        sa.UniqueConstraint("key", name=op.f("uq_booking_key")),
        sa.UniqueConstraint("ref", name=op.f("uq_booking_ref")),
        sa.UniqueConstraint("week_guard", name=op.f("uq_booking_week_guard")),
    )
    op.create_index("ix_booking_patient_id_day", "booking", ["patient_id", "day"], unique=False)
    op.create_index("ix_booking_person_id_day", "booking", ["person_id", "day"], unique=False)
    op.create_index(op.f("ix_booking_slot_id"), "booking", ["slot_id"], unique=False)
    op.create_index(op.f("ix_booking_session_id"), "booking", ["session_id"], unique=False)
    op.create_index("ix_booking_state_asked_at", "booking", ["state", "asked_at"], unique=False)
    op.create_table(
        "pay_order",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("no", sa.String(length=32), nullable=False),
        sa.Column("booking_id", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("amount_fen", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("until", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("sent_at", sa.DateTime(), nullable=True),
        sa.Column("look_at", sa.DateTime(), nullable=True),
        sa.Column("paid_fen", sa.Integer(), nullable=True),
        sa.Column("paid_at", sa.DateTime(), nullable=True),
        sa.Column("transaction_id", sa.String(length=64), nullable=True),
        sa.Column("refunded_fen", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("settled_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_pay_order_amount")),
        sa.CheckConstraint("(state = 'paid') = (paid_fen IS NOT NULL)", name=op.f("ck_pay_order_paid")),
        sa.CheckConstraint("paid_fen IS NULL OR paid_fen = amount_fen", name=op.f("ck_pay_order_whole")),
        sa.CheckConstraint(
            "refunded_fen >= 0 AND refunded_fen <= coalesce(paid_fen, 0)", name=op.f("ck_pay_order_refunded")
        ),
        sa.CheckConstraint("state IN ('open', 'closing', 'closed', 'paid', 'odd')", name=op.f("ck_pay_order_state")),
        sa.ForeignKeyConstraint(["booking_id"], ["booking.id"], name=op.f("fk_pay_order_booking_id_booking")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_pay_order_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pay_order")),
        sa.UniqueConstraint("booking_id", name=op.f("uq_pay_order_booking_id")),
        sa.UniqueConstraint("no", name=op.f("uq_pay_order_no")),
        sa.UniqueConstraint("transaction_id", name=op.f("uq_pay_order_transaction_id")),
    )
    op.create_index(op.f("ix_pay_order_person_id"), "pay_order", ["person_id"], unique=False)
    op.create_index("ix_pay_order_state_until", "pay_order", ["state", "until"], unique=False)
    op.create_index(op.f("ix_pay_order_look_at"), "pay_order", ["look_at"], unique=False)
    op.create_table(
        "pay_refund",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("no", sa.String(length=32), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("amount_fen", sa.Integer(), nullable=False),
        sa.Column("cause", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("settled_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_pay_refund_amount")),
        sa.CheckConstraint("cause IN ('cancelled', 'stopped', 'desk', 'late', 'refused')", name=op.f("ck_pay_refund_cause")),
        sa.CheckConstraint("state IN ('owed', 'processing', 'done', 'failed')", name=op.f("ck_pay_refund_state")),
        sa.ForeignKeyConstraint(["order_id"], ["pay_order.id"], name=op.f("fk_pay_refund_order_id_pay_order")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pay_refund")),
        sa.UniqueConstraint("no", name=op.f("uq_pay_refund_no")),
        sa.UniqueConstraint("order_id", name=op.f("uq_pay_refund_order_id")),
    )
    op.create_index("ix_pay_refund_state_due_at", "pay_refund", ["state", "due_at"], unique=False)
    op.create_table(
        "pay_notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("no", sa.String(length=32), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("received_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pay_notice")),
        sa.UniqueConstraint("key", name=op.f("uq_pay_notice_key")),
    )
    op.create_index(op.f("ix_pay_notice_no"), "pay_notice", ["no"], unique=False)
    op.create_table(
        "booking_operation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(length=120), nullable=False),
        sa.Column("operation", sa.String(length=160), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking_operation")),
        sa.UniqueConstraint("operation", name=op.f("uq_booking_operation_operation")),
        sa.UniqueConstraint("place", name=op.f("uq_booking_operation_place")),
    )
    op.create_index(op.f("ix_booking_operation_at"), "booking_operation", ["at"], unique=False)
    op.create_table(
        "suspension",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(length=16), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("patient_id", sa.String(length=64), nullable=False),
        sa.Column("missed", sa.Integer(), nullable=False),
        sa.Column("counted_to", sa.Date(), nullable=False),
        sa.Column("begun_at", sa.DateTime(), nullable=False),
        sa.Column("until", sa.DateTime(), nullable=False),
        sa.Column("appealed_at", sa.DateTime(), nullable=True),
        sa.Column("appealed_by", sa.Integer(), nullable=True),
        sa.Column("appeal_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("lifted_at", sa.DateTime(), nullable=True),
        sa.Column("lifted_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["appealed_by"], ["person.id"], name=op.f("fk_suspension_appealed_by_person")),
        sa.ForeignKeyConstraint(["lifted_by"], ["staff.id"], name=op.f("fk_suspension_lifted_by_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suspension")),
        sa.UniqueConstraint("key", name=op.f("uq_suspension_key")),
        sa.UniqueConstraint("ref", name=op.f("uq_suspension_ref")),
    )
    op.create_index("ix_suspension_patient_id_until", "suspension", ["patient_id", "until"], unique=False)
    op.create_table(
        "choice_set",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("inbox_id", sa.Integer(), nullable=True),
        sa.Column("options_json", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("used", sa.Boolean(), nullable=False),
        sa.Column("until", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["inbox_id"], ["inbox.id"], name=op.f("fk_choice_set_inbox_id_inbox")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_choice_set_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_choice_set")),
    )
    op.create_index(op.f("ix_choice_set_person_id"), "choice_set", ["person_id"], unique=False)
    op.create_table(
        "question",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(length=16), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("card_id", sa.Integer(), nullable=True),
        sa.Column("department_id", sa.String(length=64), nullable=False),
        sa.Column("department_name", sa.String(length=64), nullable=False),
        sa.Column("doctor_id", sa.String(length=64), nullable=True),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("red_flag", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("claimed_by", sa.Integer(), nullable=True),
        sa.Column("claimed_at", sa.DateTime(), nullable=True),
        sa.Column("claim_until", sa.DateTime(), nullable=True),
        sa.Column("preferred_by", sa.Integer(), nullable=True),
        sa.Column("escalated_at", sa.DateTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(), nullable=False),
        sa.Column("answered_at", sa.DateTime(), nullable=True),
        sa.Column("due_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("(state = 'claimed') = (claimed_by IS NOT NULL)", name=op.f("ck_question_claim")),
        sa.CheckConstraint(
            "state IN ('waiting', 'claimed', 'asked_back', 'answered', 'refused', 'withdrawn', 'closed')",
            name=op.f("ck_question_state"),
        ),
        sa.ForeignKeyConstraint(["card_id"], ["card.id"], name=op.f("fk_question_card_id_card")),
        sa.ForeignKeyConstraint(["claimed_by"], ["staff.id"], name=op.f("fk_question_claimed_by_staff")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_question_person_id_person")),
        sa.ForeignKeyConstraint(["preferred_by"], ["staff.id"], name=op.f("fk_question_preferred_by_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question")),
        sa.UniqueConstraint("key", name=op.f("uq_question_key")),
        sa.UniqueConstraint("ref", name=op.f("uq_question_ref")),
    )
    op.create_index("ix_question_department_id_state", "question", ["department_id", "state"], unique=False)
    op.create_index(op.f("ix_question_doctor_id"), "question", ["doctor_id"], unique=False)
    op.create_index(op.f("ix_question_person_id"), "question", ["person_id"], unique=False)
    op.create_table(
        "unclear_text",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(length=16), nullable=False),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("guess", sa.String(length=40), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("reason", sa.String(length=16), nullable=False),
        sa.Column("meant", sa.String(length=40), nullable=True),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("label", sa.String(length=40), nullable=True),
        sa.Column("labelled_by", sa.Integer(), nullable=True),
        sa.Column("labelled_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint("reason IN ('unsure', 'corrected')", name=op.f("ck_unclear_text_reason")),
        sa.CheckConstraint("state IN ('waiting', 'labelled', 'dropped')", name=op.f("ck_unclear_text_state")),
        sa.ForeignKeyConstraint(["labelled_by"], ["staff.id"], name=op.f("fk_unclear_text_labelled_by_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unclear_text")),
        sa.UniqueConstraint("ref", name=op.f("uq_unclear_text_ref")),
    )
    op.create_index(op.f("ix_unclear_text_last_at"), "unclear_text", ["last_at"], unique=False)
    op.create_table(
        "triage_note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(length=16), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("inbox_id", sa.Integer(), nullable=True),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("age", sa.Integer(), nullable=True),
        sa.Column("sex", sa.String(length=1), nullable=True),
        sa.Column("duration", sa.String(length=64), nullable=True),
        sa.Column("urgency", sa.String(length=16), nullable=False),
        sa.Column("departments_json", sa.JSON(), nullable=False),
        sa.Column("summary_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("booking_id", sa.Integer(), nullable=True),
        sa.Column("given_at", sa.DateTime(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("given_at IS NULL OR booking_id IS NOT NULL", name=op.f("ck_triage_note_given")),
        sa.ForeignKeyConstraint(["booking_id"], ["booking.id"], name=op.f("fk_triage_note_booking_id_booking")),
        sa.ForeignKeyConstraint(["inbox_id"], ["inbox.id"], name=op.f("fk_triage_note_inbox_id_inbox")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_triage_note_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_triage_note")),
        sa.UniqueConstraint("booking_id", name=op.f("uq_triage_note_booking_id")),
        sa.UniqueConstraint("ref", name=op.f("uq_triage_note_ref")),
    )
    op.create_index(op.f("ix_triage_note_person_id"), "triage_note", ["person_id"], unique=False)
    op.create_table(
        "answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["question_id"], ["question.id"], name=op.f("fk_answer_question_id_question")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_answer_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer")),
        sa.UniqueConstraint("question_id", name=op.f("uq_answer_question_id")),
    )
    op.create_table(
        "faq_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("external_id", sa.String(length=64), nullable=True),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("department_id", sa.String(length=64), nullable=True),
        sa.Column("department_name", sa.String(length=64), nullable=False),
        sa.Column("source_question_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("published_by", sa.Integer(), nullable=True),
        sa.Column("published_at", sa.DateTime(), nullable=True),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.Column("updated_at", sa.DateTime(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), server_default="answer", nullable=False),
        sa.Column("tags", sa.Text(), server_default="", nullable=False),
        sa.Column("new_question", sa.Text(), nullable=True),
        sa.Column("new_answer", sa.Text(), nullable=True),
        sa.Column("kept", sa.Integer(), server_default="0", nullable=False),
        sa.Column("written_by", sa.Integer(), nullable=True),
        sa.Column("signed_by", sa.Integer(), nullable=True),
        sa.Column("signed_at", sa.DateTime(), nullable=True),
        sa.Column("recalled_by", sa.Integer(), nullable=True),
        sa.Column("recalled_at", sa.DateTime(), nullable=True),
        sa.Column("recall_reason", sa.String(length=200), nullable=True),
        sa.Column("merged_into", sa.Integer(), nullable=True),
        sa.Column("hits", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint("kind IN ('answer', 'article')", name=op.f("ck_faq_entry_kind")),
        sa.CheckConstraint("state IN ('draft', 'published', 'recalled', 'merged')", name=op.f("ck_faq_entry_state")),
        sa.ForeignKeyConstraint(["created_by"], ["staff.id"], name=op.f("fk_faq_entry_created_by_staff")),
        sa.ForeignKeyConstraint(["published_by"], ["staff.id"], name=op.f("fk_faq_entry_published_by_staff")),
        sa.ForeignKeyConstraint(
            ["source_question_id"], ["question.id"], name=op.f("fk_faq_entry_source_question_id_question")
        ),
        sa.ForeignKeyConstraint(["merged_into"], ["faq_entry.id"], name=op.f("fk_faq_entry_merged_into_faq_entry")),
        sa.ForeignKeyConstraint(["recalled_by"], ["staff.id"], name=op.f("fk_faq_entry_recalled_by_staff")),
        sa.ForeignKeyConstraint(["signed_by"], ["staff.id"], name=op.f("fk_faq_entry_signed_by_staff")),
        sa.ForeignKeyConstraint(["written_by"], ["staff.id"], name=op.f("fk_faq_entry_written_by_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_faq_entry")),
        sa.UniqueConstraint("external_id", name=op.f("uq_faq_entry_external_id")),
        sa.UniqueConstraint("source_question_id", name=op.f("uq_faq_entry_source_question_id")),
    )
    op.create_index(op.f("ix_faq_entry_department_id"), "faq_entry", ["department_id"], unique=False)
    op.create_index(op.f("ix_faq_entry_revision"), "faq_entry", ["revision"], unique=False)
    op.create_index(op.f("ix_faq_entry_state"), "faq_entry", ["state"], unique=False)
    op.create_table(
        "faq_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("origin", sa.String(length=16), nullable=False),
        sa.Column("written_by", sa.Integer(), nullable=True),
        sa.Column("written_at", sa.DateTime(), nullable=False),
        sa.Column("signed_by", sa.Integer(), nullable=True),
        sa.Column("signed_at", sa.DateTime(), nullable=True),
        sa.Column("published_by", sa.Integer(), nullable=True),
        sa.Column("published_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint(
            "origin IN ('draft', 'edit', 'restore', 'merge', 'import')", name=op.f("ck_faq_version_origin")
        ),
        sa.CheckConstraint("published_by <> written_by", name=op.f("ck_faq_version_two_persons")),
        sa.ForeignKeyConstraint(["entry_id"], ["faq_entry.id"], name=op.f("fk_faq_version_entry_id_faq_entry")),
        sa.ForeignKeyConstraint(["published_by"], ["staff.id"], name=op.f("fk_faq_version_published_by_staff")),
        sa.ForeignKeyConstraint(["signed_by"], ["staff.id"], name=op.f("fk_faq_version_signed_by_staff")),
        sa.ForeignKeyConstraint(["written_by"], ["staff.id"], name=op.f("fk_faq_version_written_by_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_faq_version")),
        sa.UniqueConstraint("entry_id", "number", name=op.f("uq_faq_version_entry_id_number")),
    )
    op.create_table(
        "faq_shown",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["faq_entry.id"], name=op.f("fk_faq_shown_entry_id_faq_entry")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_faq_shown_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_faq_shown")),
        sa.UniqueConstraint("entry_id", "person_id", name=op.f("uq_faq_shown_entry_id_person_id")),
    )
    op.create_index(op.f("ix_faq_shown_at"), "faq_shown", ["at"], unique=False)
    op.create_index(op.f("ix_faq_shown_person_id"), "faq_shown", ["person_id"], unique=False)
    op.create_table(
        "faq_vote",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("helpful", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["faq_entry.id"], name=op.f("fk_faq_vote_entry_id_faq_entry")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_faq_vote_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_faq_vote")),
        sa.UniqueConstraint("entry_id", "person_id", name=op.f("uq_faq_vote_entry_id_person_id")),
    )
    op.create_index(op.f("ix_faq_vote_at"), "faq_vote", ["at"], unique=False)
    op.create_index(op.f("ix_faq_vote_person_id"), "faq_vote", ["person_id"], unique=False)
    op.create_table(
        "faq_miss",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(length=16), nullable=False),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("state IN ('fresh', 'waiting', 'drafted', 'dropped')", name=op.f("ck_faq_miss_state")),
        sa.ForeignKeyConstraint(["entry_id"], ["faq_entry.id"], name=op.f("fk_faq_miss_entry_id_faq_entry")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_faq_miss")),
        sa.UniqueConstraint("ref", name=op.f("uq_faq_miss_ref")),
    )
    op.create_index(op.f("ix_faq_miss_last_at"), "faq_miss", ["last_at"], unique=False)
    op.create_table(
        "sms_code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(length=16), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("phone_hash", sa.String(length=64), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_try", sa.String(length=64), nullable=True),
        sa.Column("proven_at", sa.DateTime(), nullable=True),
        sa.Column("used_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_sms_code_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sms_code")),
        sa.UniqueConstraint("key", name=op.f("uq_sms_code_key")),
        sa.UniqueConstraint("ref", name=op.f("uq_sms_code_ref")),
    )
    op.create_index("ix_sms_code_person_id_phone_hash", "sms_code", ["person_id", "phone_hash"], unique=False)
    op.create_table(
        "sms_notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dedupe_key", sa.String(length=80), nullable=False),
        sa.Column("phone_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("facts_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("state", sa.String(length=16), server_default="waiting", nullable=False),
        sa.CheckConstraint("state IN ('waiting', 'sent', 'undelivered')", name=op.f("ck_sms_notice_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sms_notice")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_sms_notice_dedupe_key")),
    )
    op.create_index("ix_sms_notice_state_due_at", "sms_notice", ["state", "due_at"], unique=False)
    op.create_table(
        "sms_kept",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("phone_hash", sa.String(length=64), nullable=False),
        sa.Column("phone_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("sent_at", sa.DateTime(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sms_kept")),
        sa.UniqueConstraint("key", name=op.f("uq_sms_kept_key")),
    )
    op.create_index(op.f("ix_sms_kept_phone_hash"), "sms_kept", ["phone_hash"], unique=False)
    op.create_table(
        "quota",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("used", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint("used >= 0", name=op.f("ck_quota_used")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quota")),
        sa.UniqueConstraint("kind", "subject", "day", name=op.f("uq_quota_kind_subject_day")),
    )
    op.create_index("ix_quota_day", "quota", ["day"], unique=False)
    op.create_table(
        "change_cursor",
        sa.Column("hospital_id", sa.String(length=64), nullable=False),
        sa.Column("seen_until", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("hospital_id", name=op.f("pk_change_cursor")),
    )
    op.create_table(
        "returned_place",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cause", sa.String(length=64), nullable=False),
        sa.Column("slot_id", sa.String(length=64), nullable=False),
        sa.Column("patient_id", sa.String(length=64), nullable=False),
        sa.Column("returned_at", sa.DateTime(), nullable=False),
        sa.Column("visible_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_returned_place")),
        sa.UniqueConstraint("cause", name=op.f("uq_returned_place_cause")),
    )
    op.create_index("ix_returned_place_slot_id_visible_at", "returned_place", ["slot_id", "visible_at"], unique=False)
    op.create_table(
        "wait",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(length=16), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.String(length=64), nullable=False),
        sa.Column("department_id", sa.String(length=64), nullable=False),
        sa.Column("department_name", sa.String(length=64), nullable=False),
        sa.Column("doctor_id", sa.String(length=64), nullable=True),
        sa.Column("doctor_name", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("period", sa.String(length=2), nullable=True),
        sa.Column("guard", sa.String(length=160), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("joined_at", sa.DateTime(), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint("(state IN ('waiting', 'offered')) = (guard IS NOT NULL)", name=op.f("ck_wait_guard")),
        sa.CheckConstraint("period IN ('am', 'pm')", name=op.f("ck_wait_period")),
        sa.CheckConstraint("state IN ('waiting', 'offered', 'filled', 'left', 'lapsed', 'over')", name=op.f("ck_wait_state")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_wait_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wait")),
        sa.UniqueConstraint("guard", name=op.f("uq_wait_guard")),
        sa.UniqueConstraint("key", name=op.f("uq_wait_key")),
        sa.UniqueConstraint("ref", name=op.f("uq_wait_ref")),
    )
    op.create_index(op.f("ix_wait_person_id"), "wait", ["person_id"], unique=False)
    op.create_index("ix_wait_state_department_id_day", "wait", ["state", "department_id", "day"], unique=False)
    op.create_table(
        "wait_offer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(length=16), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("wait_id", sa.Integer(), nullable=False),
        sa.Column("slot_id", sa.String(length=64), nullable=False),
        sa.Column("department_id", sa.String(length=64), nullable=False),
        sa.Column("department_name", sa.String(length=64), nullable=False),
        sa.Column("doctor_id", sa.String(length=64), nullable=False),
        sa.Column("doctor_name", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("start", sa.DateTime(), nullable=False),
        sa.Column("end", sa.DateTime(), nullable=False),
        sa.Column("room", sa.String(length=64), nullable=False),
        sa.Column("place", sa.String(length=128), nullable=False),
        sa.Column("fee_fen", sa.Integer(), nullable=False),
        sa.Column("prepay", sa.Boolean(), nullable=False),
        sa.Column("appointment_id", sa.String(length=64), nullable=True),
        sa.Column("asking", sa.String(length=96), nullable=True),
        sa.Column("open", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("asked_at", sa.DateTime(), nullable=False),
        sa.Column("until", sa.DateTime(), nullable=False),
        sa.CheckConstraint("(state = 'asked') = (asking IS NOT NULL)", name=op.f("ck_wait_offer_asking")),
        sa.CheckConstraint("(state IN ('ended', 'accepted')) = (open IS NULL)", name=op.f("ck_wait_offer_open")),
        sa.CheckConstraint("state IN ('asked', 'offered', 'accepting', 'accepted', 'ending', 'ended')", name=op.f("ck_wait_offer_state")),
        sa.CheckConstraint("state <> 'asked' OR appointment_id IS NULL", name=op.f("ck_wait_offer_kept")),
        sa.ForeignKeyConstraint(["wait_id"], ["wait.id"], name=op.f("fk_wait_offer_wait_id_wait")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wait_offer")),
        sa.UniqueConstraint("appointment_id", name=op.f("uq_wait_offer_appointment_id")),
        sa.UniqueConstraint("asking", name=op.f("uq_wait_offer_asking")),
        sa.UniqueConstraint("key", name=op.f("uq_wait_offer_key")),
        sa.UniqueConstraint("open", name=op.f("uq_wait_offer_open")),
        sa.UniqueConstraint("ref", name=op.f("uq_wait_offer_ref")),
    )
    op.create_index("ix_wait_offer_state_until", "wait_offer", ["state", "until"], unique=False)
    op.execute("INSERT INTO audit_head (id, length, hash) VALUES (1, 0, '" + "0" * 64 + "')")
    op.execute("INSERT INTO faq_revision (id, value) VALUES (1, 0)")
    op.create_table(
        "clinic_pace",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.String(length=64), nullable=False),
        sa.Column("doctor_id", sa.String(length=64), nullable=False),
        sa.Column("period", sa.String(length=8), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Float(), nullable=False),
        sa.Column("squares", sa.Float(), nullable=False),
        sa.Column("absent", sa.Integer(), nullable=False),
        sa.Column("absent_minutes", sa.Float(), nullable=False),
        sa.Column("delay", sa.Float(), nullable=False),
        sa.CheckConstraint("period IN ('am', 'pm', 'night')", name=op.f("ck_clinic_pace_period")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clinic_pace")),
        sa.UniqueConstraint("session_id", name=op.f("uq_clinic_pace_session_id")),
    )
    op.create_index(
        "ix_clinic_pace_doctor_id_period_day", "clinic_pace", ["doctor_id", "period", "day"], unique=False
    )
    op.create_index("ix_clinic_pace_period_day", "clinic_pace", ["period", "day"], unique=False)
    op.create_table(
        "presence",
        sa.Column("person_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("scene", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_presence_person_id_person")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_presence")),
    )
    op.create_table(
        "shared_token",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("value_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column("lease", sa.String(length=32), nullable=True),
        sa.Column("leased_until", sa.DateTime(), nullable=True),
        sa.Column("saved_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_shared_token")),
    )
    op.create_table(
        "wechat_pause",
        sa.Column("call", sa.String(length=64), nullable=False),
        sa.Column("code", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("begun_at", sa.DateTime(), nullable=False),
        sa.Column("ends_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("call", name=op.f("pk_wechat_pause")),
    )
    op.create_table(
        "reach",
        sa.Column("person_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("message_at", sa.BigInteger(), nullable=True),
        sa.Column("message_left", sa.Integer(), nullable=False),
        sa.Column("tap_at", sa.BigInteger(), nullable=True),
        sa.Column("tap_left", sa.Integer(), nullable=False),
        sa.Column("paid", sa.String(length=8), nullable=True),
        sa.Column("opened_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("message_left BETWEEN 0 AND 5", name=op.f("ck_reach_message_left")),
        sa.CheckConstraint("tap_left BETWEEN 0 AND 3", name=op.f("ck_reach_tap_left")),
        sa.CheckConstraint("paid IN ('message', 'tap')", name=op.f("ck_reach_paid")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_reach_person_id_person")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_reach")),
    )
    op.create_table(
        "check_in",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("booking_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=8), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("outcome IN ('here', 'again', 'back')", name=op.f("ck_check_in_outcome")),
        sa.ForeignKeyConstraint(["booking_id"], ["booking.id"], name=op.f("fk_check_in_booking_id_booking")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_check_in_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_in")),
        sa.UniqueConstraint("key", name=op.f("uq_check_in_key")),
    )
    op.create_index(op.f("ix_check_in_booking_id"), "check_in", ["booking_id"], unique=False)
    op.create_table(
        "travel",
        sa.Column("person_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("asked_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint(
            "minutes IS NULL OR (minutes >= 0 AND minutes <= 300)", name=op.f("ck_travel_minutes")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_travel_person_id_person")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_travel")),
    )
    op.create_table(
        "queue_watch",
        sa.Column("booking_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("look_at", sa.DateTime(), nullable=False),
        sa.Column("ended", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["booking_id"], ["booking.id"], name=op.f("fk_queue_watch_booking_id_booking")),
        sa.PrimaryKeyConstraint("booking_id", name=op.f("pk_queue_watch")),
    )
    op.create_index("ix_queue_watch_ended_look_at", "queue_watch", ["ended", "look_at"], unique=False)
    op.create_table(
        "mass_result",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("job", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(length=64), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("filtered", sa.Integer(), nullable=False),
        sa.Column("sent", sa.Integer(), nullable=False),
        sa.Column("errors", sa.Integer(), nullable=False),
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mass_result")),
        sa.UniqueConstraint("job", name=op.f("uq_mass_result_job")),
    )
    op.create_table(
        "broadcast",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(length=16), nullable=False),
        sa.Column("made_key", sa.String(length=80), nullable=False),
        sa.Column("way", sa.String(length=16), nullable=False),
        sa.Column("title", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=120), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("link", sa.String(length=64), nullable=False),
        sa.Column("picture", sa.LargeBinary(), nullable=True),
        sa.Column("ai", sa.Boolean(), nullable=False),
        sa.Column("audience", sa.String(length=16), nullable=False),
        sa.Column("tag_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("ticked", sa.JSON(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("proposed_by", sa.Integer(), nullable=True),
        sa.Column("approver_id", sa.Integer(), nullable=True),
        sa.Column("stopped_by", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("updated_at", sa.DateTime(), nullable=False),
        sa.Column("approved_at", sa.DateTime(), nullable=True),
        sa.Column("handed_at", sa.DateTime(), nullable=True),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column("expected", sa.Integer(), nullable=True),
        sa.Column("thumb", sa.String(length=128), nullable=True),
        sa.Column("media_id", sa.String(length=128), nullable=True),
        sa.Column("draft_version", sa.Integer(), nullable=True),
        sa.Column("key", sa.String(length=64), nullable=True),
        sa.Column("job", sa.String(length=64), nullable=True),
        sa.Column("article", sa.String(length=128), nullable=True),
        sa.Column("url", sa.String(length=500), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(), nullable=True),
        sa.Column("cursor", sa.Integer(), nullable=False),
        sa.Column("queued", sa.Integer(), nullable=False),
        sa.Column("claim", sa.String(length=64), nullable=True),
        sa.Column("claimed_until", sa.DateTime(), nullable=True),
        sa.Column("look_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint("(audience = 'tag') = (tag_id IS NOT NULL)", name=op.f("ck_broadcast_tag")),
        sa.CheckConstraint("audience IN ('all', 'tag', 'agreed')", name=op.f("ck_broadcast_audience")),
        sa.CheckConstraint(
            "state IN ('draft', 'proposed', 'approved', 'sending', 'sent', 'stopped', 'failed')",
            name=op.f("ck_broadcast_state"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('approved', 'sending', 'sent') OR approver_id IS NOT NULL",
            name=op.f("ck_broadcast_approved"),
        ),
        sa.CheckConstraint("way IN ('mass', 'publish', 'notice')", name=op.f("ck_broadcast_way")),
        sa.CheckConstraint("approver_id <> author_id", name=op.f("ck_broadcast_two_people")),
        sa.ForeignKeyConstraint(["approver_id"], ["staff.id"], name=op.f("fk_broadcast_approver_id_staff")),
        sa.ForeignKeyConstraint(["author_id"], ["staff.id"], name=op.f("fk_broadcast_author_id_staff")),
        sa.ForeignKeyConstraint(["proposed_by"], ["staff.id"], name=op.f("fk_broadcast_proposed_by_staff")),
        sa.ForeignKeyConstraint(["stopped_by"], ["staff.id"], name=op.f("fk_broadcast_stopped_by_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broadcast")),
        sa.UniqueConstraint("key", name=op.f("uq_broadcast_key")),
        sa.UniqueConstraint("made_key", name=op.f("uq_broadcast_made_key")),
        sa.UniqueConstraint("ref", name=op.f("uq_broadcast_ref")),
    )
    op.create_index(op.f("ix_broadcast_job"), "broadcast", ["job"], unique=False)
    op.create_table(
        "broadcast_halt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("standing", sa.Boolean(), nullable=True),
        sa.Column("pressed_by", sa.Integer(), nullable=False),
        sa.Column("pressed_at", sa.DateTime(), nullable=False),
        sa.Column("why", sa.String(length=200), nullable=False),
        sa.Column("lifted_by", sa.Integer(), nullable=True),
        sa.Column("lifted_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["lifted_by"], ["staff.id"], name=op.f("fk_broadcast_halt_lifted_by_staff")),
        sa.ForeignKeyConstraint(["pressed_by"], ["staff.id"], name=op.f("fk_broadcast_halt_pressed_by_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broadcast_halt")),
        sa.UniqueConstraint("standing", name=op.f("uq_broadcast_halt_standing")),
    )
    op.create_table(
        "broadcast_writer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("broadcast_id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["broadcast_id"], ["broadcast.id"], name=op.f("fk_broadcast_writer_broadcast_id_broadcast")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_broadcast_writer_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broadcast_writer")),
        sa.UniqueConstraint("broadcast_id", "staff_id", name=op.f("uq_broadcast_writer_broadcast_id_staff_id")),
    )
    op.create_table(
        "duty",
        sa.Column("staff_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seen_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_duty_staff_id_staff")),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_duty")),
    )
    op.create_table(
        "handoff",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(length=16), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("way", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("live", sa.Integer(), nullable=True),
        sa.Column("doing", sa.String(length=32), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("waited", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(), nullable=False),
        sa.Column("heard_at", sa.DateTime(), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column("ended_by", sa.String(length=16), nullable=False),
        sa.CheckConstraint(
            "(state IN ('asked', 'queued', 'open')) = (live IS NOT NULL)", name=op.f("ck_handoff_live")
        ),
        sa.CheckConstraint(
            "ended_by IN ('patient', 'staff', 'timeout', 'platform', 'missed', 'away', 'absent', '')",
            name=op.f("ck_handoff_ended_by"),
        ),
        sa.CheckConstraint("state IN ('asked', 'queued', 'open', 'kept', 'closed')", name=op.f("ck_handoff_state")),
        sa.CheckConstraint("way IN ('wechat', 'console', 'doctor')", name=op.f("ck_handoff_way")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_handoff_person_id_person")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_handoff_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handoff")),
        sa.UniqueConstraint("key", name=op.f("uq_handoff_key")),
        sa.UniqueConstraint("person_id", "live", name=op.f("uq_handoff_person_id_live")),
        sa.UniqueConstraint("ref", name=op.f("uq_handoff_ref")),
    )
    op.create_index(op.f("ix_handoff_person_id"), "handoff", ["person_id"], unique=False)
    op.create_index("ix_handoff_state_heard_at", "handoff", ["state", "heard_at"], unique=False)
    op.create_table(
        "handoff_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("handoff_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("side", sa.String(length=8), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("red_flag", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("side IN ('patient', 'staff')", name=op.f("ck_handoff_line_side")),
        sa.ForeignKeyConstraint(["handoff_id"], ["handoff.id"], name=op.f("fk_handoff_line_handoff_id_handoff")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_handoff_line_person_id_person")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_handoff_line_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handoff_line")),
        sa.UniqueConstraint("key", name=op.f("uq_handoff_line_key")),
    )
    op.create_index(op.f("ix_handoff_line_handoff_id"), "handoff_line", ["handoff_id"], unique=False)
    op.create_index(op.f("ix_handoff_line_person_id"), "handoff_line", ["person_id"], unique=False)
    op.create_table(
        "question_picture",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(length=16), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("content_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("added_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_question_picture_person_id_person")),
        sa.ForeignKeyConstraint(
            ["question_id"], ["question.id"], name=op.f("fk_question_picture_question_id_question")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question_picture")),
        sa.UniqueConstraint("key", name=op.f("uq_question_picture_key")),
        sa.UniqueConstraint("ref", name=op.f("uq_question_picture_ref")),
    )
    op.create_index(op.f("ix_question_picture_person_id"), "question_picture", ["person_id"], unique=False)
    op.create_index(op.f("ix_question_picture_question_id"), "question_picture", ["question_id"], unique=False)
    op.create_table(
        "phrase",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(length=16), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("department_id", sa.String(length=64), nullable=True),
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("text", sa.String(length=500), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("(staff_id IS NULL) != (department_id IS NULL)", name=op.f("ck_phrase_owner")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_phrase_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phrase")),
        sa.UniqueConstraint("department_id", "code", name=op.f("uq_phrase_department_id_code")),
        sa.UniqueConstraint("ref", name=op.f("uq_phrase_ref")),
        sa.UniqueConstraint("staff_id", "code", name=op.f("uq_phrase_staff_id_code")),
    )
    op.create_table(
        "question_draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("saved_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_question_draft_person_id_person")),
        sa.ForeignKeyConstraint(["question_id"], ["question.id"], name=op.f("fk_question_draft_question_id_question")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_question_draft_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question_draft")),
        sa.UniqueConstraint("question_id", "staff_id", name=op.f("uq_question_draft_question_id_staff_id")),
    )
    op.create_index(op.f("ix_question_draft_person_id"), "question_draft", ["person_id"], unique=False)
    op.create_table(
        "question_move",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("from_department", sa.String(length=64), nullable=False),
        sa.Column("to_department", sa.String(length=64), nullable=False),
        sa.Column("to_doctor_id", sa.String(length=64), nullable=True),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_question_move_person_id_person")),
        sa.ForeignKeyConstraint(["question_id"], ["question.id"], name=op.f("fk_question_move_question_id_question")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_question_move_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question_move")),
    )
    op.create_index(op.f("ix_question_move_person_id"), "question_move", ["person_id"], unique=False)
    op.create_index(op.f("ix_question_move_question_id"), "question_move", ["question_id"], unique=False)
    op.create_table(
        "question_note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_question_note_person_id_person")),
        sa.ForeignKeyConstraint(["question_id"], ["question.id"], name=op.f("fk_question_note_question_id_question")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_question_note_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question_note")),
        sa.UniqueConstraint("key", name=op.f("uq_question_note_key")),
    )
    op.create_index(op.f("ix_question_note_person_id"), "question_note", ["person_id"], unique=False)
    op.create_index(op.f("ix_question_note_question_id"), "question_note", ["question_id"], unique=False)
    op.create_table(
        "question_turn",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(length=16), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('ask_back', 'reply', 'follow_up', 'answer', 'refusal', 'talk')",
            name=op.f("ck_question_turn_kind"),
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_question_turn_person_id_person")),
        sa.ForeignKeyConstraint(["question_id"], ["question.id"], name=op.f("fk_question_turn_question_id_question")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_question_turn_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question_turn")),
        sa.UniqueConstraint("key", name=op.f("uq_question_turn_key")),
        sa.UniqueConstraint("ref", name=op.f("uq_question_turn_ref")),
    )
    op.create_index(op.f("ix_question_turn_person_id"), "question_turn", ["person_id"], unique=False)
    op.create_index(op.f("ix_question_turn_question_id"), "question_turn", ["question_id"], unique=False)
    op.create_table(
        "question_stamp",
        sa.Column("scope", sa.String(length=80), nullable=False),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("scope", name=op.f("pk_question_stamp")),
    )
    op.create_table(
        "question_fact",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("kind IN ('seen', 'guardian', 'since', 'medicines')", name=op.f("ck_question_fact_kind")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_question_fact_person_id_person")),
        sa.ForeignKeyConstraint(["question_id"], ["question.id"], name=op.f("fk_question_fact_question_id_question")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question_fact")),
        sa.UniqueConstraint("question_id", "kind", name=op.f("uq_question_fact_question_id_kind")),
    )
    op.create_index(op.f("ix_question_fact_person_id"), "question_fact", ["person_id"], unique=False)
    op.create_table(
        "question_report",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("report_ref", sa.String(length=80), nullable=False),
        sa.Column("given_at", sa.DateTime(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_question_report_person_id_person")),
        sa.ForeignKeyConstraint(["question_id"], ["question.id"], name=op.f("fk_question_report_question_id_question")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question_report")),
        sa.UniqueConstraint("question_id", "report_ref", name=op.f("uq_question_report_question_id_report_ref")),
    )
    op.create_index(op.f("ix_question_report_person_id"), "question_report", ["person_id"], unique=False)
    op.create_table(
        "question_voice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(length=16), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("content_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("words_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("added_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_question_voice_person_id_person")),
        sa.ForeignKeyConstraint(["question_id"], ["question.id"], name=op.f("fk_question_voice_question_id_question")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question_voice")),
        sa.UniqueConstraint("key", name=op.f("uq_question_voice_key")),
        sa.UniqueConstraint("ref", name=op.f("uq_question_voice_ref")),
    )
    op.create_index(op.f("ix_question_voice_person_id"), "question_voice", ["person_id"], unique=False)
    op.create_index(op.f("ix_question_voice_question_id"), "question_voice", ["question_id"], unique=False)
    op.create_table(
        "question_rating",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("stars", sa.Integer(), nullable=False),
        sa.Column("words_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("stars BETWEEN 1 AND 5", name=op.f("ck_question_rating_stars")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_question_rating_person_id_person")),
        sa.ForeignKeyConstraint(["question_id"], ["question.id"], name=op.f("fk_question_rating_question_id_question")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question_rating")),
        sa.UniqueConstraint("question_id", name=op.f("uq_question_rating_question_id")),
    )
    op.create_index(op.f("ix_question_rating_person_id"), "question_rating", ["person_id"], unique=False)
    op.create_table(
        "live_talk",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(length=16), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("department_id", sa.String(length=64), nullable=False),
        sa.Column("way", sa.String(length=8), nullable=False),
        sa.Column("start", sa.DateTime(), nullable=False),
        sa.Column("end", sa.DateTime(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("live", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("(state = 'booked') = (live IS NOT NULL)", name=op.f("ck_live_talk_live")),
        sa.CheckConstraint("state IN ('booked', 'cancelled', 'over')", name=op.f("ck_live_talk_state")),
        sa.CheckConstraint("way IN ('text', 'video')", name=op.f("ck_live_talk_way")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_live_talk_person_id_person")),
        sa.ForeignKeyConstraint(["question_id"], ["question.id"], name=op.f("fk_live_talk_question_id_question")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_live_talk")),
        sa.UniqueConstraint("department_id", "start", "place", "live", name=op.f("uq_live_talk_department_id_start_place_live")),
        sa.UniqueConstraint("key", name=op.f("uq_live_talk_key")),
        sa.UniqueConstraint("question_id", "live", name=op.f("uq_live_talk_question_id_live")),
        sa.UniqueConstraint("ref", name=op.f("uq_live_talk_ref")),
    )
    op.create_index(op.f("ix_live_talk_person_id"), "live_talk", ["person_id"], unique=False)
    op.create_index("ix_live_talk_live_start", "live_talk", ["live", "start"], unique=False)
    for statement in (*protect(op.get_bind().dialect.name), *desk_stamps.count(op.get_bind().dialect.name)):
        op.execute(statement)


def downgrade() -> None:
    for table in ("staff_request", "staff_session", "staff_recovery"):
        op.drop_table(table)
    for table in ("question_stamp", "phrase", "question_draft", "question_move", "question_note"):
        op.drop_table(table)
    for table in ("live_talk", "question_rating", "question_voice", "question_report", "question_fact"):
        op.drop_table(table)
    for table in ("question_turn", "question_picture", "handoff_line", "handoff", "duty"):
        op.drop_table(table)
    op.drop_table("broadcast_writer")
    op.drop_table("broadcast_halt")
    op.drop_index(op.f("ix_broadcast_job"), table_name="broadcast")
    op.drop_table("broadcast")
    op.drop_table("mass_result")
    op.drop_index("ix_wait_offer_state_until", table_name="wait_offer")
    op.drop_table("wait_offer")
    op.drop_index("ix_wait_state_department_id_day", table_name="wait")
    op.drop_index(op.f("ix_wait_person_id"), table_name="wait")
    op.drop_table("wait")
    op.drop_index("ix_returned_place_slot_id_visible_at", table_name="returned_place")
    op.drop_table("returned_place")
    op.drop_table("change_cursor")
    op.drop_index("ix_queue_watch_ended_look_at", table_name="queue_watch")
    op.drop_table("queue_watch")
    op.drop_table("travel")
    op.drop_index(op.f("ix_check_in_booking_id"), table_name="check_in")
    op.drop_table("check_in")
    op.drop_table("reach")
    op.drop_table("wechat_pause")
    op.drop_table("shared_token")
    op.drop_table("presence")
    op.drop_index("ix_clinic_pace_period_day", table_name="clinic_pace")
    op.drop_index("ix_clinic_pace_doctor_id_period_day", table_name="clinic_pace")
    op.drop_table("clinic_pace")
    op.drop_index("ix_quota_day", table_name="quota")
    op.drop_table("quota")
    op.drop_index(op.f("ix_sms_kept_phone_hash"), table_name="sms_kept")
    op.drop_table("sms_kept")
    op.drop_index("ix_sms_notice_state_due_at", table_name="sms_notice")
    op.drop_table("sms_notice")
    op.drop_index("ix_sms_code_person_id_phone_hash", table_name="sms_code")
    op.drop_table("sms_code")
    op.drop_index(op.f("ix_faq_miss_last_at"), table_name="faq_miss")
    op.drop_table("faq_miss")
    op.drop_index(op.f("ix_faq_vote_person_id"), table_name="faq_vote")
    op.drop_index(op.f("ix_faq_vote_at"), table_name="faq_vote")
    op.drop_table("faq_vote")
    op.drop_index(op.f("ix_faq_shown_person_id"), table_name="faq_shown")
    op.drop_index(op.f("ix_faq_shown_at"), table_name="faq_shown")
    op.drop_table("faq_shown")
    op.drop_table("faq_version")
    op.drop_index(op.f("ix_faq_entry_state"), table_name="faq_entry")
    op.drop_index(op.f("ix_faq_entry_revision"), table_name="faq_entry")
    op.drop_index(op.f("ix_faq_entry_department_id"), table_name="faq_entry")
    op.drop_table("faq_entry")
    op.drop_table("answer")
    op.drop_index(op.f("ix_triage_note_person_id"), table_name="triage_note")
    op.drop_table("triage_note")
    op.drop_index(op.f("ix_question_person_id"), table_name="question")
    op.drop_index(op.f("ix_question_doctor_id"), table_name="question")
    op.drop_index("ix_question_department_id_state", table_name="question")
    op.drop_table("question")
    op.drop_index(op.f("ix_choice_set_person_id"), table_name="choice_set")
    op.drop_table("choice_set")
    op.drop_index("ix_suspension_patient_id_until", table_name="suspension")
    op.drop_table("suspension")
    op.drop_index(op.f("ix_booking_operation_at"), table_name="booking_operation")
    op.drop_table("booking_operation")
    op.drop_index(op.f("ix_pay_notice_no"), table_name="pay_notice")
    op.drop_table("pay_notice")
    op.drop_index("ix_pay_refund_state_due_at", table_name="pay_refund")
    op.drop_table("pay_refund")
    op.drop_index(op.f("ix_pay_order_look_at"), table_name="pay_order")
    op.drop_index("ix_pay_order_state_until", table_name="pay_order")
    op.drop_index(op.f("ix_pay_order_person_id"), table_name="pay_order")
    op.drop_table("pay_order")
    op.drop_index("ix_booking_state_asked_at", table_name="booking")
    op.drop_index("ix_booking_person_id_day", table_name="booking")
    op.drop_index("ix_booking_patient_id_day", table_name="booking")
    op.drop_index(op.f("ix_booking_slot_id"), table_name="booking")
    op.drop_index(op.f("ix_booking_session_id"), table_name="booking")
    op.drop_table("booking")
    op.drop_index("ix_bind_try_person_id_at", table_name="bind_try")
    op.drop_table("bind_try")
    op.drop_index(op.f("ix_vault_person_id"), table_name="vault")
    op.drop_index("ix_vault_expires_at", table_name="vault")
    op.drop_table("vault")
    op.drop_table("subscription")
    op.drop_index(op.f("ix_notice_receipt_person_id"), table_name="notice_receipt")
    op.drop_index(op.f("ix_notice_receipt_applied_at"), table_name="notice_receipt")
    op.drop_table("notice_receipt")
    op.drop_index(op.f("ix_notice_try_person_id"), table_name="notice_try")
    op.drop_index(op.f("ix_notice_try_notice_id"), table_name="notice_try")
    op.drop_index(op.f("ix_notice_try_message_id"), table_name="notice_try")
    op.drop_table("notice_try")
    op.drop_index("ix_notice_state_due_at", table_name="notice")
    op.drop_index(op.f("ix_notice_person_id"), table_name="notice")
    op.drop_table("notice")
    op.drop_index("ix_inbox_state_leased_until", table_name="inbox")
    op.drop_index("ix_inbox_person_id_id", table_name="inbox")
    op.drop_table("inbox")
    op.drop_index("ix_consent_person_id_purpose", table_name="consent")
    op.drop_table("consent")
    op.drop_index("ix_card_patient_id", table_name="card")
    op.drop_index(op.f("ix_card_id_hash"), table_name="card")
    op.drop_table("card")
    op.drop_index(op.f("ix_unclear_text_last_at"), table_name="unclear_text")
    op.drop_table("unclear_text")
    op.drop_table("staff")
    op.drop_index(op.f("ix_seen_signature_seen_at"), table_name="seen_signature")
    op.drop_table("forgotten_message")
    op.drop_table("seen_signature")
    op.drop_table("quarantine")
    op.drop_table("person")
    op.drop_table("faq_revision")
    op.drop_table("audit_head")
    op.drop_table("audit_checkpoint")
    for column in ("trace", "subject", "at", "about"):
        op.drop_index(op.f(f"ix_audit_{column}"), table_name="audit")
    op.drop_table("audit")
    for statement in (*unprotect(op.get_bind().dialect.name), *desk_stamps.uncount(op.get_bind().dialect.name)):
        op.execute(statement)
