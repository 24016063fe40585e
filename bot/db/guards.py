"""Triggers that keep the audit trail append-only: the database itself says no, whoever asks.

A row may be deleted only when a checkpoint covers it, which retention writes first. Checkpoints never change.
"""

from __future__ import annotations

from collections.abc import Sequence

COVERED = "(SELECT coalesce(max(length), 0) FROM audit_checkpoint)"
REFUSE = "BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END"

SQLITE = (
    f"CREATE TRIGGER IF NOT EXISTS audit_no_update BEFORE UPDATE ON audit {REFUSE}",
    f"CREATE TRIGGER IF NOT EXISTS audit_no_delete BEFORE DELETE ON audit WHEN OLD.id > {COVERED} {REFUSE}",
    f"CREATE TRIGGER IF NOT EXISTS audit_checkpoint_no_update BEFORE UPDATE ON audit_checkpoint {REFUSE}",
    f"CREATE TRIGGER IF NOT EXISTS audit_checkpoint_no_delete BEFORE DELETE ON audit_checkpoint {REFUSE}",
)
POSTGRESQL = (
    f"""
    CREATE OR REPLACE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' AND TG_TABLE_NAME = 'audit' THEN
            IF OLD.id <= {COVERED} THEN
                RETURN OLD;
            END IF;
        END IF;
        RAISE EXCEPTION 'audit is append-only' USING ERRCODE = 'insufficient_privilege';
    END $$
    """,
    *(
        f"CREATE TRIGGER {table}_{name} BEFORE {what} ON {table} FOR EACH {each} EXECUTE FUNCTION audit_append_only()"
        for table in ("audit", "audit_checkpoint")
        for name, what, each in (("kept", "UPDATE OR DELETE", "ROW"), ("not_emptied", "TRUNCATE", "STATEMENT"))
    ),
)


def protect(dialect: str) -> Sequence[str]:
    """The statements that guard a database whose audit tables were just made."""
    return POSTGRESQL if dialect == "postgresql" else SQLITE


def unprotect(dialect: str) -> Sequence[str]:
    """What is left to drop after the tables are gone."""
    return ("DROP FUNCTION audit_append_only()",) if dialect == "postgresql" else ()
