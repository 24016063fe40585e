from __future__ import annotations

import threading
from typing import Any

import pytest
import sqlalchemy as sa

from bot.faq import table, wanted
from bot.faq.index import FaqIndex
from bot.ports import Ports
from tests.factories import together
from tests.faq.conftest import put

ENTRIES = (
    ("感冒多久能好", "一般一周左右，多喝水。"),
    ("高血压能吃党参吗", "请按医生的方案，不要自己加药。"),
    ("鼻炎怎么护理", "用生理盐水冲洗鼻腔。"),
    ("做CT前要空腹吗", "平扫不用，增强要空腹四小时。"),
    ("孩子发烧到39度怎么办", "先物理降温，精神差就来急诊。"),
)


@pytest.fixture
def ids(ports: Ports) -> dict[str, int]:
    return {question: put(ports, question, answer) for question, answer in ENTRIES}


def first(ports: Ports, text: str) -> int | None:
    hits = ports.faq.search(text, top=3)
    return hits[0][0] if hits else None


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("感冒了几天能好啊", "感冒多久能好"),
        ("高血压可不可以吃党参", "高血压能吃党参吗"),
        ("鼻炎", "鼻炎怎么护理"),
        ("鼻", "鼻炎怎么护理"),
        ("ct", "做CT前要空腹吗"),
        ("ＣＴ", "做CT前要空腹吗"),
        ("39度", "孩子发烧到39度怎么办"),
        ("物理降温", "孩子发烧到39度怎么办"),
        ("我家宝宝昨天晚上开始发烧，一直到39度，怎么办呢医生", "孩子发烧到39度怎么办"),
    ],
)
def test_questions_keywords_and_words_of_the_answer_find_their_entry(
    ports: Ports, ids: dict[str, int], text: str, question: str
) -> None:
    assert first(ports, text) == ids[question]


@pytest.mark.parametrize(
    "text", ["", "   ", "？！", "😀", "x", "来一首唐诗", "股票", "明天天气", "AND OR NOT", '"(', "id:1"]
)
@pytest.mark.usefixtures("ids")
def test_what_fits_nothing_finds_nothing(ports: Ports, text: str) -> None:
    assert ports.faq.search(text, top=3) == []


def test_an_empty_table_finds_nothing(ports: Ports) -> None:
    assert ports.faq.search("感冒", top=3) == []


def test_scores_fall_and_no_more_than_asked_come(ports: Ports) -> None:
    for n in range(9):
        put(ports, "感冒" + "怎么办" * n)
    hits = ports.faq.search("感冒", top=5)
    scores = [score for _, score in hits]
    assert len(hits) == 5
    assert scores == sorted(scores, reverse=True)


def test_drafts_and_recalled_entries_are_never_found(ports: Ports) -> None:
    one = put(ports, "感冒多久能好", state="draft")
    assert first(ports, "感冒") is None
    put(ports, "感冒多久能好", state="published", entry_id=one)
    assert first(ports, "感冒") == one
    put(ports, "感冒多久能好", state="recalled", entry_id=one)
    assert first(ports, "感冒") is None


def test_a_changed_entry_is_found_by_its_new_words_only(ports: Ports, ids: dict[str, int]) -> None:
    one = ids["鼻炎怎么护理"]
    assert first(ports, "鼻炎") == one
    put(ports, "中耳炎怎么护理", entry_id=one)
    assert first(ports, "中耳炎") == one
    assert one not in [entry_id for entry_id, _ in ports.faq.search("鼻", top=3)]


def test_another_process_sees_it_too(ports: Ports, ids: dict[str, int]) -> None:
    other = FaqIndex(ports.transaction)
    assert other.search("感冒", top=1)[0][0] == ids["感冒多久能好"]
    fresh = put(ports, "痛风能喝啤酒吗")
    assert other.search("痛风", top=1)[0][0] == fresh


def test_nothing_is_read_again_while_nothing_changes(
    ports: Ports, ids: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert first(ports, "感冒") == ids["感冒多久能好"]

    def untouched(*_: Any) -> None:
        raise AssertionError

    monkeypatch.setattr(FaqIndex, "_advance", untouched)
    assert first(ports, "鼻炎") == ids["鼻炎怎么护理"]


def test_a_restored_older_table_is_read_anew(ports: Ports, ids: dict[str, int]) -> None:
    assert first(ports, "感冒") == ids["感冒多久能好"]
    with ports.transaction() as session:
        session.execute(sa.text("DELETE FROM faq_entry WHERE id > 1"))
        session.execute(sa.text("UPDATE faq_revision SET value = 1"))
    assert first(ports, "鼻炎") is None
    assert first(ports, "感冒") == 1


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def test_a_long_story_is_no_more_work_than_a_page(monkeypatch: pytest.MonkeyPatch, *, guarded: bool) -> None:
    """Of five thousand different characters no more are looked up than of two hundred."""
    if not guarded:
        monkeypatch.setattr(wanted, "MOST_TOKENS", 10**6)
    short, long = (_looked_up(length) for length in (200, 5000))
    assert (long <= 2 * short) is guarded


def _looked_up(length: int) -> int:
    return sum(map(len, wanted.read("".join(map(chr, range(0x4E00, 0x4E00 + length))) + "膝盖疼").said))


def test_searching_and_publishing_at_once(postgres_ports: Ports) -> None:
    ports, stop = postgres_ports, threading.Event()
    put(ports, "感冒多久能好")

    def work(n: int) -> Any:
        if n == 0:
            made = [put(ports, f"第{k}号疾病怎么护理") for k in range(30)]
            stop.set()
            return made
        while not stop.is_set():
            assert first(ports, "感冒") == 1
        return True

    made, *seen = together(5, work)
    assert seen == [True] * 4
    assert [first(ports, f"第{k}号疾病") for k in (0, 29)] == [made[0], made[29]]


def test_control_without_following_the_counter_new_entries_stay_unseen(
    ports: Ports, ids: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert first(ports, "感冒") == ids["感冒多久能好"]
    monkeypatch.setattr(table.rows, "revision", lambda _session: 5)
    put(ports, "痛风能喝啤酒吗")
    assert first(ports, "痛风") is None
