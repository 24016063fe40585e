"""`peizhen triage`, `redflag`, `understand`, `faq`: texts in, JSON out, one object a line with --jsonl."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from bot.errors import BadInput, PeizhenError


def triage(options: argparse.Namespace) -> int:
    from bot.triage import assess

    def one(item: dict[str, Any]) -> dict[str, Any]:
        return dict(assess.assess(_text(item, "text"), age=item.get("age"), sex=item.get("sex")))

    if options.jsonl:
        return each_line(one)
    if not options.text:
        raise PeizhenError("bad_input", why="a text or --jsonl is needed")
    write(one({"text": options.text, "age": options.age, "sex": options.sex}))
    return 0


def redflag(_options: argparse.Namespace) -> int:
    from bot.triage import redflags

    def one(item: dict[str, Any]) -> dict[str, Any]:
        found = redflags.check(_text(item, "text"))
        return {"red_flag": found.red_flag, "rules": list(found.rules)}

    return each_line(one)


def understand(_options: argparse.Namespace) -> int:
    from bot import train as training
    from bot.nlu.understand import Reader

    training.ensure()
    reader = Reader(training.current())
    try:
        return each_line(lambda item: reader.read(_text(item, "text")))
    finally:
        reader.close()


def faq_command(options: argparse.Namespace) -> int:
    from bot import wiring
    from bot.db.migrate import upgrade
    from bot.services import faq

    chosen = wiring.settings()
    chosen.var.mkdir(parents=True, exist_ok=True)
    upgrade(chosen.database_url)
    ports = wiring.ports()
    if options.what == "import":
        write({"imported": faq.import_lines(ports, lines=_lines_of(options.text))})
        ports.faq.settle()
        return 0
    ports.faq.settle()

    def hits(text: str) -> dict[str, Any]:
        found = faq.search(ports, text=text, top=options.top)
        return {"hits": [{"id": h.external_id or h.id, "question": h.question, "score": h.score} for h in found]}

    if options.jsonl:
        return each_line(lambda item: hits(_text(item, "query")))
    write(hits(options.text or ""))
    return 0


def _lines_of(path: str | None) -> list[str]:
    """The lines of a file. Raises PeizhenError('bad_file') and BadInput('bad_line') with its number."""
    try:
        raw = Path(path or "").read_bytes().splitlines()
    except OSError as error:
        raise PeizhenError("bad_file", why=error.strerror or "cannot be read") from None
    lines = []
    for number, line in enumerate(raw, start=1):
        try:
            lines.append(line.decode("utf-8-sig"))
        except UnicodeDecodeError:
            raise BadInput("bad_line", line=number, why="not UTF-8") from None
    return lines


# -- lines in, lines out -----------------------------------------------------------------------------------------
def each_line(one: Callable[[dict[str, Any]], dict[str, Any]], lines: Iterable[str | bytes] | None = None) -> int:
    """One JSON object a line; a bad line is named on standard error and makes the exit code 2."""
    bad = 0
    for number, line in _numbered(sys.stdin.buffer if lines is None else lines):
        try:
            item = json.loads(line if isinstance(line, str) else line.decode("utf-8-sig"))
            if not isinstance(item, dict):
                raise TypeError("object")  # noqa: TRY301 - one place names the bad line
            write(one(item))
        except (ValueError, TypeError, RecursionError, PeizhenError) as error:
            bad += 1
            why = getattr(error, "code", "bad_line")
            print(json.dumps({"error": why, "line": number}), file=sys.stderr)
    return 2 if bad else 0


def _numbered(lines: Iterable[str | bytes]) -> Iterator[tuple[int, str | bytes]]:
    return ((n, line) for n, line in enumerate(lines, start=1) if line.strip())


def _text(item: dict[str, Any], name: str) -> str:
    value = item.get(name)
    if not isinstance(value, str):
        raise TypeError(name)
    return value


def write(value: object, *, indent: int | None = None) -> None:
    """One JSON value; on one line unless it is for a person to read."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=indent) + "\n")
    sys.stdout.flush()
