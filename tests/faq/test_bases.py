"""The base on disk: built when much has changed, shared, swapped, mended; never a reason not to answer."""

from __future__ import annotations

import fcntl
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.db.base import make_engine
from bot.faq import base as bases
from bot.faq import builder as building
from bot.faq import candidates
from bot.faq import index as module
from bot.faq.index import FaqIndex
from bot.ports import Ports
from tests.architecture.source import ROOT
from tests.factories import make_ports
from tests.faq.conftest import ENTRIES, put, put_all

OTHER = """
import sys
from pathlib import Path
from bot.crypto import Crypto
from bot.db.base import make_engine, transactions
from bot.faq import index
index.LOOSE = 3
faq = index.FaqIndex(transactions(make_engine(sys.argv[1]), Crypto("t" * 40)), Path(sys.argv[2]))
for line in sys.stdin:
    print([entry for entry, _ in faq.search(line.strip(), top=1)], flush=True)
"""


@pytest.fixture(autouse=True)
def _few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three changes are as many as two thousand, so that these few entries need a base."""
    monkeypatch.setattr(module, "LOOSE", 3)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "faq"


def settled(ports: Ports, folder: Path) -> FaqIndex:
    index = FaqIndex(ports.transaction, folder)
    index.settle()
    return index


def best(index: FaqIndex, text: str) -> int | None:
    hits = index.search(text, top=1)
    return hits[0][0] if hits else None


def only_base(folder: Path) -> Path:
    (found,) = folder.glob("base-*")
    return found


@pytest.mark.parametrize(("shelf", "shelves"), [(250_000, 1), (8, 1), (3, 3), (1, 8)])
def test_a_base_gives_what_the_ram_gives(
    ports: Ports, folder: Path, ids: dict[str, int], monkeypatch: Any, shelf: int, shelves: int
) -> None:
    monkeypatch.setattr(bases, "SHELF", shelf)
    on_disk = settled(ports, folder)
    assert len(list(only_base(folder).glob("tantivy-*"))) == shelves
    monkeypatch.setattr(module, "LOOSE", 2000)
    in_ram = FaqIndex(ports.transaction)
    for question, _ in ENTRIES:
        assert on_disk.search(question, top=5) == in_ram.search(question, top=5)
        assert best(on_disk, question) == ids[question]


def test_the_best_of_all_shelves_are_candidates(
    ports: Ports, folder: Path, ids: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each shelf has its own best; of two candidates in all, both may lie in one."""
    near = [put(ports, question) for question in ("鼻炎怎么护理呢", "鼻炎要怎么护理")]
    monkeypatch.setattr(bases, "SHELF", 4)
    monkeypatch.setattr(candidates, "MOST", 2)
    found = settled(ports, folder).search("鼻炎怎么护理", top=5)
    assert {entry for entry, _ in found} < {*near, ids["鼻炎怎么护理"]}
    assert found[0][0] == ids["鼻炎怎么护理"]


@pytest.mark.usefixtures("ids")
def test_changes_over_a_base_count_at_once(ports: Ports, folder: Path, ids: dict[str, int]) -> None:
    index = settled(ports, folder)
    base = only_base(folder)
    put(ports, "中耳炎怎么护理", entry_id=ids["鼻炎怎么护理"])
    put(ports, "感冒多久能好", state="recalled", entry_id=ids["感冒多久能好"])
    fresh = put(ports, "痛风能喝啤酒吗")
    assert best(index, "中耳炎") == ids["鼻炎怎么护理"]
    assert best(index, "感冒") is None
    assert best(index, "痛风") == fresh
    assert ids["鼻炎怎么护理"] not in [entry for entry, _ in index.search("鼻炎", top=5)]
    assert only_base(folder) == base


def test_another_process_sees_a_change_with_its_next_question(ports: Ports, folder: Path, database_url: str) -> None:
    ids = put_all(ports)
    here = settled(ports, folder)
    call = [sys.executable, "-c", OTHER, database_url, str(folder)]
    with subprocess.Popen(call, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdin is not None
        assert other.stdout is not None

        def there(text: str) -> Any:
            other.stdin.write(f"{text}\n")
            other.stdin.flush()
            return json.loads(other.stdout.readline())

        assert there("感冒") == [ids["感冒多久能好"]]
        fresh = put(ports, "痛风能喝啤酒吗")
        assert there("痛风") == [fresh] == [best(here, "痛风")]
        put(ports, "痛风能喝啤酒吗", state="recalled", entry_id=fresh)
        assert there("痛风") == []
        many = [put(ports, f"{name}要复查吗") for name in ("白内障", "青光眼", "脂肪肝", "肾结石", "胆囊炎")]
        assert there("胆囊炎") == [many[-1]]
        other.stdin.close()


@pytest.mark.parametrize("harm", ["cut", "flipped", "no meta", "odd meta", "lost file", "empty folder"])
def test_a_damaged_base_is_built_anew(ports: Ports, folder: Path, ids: dict[str, int], harm: str) -> None:
    settled(ports, folder)
    base = only_base(folder)
    damage(base, harm)
    index = settled(ports, folder)
    assert best(index, "感冒多久能好") == ids["感冒多久能好"]
    assert only_base(folder) != base


def damage(base: Path, harm: str) -> None:
    postings = max(base.glob("tantivy-*/*"), key=lambda path: path.stat().st_size)
    if harm == "cut":
        postings.write_bytes(postings.read_bytes()[:-40])
    elif harm == "flipped":
        raw = bytearray(postings.read_bytes())
        raw[len(raw) // 2] ^= 0xFF
        postings.write_bytes(raw)
    elif harm == "no meta":
        (base / "meta.json").unlink()
    elif harm == "odd meta":
        (base / "meta.json").write_text("[1, 2", encoding="utf-8")
    elif harm == "lost file":
        (base / "answer.codes").unlink()
    else:
        shutil.rmtree(base)
        base.mkdir()


def test_control_a_base_opened_without_its_checksums_is_served_damaged(
    ports: Ports, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_all(ports)
    settled(ports, folder)
    base = only_base(folder)
    raw = bytearray((base / "title.codes").read_bytes())
    (base / "title.codes").write_bytes(bytes(len(raw)))
    monkeypatch.setattr(bases, "_sum", lambda path: json.loads((base / "meta.json").read_text())["files"][name(path)])

    def name(path: Path) -> str:
        return path.relative_to(base).as_posix()

    settled(ports, folder)
    assert only_base(folder) == base  # nobody noticed


def test_a_folder_taken_away_under_a_running_process_is_no_harm(
    ports: Ports, folder: Path, ids: dict[str, int]
) -> None:
    index = settled(ports, folder)
    shutil.rmtree(folder)
    assert best(index, "感冒") == ids["感冒多久能好"]
    many = [put(ports, f"{name}要复查吗") for name in ("白内障", "青光眼", "脂肪肝", "肾结石", "胆囊炎")]
    index.settle()
    assert best(index, "胆囊炎") == many[-1]
    assert only_base(folder)


def test_while_another_process_builds_the_newest_entries_are_found(
    ports: Ports, folder: Path, ids: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.0)
    index = FaqIndex(ports.transaction, folder)
    with locked(folder):
        assert best(index, "阿司匹林") == ids["阿司匹林要饭前吃还是饭后吃"]
        assert best(index, "感冒") is None  # the oldest waits for the base
        assert not list(folder.glob("base-*"))
    index.settle()
    assert best(index, "感冒") == ids["感冒多久能好"]


class locked:  # noqa: N801 - reads as what it does
    """Another process that builds and does not come to an end."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file = (folder / building.LOCK).open("w")

    def __enter__(self) -> None:
        fcntl.flock(self._file, fcntl.LOCK_EX)

    def __exit__(self, *_: object) -> None:
        self._file.close()


def test_a_folder_that_cannot_be_written_leaves_the_newest_entries(ports: Ports, tmp_path: Path, ids: Any) -> None:
    (tmp_path / "faq").write_text("a file stands where the folder should be", encoding="utf-8")
    index = FaqIndex(ports.transaction, tmp_path / "faq")
    index.settle()
    assert best(index, "阿司匹林") == ids["阿司匹林要饭前吃还是饭后吃"]


def test_a_base_of_another_table_is_not_taken(ports: Ports, folder: Path, ids: dict[str, int]) -> None:
    settled(ports, folder)
    shift(ports)
    index = settled(ports, folder)
    assert best(index, "感冒多久能好") == ids["感冒多久能好"] + 100


def test_control_without_the_comparison_the_other_table_answers(
    ports: Ports, folder: Path, ids: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    settled(ports, folder)
    shift(ports)
    monkeypatch.setattr(building.Builder, "_of_this_table", lambda *_: True)
    assert best(settled(ports, folder), "感冒多久能好") == ids["感冒多久能好"]


def shift(ports: Ports) -> None:
    """Another table under the same address and counter: other entries, fewer of them."""
    with ports.transaction() as session:
        session.execute(sa.text("DELETE FROM faq_entry WHERE question LIKE '%党参%'"))
        session.execute(sa.text("UPDATE faq_entry SET id = id + 100"))


def test_a_newer_base_takes_the_place_of_the_old_one(ports: Ports, folder: Path, ids: dict[str, int]) -> None:
    index = settled(ports, folder)
    old = only_base(folder)
    for name in ("白内障", "青光眼", "脂肪肝", "肾结石", "胆囊炎"):
        put(ports, f"{name}要复查吗")
    index.settle()
    assert only_base(folder) != old
    assert best(index, "感冒") == ids["感冒多久能好"]


@pytest.fixture
def both(sqlite_url: str, postgres_url: str) -> Iterator[list[Ports]]:
    engines = [make_engine(url) for url in (sqlite_url, postgres_url)]
    yield [make_ports(engine) for engine in engines]
    for engine in engines:
        engine.dispose()


@pytest.mark.parametrize("loose", [3, 2000], ids=["on disk", "in ram"])
def test_both_databases_give_the_same_entries_with_the_same_scores(
    both: list[Ports], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, loose: int
) -> None:
    monkeypatch.setattr(module, "LOOSE", loose)
    indexes = []
    for number, ports in enumerate(both):
        put_all(ports)
        indexes.append(settled(ports, tmp_path / str(number)))
    asked = [question for question, _ in ENTRIES] + ["高血压", "gxy", "感帽", "孩子发热能吃西瓜吗", "饭前", "冲洗"]
    for text in asked:
        sqlite, postgres = (index.search(text, top=5) for index in indexes)
        assert sqlite == postgres
        assert sqlite
