"""Several worker processes share one file: nothing is lost, no number is given twice."""

from __future__ import annotations

import multiprocessing
import multiprocessing.synchronize
from pathlib import Path

from connectors.simulator.bubbles import Bubbles, Draft
from connectors.simulator.database import Database
from connectors.simulator.ledger import Ledger
from connectors.simulator.phones import Phones

PROCESSES, EACH = 4, 25


def write(path: Path, phone_id: str, gate: multiprocessing.synchronize.Barrier) -> None:
    gate.wait(20)
    bubbles = Bubbles(Database(path))
    for number in range(EACH):
        bubbles.add(phone_id, Draft("bot", "text", [{"t": "text", "text": str(number)}]), now=1.0)
        bubbles.add(phone_id, Draft("sms", "sms", [{"t": "text", "text": "x"}]), now=1.0, origin=f"sms:{number}")


def test_processes_write_beside_each_other(tmp_path: Path) -> None:
    path, spawn = tmp_path / "simulator.db", multiprocessing.get_context("spawn")
    phone = Phones(Database(path)).create(name="甲", number="", now=0.0)
    gate = spawn.Barrier(PROCESSES)
    workers = [spawn.Process(target=write, args=(path, phone.id, gate)) for _ in range(PROCESSES)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0] * PROCESSES
    shown = Bubbles(Database(path)).after(phone.id, 0)
    assert len({bubble["id"] for bubble in shown}) == len(shown)
    assert [bubble["side"] for bubble in shown].count("bot") == PROCESSES * EACH
    assert [bubble["side"] for bubble in shown].count("sms") == EACH


def test_a_database_that_came_over_a_fork_still_works(tmp_path: Path) -> None:
    database = Database(tmp_path / "simulator.db")
    phones, fork = Phones(database), multiprocessing.get_context("fork")
    first = phones.create(name="甲", number="", now=0.0)
    child = fork.Process(target=phones.create, kwargs={"name": "乙", "number": "1", "now": 1.0})
    child.start()
    child.join(20)
    assert child.exitcode == 0
    assert [phone.name for phone in [phones.get(first.id), *phones.with_number("1")]] == ["甲", "乙"]
    Ledger(database).open(first.id, "message", now=5.0)
    assert Ledger(database).wrote_within(first.id, 30, now=10.0)
