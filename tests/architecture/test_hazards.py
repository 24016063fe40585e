"""The hazard log: every hazard is whole, its risk follows from the matrix, and from 3 on it names tests that are there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
HAZARDS: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "docs/hazards.yml").read_text(encoding="utf-8"))
FIELDS = set("hazard cause effect control type severity likelihood residual owner tests state".split())
MITIGATE, FORBIDDEN = 3, 4


def matrix() -> dict[int, list[int]]:
    """Likelihood → risks by severity, read from the document that people read."""
    text = (ROOT / "docs/clinical-safety.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d) very \w+ \|(.+)\|$|^\| (\d) \w+ \|(.+)\|$", text, re.MULTILINE)
    return {int(a or c): [int(cell) for cell in (b or d).split("|")] for a, b, c, d in rows}


def test_the_matrix_grows_with_both() -> None:
    table = matrix()
    assert set(table) == {1, 2, 3, 4, 5}
    for row in table.values():
        assert len(row) == 5
        assert row == sorted(row)
    assert all(table[n][i] <= table[n + 1][i] for n in range(1, 5) for i in range(5))


def test_all_eighteen_are_there() -> None:
    assert list(HAZARDS) == [f"H{number}" for number in range(1, 19)]


@pytest.mark.parametrize("name", HAZARDS)
def test_a_hazard_is_whole(name: str) -> None:
    one = HAZARDS[name]
    assert set(one) == FIELDS
    assert all(one[field] for field in FIELDS)
    assert one["type"] in {"design", "test", "training", "process"}
    assert one["state"] == "open" or "signed" in one["state"]


@pytest.mark.parametrize("name", HAZARDS)
def test_a_risk_worth_mitigating_names_tests_and_none_is_unacceptable(name: str) -> None:
    one = HAZARDS[name]
    risk = matrix()[one["likelihood"]][one["severity"] - 1]
    assert risk < FORBIDDEN
    if risk >= MITIGATE:
        assert one["tests"]


@pytest.mark.parametrize(("name", "test"), [(name, test) for name, one in HAZARDS.items() for test in one["tests"]])
def test_the_tests_it_names_are_there(name: str, test: str) -> None:
    file, _, function = test.partition("::")
    assert f"def {function}(" in (ROOT / file).read_text(encoding="utf-8"), f"{name}: {test}"
