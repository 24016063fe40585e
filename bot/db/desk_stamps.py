"""How often the questions of a department, and those to a doctor, have changed: counted by the database itself.

Whoever changes a question, by whatever way, counts with it in the same transaction, so one small row tells a page that
polls whether anything happened. `d:` and a department's id, `p:` and a doctor's.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from bot.db.base import Base

SEEN = "state, version, department_id, doctor_id, red_flag, due_at"  # the columns by which lists are another

EACH = "FOR EACH ROW EXECUTE FUNCTION question_stamped()"


class QuestionStamp(Base):
    """One count."""

    __tablename__ = "question_stamp"
    scope = sa.Column(sa.String(80), primary_key=True)
    changes = sa.Column(sa.Integer, nullable=False)


def _count(row: str, column: str, prefix: str) -> str:
    return (
        f"INSERT INTO question_stamp (scope, changes) SELECT '{prefix}:' || {row}.{column}, 1"
        f" WHERE {row}.{column} IS NOT NULL ON CONFLICT (scope) DO UPDATE SET changes = question_stamp.changes + 1;"
    )


def _counts(*rows: str) -> str:
    return " ".join(_count(row, *scope) for row in rows for scope in (("department_id", "d"), ("doctor_id", "p")))


SQLITE = (
    f"CREATE TRIGGER question_stamp_new AFTER INSERT ON question BEGIN {_counts('NEW')} END",
    f"CREATE TRIGGER question_stamp_moved AFTER UPDATE OF {SEEN} ON question BEGIN {_counts('OLD', 'NEW')} END",
    f"CREATE TRIGGER question_stamp_gone AFTER DELETE ON question BEGIN {_counts('OLD')} END",
)
# In one order, so that two moves in opposite directions never wait for each other.
POSTGRESQL = (
    """
    CREATE OR REPLACE FUNCTION question_stamped() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO question_stamp (scope, changes)
        SELECT DISTINCT scope, 1 FROM (VALUES
            ('d:' || CASE WHEN TG_OP <> 'INSERT' THEN OLD.department_id END),
            ('d:' || CASE WHEN TG_OP <> 'DELETE' THEN NEW.department_id END),
            ('p:' || CASE WHEN TG_OP <> 'INSERT' THEN OLD.doctor_id END),
            ('p:' || CASE WHEN TG_OP <> 'DELETE' THEN NEW.doctor_id END)
        ) AS touched (scope) WHERE scope IS NOT NULL ORDER BY scope
        ON CONFLICT (scope) DO UPDATE SET changes = question_stamp.changes + 1;
        RETURN NULL;
    END $$
    """,
    f"CREATE TRIGGER question_stamp_changed AFTER INSERT OR DELETE ON question {EACH}",
    f"CREATE TRIGGER question_stamp_moved AFTER UPDATE OF {SEEN} ON question {EACH}",
)


def count(dialect: str) -> Sequence[str]:
    """The statements after which a database whose tables were just made counts."""
    return POSTGRESQL if dialect == "postgresql" else SQLITE


def uncount(dialect: str) -> Sequence[str]:
    """What is left to drop after the tables are gone."""
    return ("DROP FUNCTION question_stamped()",) if dialect == "postgresql" else ()
