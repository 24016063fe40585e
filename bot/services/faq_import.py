"""Taking entries from a file of JSON lines: all of it or nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import islice
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.db import faq as rows
from bot.errors import BadInput, PeizhenError
from bot.ports import Ports
from bot.services import privacy

BATCH = 500  # rows a statement; SQLite allows 32,766 variables
LONGEST = {"id": 64, "question": 2000, "answer": 20_000, "department": 64}  # characters
REQUIRED = ("id", "question", "answer")


def import_lines(ports: Ports, *, lines: Iterable[str]) -> int:
    """Publish `{"id", "question", "answer", "department"?}`, one a line; a known id is updated.

    Gives the number of lines taken; empty lines are skipped. Raises BadInput('bad_line', line=…, why=…) with
    nothing imported.
    """
    entries = [parse(number, line) for number, line in enumerate(lines, 1) if line.strip()]
    own = _own_names(ports)
    latest = {
        entry["id"]: entry | {"department": own.get(entry["department"], entry["department"])} for entry in entries
    }
    with ports.transaction() as session:
        common = {"updated_at": ports.now(), "revision": rows.next_revision(session)}
        wanted = iter(latest.values())
        while batch := list(islice(wanted, BATCH)):
            _write(session, batch, common)
        subject = f"faq/{len(latest)} entries"
        at = ports.now()
        privacy.audit(session, actor_kind="system", actor_id="import", action="faq.import", subject=subject, at=at)
    return len(entries)


def _own_names(ports: Ports) -> dict[str, str]:
    """Standard department name → what this hospital calls it; empty while its system does not answer."""
    try:
        return {d.standard_name: d.name for d in reversed(ports.his.departments()) if d.standard_name}
    except PeizhenError:
        return {}


def parse(number: int, line: str) -> dict[str, str]:
    try:
        raw = json.loads(line)
    except ValueError:
        raise BadInput("bad_line", line=number, why="not JSON") from None
    except RecursionError:
        raise BadInput("bad_line", line=number, why="nested too deep") from None
    if not isinstance(raw, dict):
        raise BadInput("bad_line", line=number, why="not an object")
    missing = [name for name in REQUIRED if name not in raw]
    if missing:
        raise BadInput("bad_line", line=number, why=f"no {missing[0]}")
    return {name: _field(number, name, raw.get(name)) for name in LONGEST}


def _field(number: int, name: str, value: Any) -> str:
    if name == "department" and value is None:
        return ""
    if not isinstance(value, str) or not _storable(value):
        raise BadInput("bad_line", line=number, why=f"{name} is not a text")
    plain = value.strip()
    if name in REQUIRED and not plain:
        raise BadInput("bad_line", line=number, why=f"{name} is empty")
    if len(plain) > LONGEST[name]:
        raise BadInput("bad_line", line=number, why=f"{name} is longer than {LONGEST[name]} characters")
    return plain


def _storable(value: str) -> bool:
    """Neither NUL nor half a surrogate pair: no database takes them."""
    return "\x00" not in value and not any("\ud800" <= letter <= "\udfff" for letter in value)


def _write(session: Session, batch: list[dict[str, str]], common: dict[str, Any]) -> None:
    entry = rows.FaqEntry
    ids = [item["id"] for item in batch]
    known = {row.external_id: row for row in session.scalars(sa.select(entry).where(entry.external_id.in_(ids)))}
    fresh = [_facts(item) | common | {"external_id": item["id"]} for item in batch if item["id"] not in known]
    if fresh:
        stamp = {"version": 1, "published_at": common["updated_at"]}
        session.execute(sa.insert(entry), [facts | stamp for facts in fresh])
    for item in batch:
        if item["id"] in known:
            _update(known[item["id"]], _facts(item), common)
    session.flush()


def _update(row: Any, facts: dict[str, Any], common: dict[str, Any]) -> None:
    """Bring a known entry up to date; one that says the same already stays untouched."""
    if all(getattr(row, name) == value for name, value in facts.items()):
        return
    for name, value in (facts | common | {"version": row.version + 1}).items():
        setattr(row, name, value)


def _facts(item: dict[str, str]) -> dict[str, Any]:
    return {
        "question": item["question"],
        "answer": item["answer"],
        "department_name": item["department"],
        "state": "published",
    }
