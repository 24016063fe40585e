"""Templates of the demo: the simulator's account has every one of the rules, under its name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def of_demo(rules: Mapping[str, Any]) -> Mapping[str, Any]:
    """The rules with an id for every template that has none."""
    named = {name: {**entry, "id": entry["id"] or f"demo_{name}"} for name, entry in rules["templates"].items()}
    return {**rules, "templates": named}


def shown(rules: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Template id → its title and the labels of its fields, as the simulator's phones show them."""
    return {
        entry["id"]: {"title": entry["title"], "fields": {name: label for name, (label, _) in entry["fields"].items()}}
        for entry in rules["templates"].values()
    }
