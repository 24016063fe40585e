"""axe-core on a page of ours: what keeps somebody from reading or using it. `assert troubles(page) == []`."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

GRAVE = frozenset({"serious", "critical"})
OPTIONS = {"resultTypes": ["violations"]}


@lru_cache(maxsize=1)
def _axe() -> Axe:
    return Axe()


def troubles(page: Page) -> list[str]:
    """Serious and critical findings of the page that is open: the rule, and where."""
    found: list[dict[str, Any]] = _axe().run(page, options=OPTIONS).response["violations"]
    return [f"{one['id']}: {_where(one)}" for one in found if one["impact"] in GRAVE]


def _where(finding: dict[str, Any]) -> str:
    return ", ".join(" ".join(map(str, node["target"])) for node in finding["nodes"][:3])
