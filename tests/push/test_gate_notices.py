"""The gate, small: every fault of the table once, and its controls."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from tests.gates import notices


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def test_no_fault_drops_or_doubles_a_notice() -> None:
    found, ended = notices.run((notices.lost_after, notices.killed_after, notices.blocked_early), 3)
    assert found == {}
    assert ended["sent"] > 0


def test_control_without_its_guards_it_does() -> None:
    assert min(notices.controls(3, (notices.lost_after,))) > 0
