"""No table without a decision how long its rows stay."""

from __future__ import annotations

import yaml

from bot import db
from bot.db.base import Base
from bot.db.retention import CLASSES, RETENTION, STANDING
from tests.architecture.source import ROOT

assert db
TABLES = Base.metadata.tables


def test_every_table_has_a_class_and_every_class_names_a_table():
    assert set(TABLES) == set(RETENTION)
    assert {kept.kind for kept in RETENTION.values()} == {*CLASSES, STANDING}


def test_every_class_has_its_days():
    rules = yaml.safe_load((ROOT / "bot" / "rules.yaml").read_text(encoding="utf-8"))
    assert set(rules["retention_days"]) == set(CLASSES)
    assert all(days > 0 for days in rules["retention_days"].values())


def test_the_time_counts_from_a_column_that_exists():
    for name, kept in RETENTION.items():
        assert (kept.kind == STANDING) == (kept.since == ""), name
        assert set(TABLES[name].c.keys()) >= {*kept.blank, *([kept.since] if kept.since else [])}, name


def test_sealed_columns_never_stand_for_ever():
    sealed = {t.name for t in TABLES.values() if any(c.name.endswith("_sealed") for c in t.c)}
    assert {name for name in sealed if RETENTION[name].kind == STANDING} == {"staff"}
