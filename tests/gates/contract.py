"""gate-contract: the contract suite over every adapter, counted by adapter.

The control is the same suite over the same adapters, each with a planted fault (a booking forgets its key, so that a
repeated call books again). The gate fails when the suite does not notice it at every one of them.
"""

from __future__ import annotations

import bot.lean  # noqa: F401  isort:skip

import argparse
import sys
from collections import Counter
from contextlib import nullcontext
from dataclasses import replace
from itertools import count
from typing import Any
from unittest.mock import patch

import pytest

from bot.his.port import Appointment
from tests.contracts.conftest import ADAPTERS, World

SUITE = "tests/contracts"
CONTRACT = "tests/contracts/test_his_contract.py"
OTHERS = "served and raced"  # what is tested once: the served answers, races on PostgreSQL


class Tally:
    """Counts what came of every test, by the adapter in its name."""

    def __init__(self) -> None:
        self.passed, self.failed = Counter[str](), Counter[str]()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed[_adapter(report.nodeid)] += 1
        elif report.when == "call":
            self.passed[_adapter(report.nodeid)] += 1


def _adapter(nodeid: str) -> str:
    parts = nodeid.partition("[")[2].rstrip("]").split("-")
    return next((part for part in parts if part in ADAPTERS), OTHERS)


class ForgetsKeys:
    """An adapter with the fault: every booking is a new one."""

    def __init__(self, his: Any) -> None:
        self._his, self._calls = his, count()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._his, name)

    def book(self, *, slot_id: str, patient_id: str, key: str) -> Appointment:
        booked: Appointment = self._his.book(slot_id=slot_id, patient_id=patient_id, key=f"{key}.{next(self._calls)}")
        return replace(booked, key=key)


def _planted() -> Any:
    right = World.__init__

    def wrong(self: World, his: Any, office: Any) -> None:
        right(self, ForgetsKeys(his), office)

    return patch.object(World, "__init__", wrong)


def run(path: str, *, guarded: bool = True) -> Tally:
    """One run of the suite in this process."""
    tally = Tally()
    with nullcontext() if guarded else _planted():
        pytest.main(
            ["-o", "addopts=", "-q", "--no-header", "--tb=no", "-r", "N", "-p", "no:cacheprovider", path], [tally]
        )
    return tally


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--only", default=SUITE, help="a part of the suite instead of all of it")
    chosen = options.parse_args()
    found, control = run(chosen.only), run(CONTRACT, guarded=False)
    for adapter in (*ADAPTERS, OTHERS):
        line = f"{adapter:20} {found.passed[adapter]:4} passed {found.failed[adapter]:3} failed"
        print(line + (f"   with the fault {control.failed[adapter]:3} failed" if adapter in ADAPTERS else ""))
    noticed = sum(control.failed[adapter] > 0 for adapter in ADAPTERS)
    everywhere = all(found.passed[adapter] for adapter in ADAPTERS)
    good = everywhere and not sum(found.failed.values()) and noticed == len(ADAPTERS)
    tests, failed = sum(found.passed.values()), found.failed.total()
    print(
        f"contract: adapters={','.join(ADAPTERS)} tests={tests} failed={failed}"
        f" control={noticed}/{len(ADAPTERS)} {'OK' if good else 'FAIL'}"
    )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
