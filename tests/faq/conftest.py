"""Entries in the table, and questions to the index."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from bot.db import faq as rows
from bot.ports import Ports
from tests.factories import NOW

ENTRIES = (
    ("感冒多久能好", "一般一周左右，多喝水。"),
    ("高血压能吃党参吗", "请按医生的方案，不要自己加药。"),
    ("鼻炎怎么护理", "用生理盐水冲洗鼻腔。"),
    ("做CT前要空腹吗", "平扫不用，增强要空腹四小时。"),
    ("孩子发烧到39度怎么办", "先物理降温，精神差就来急诊。"),
    ("糖尿病人能吃西瓜吗", "少量可以，算进一天的糖里。"),
    ("幽门螺杆菌会传染给家人吗", "会，建议分餐、用公筷。"),
    ("阿司匹林要饭前吃还是饭后吃", "看剂型，肠溶片饭前吃。"),
)


def put(ports: Ports, question: str, answer: str = "", state: str = "published", entry_id: int | None = None) -> int:
    """Make or change one entry; gives its id."""
    with ports.transaction() as session:
        entry = session.get(rows.FaqEntry, entry_id) if entry_id else rows.FaqEntry()
        entry.question, entry.answer, entry.state = question, answer, state
        entry.updated_at, entry.revision = NOW, rows.next_revision(session)
        session.add(entry)
        session.flush()
        return int(entry.id)


def put_all(ports: Ports, entries: Sequence[tuple[str, str]] = ENTRIES) -> dict[str, int]:
    return {question: put(ports, question, answer) for question, answer in entries}


@pytest.fixture
def ids(ports: Ports) -> dict[str, int]:
    return put_all(ports)


@pytest.fixture
def first(ports: Ports) -> Callable[[str], int | None]:
    """The best entry for a text, or None."""

    def find(text: str) -> int | None:
        hits = ports.faq.search(text, top=3)
        return hits[0][0] if hits else None

    return find
