"""`peizhen unclear`: what staff have labelled, as a file to read, and from there into the training data."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from bot import cli_texts as texts
from bot.errors import ConfigError

SHOWN = 30  # changed texts that are printed; all of them are in the report


def add_to(commands: Any) -> None:
    """Register the command, as `add` of bot.cli does."""
    about = "texts that were not understood: export FILE (what staff labelled) | apply FILE (train with it and tell)"
    made = commands("unclear", unclear, about)
    made.add_argument("what", choices=["export", "apply"])
    made.add_argument("file")


def unclear(options: argparse.Namespace) -> int:
    file = Path(options.file)
    return _export(file) if options.what == "export" else _apply(file)


def _export(file: Path) -> int:
    from bot import wiring
    from bot.nlu import learn
    from bot.services import unclear as service

    found: dict[str, list[str]] = {}
    for one in service.labelled(wiring.ports()):
        found.setdefault(one.intent, []).append(one.text)
    file.write_text(learn.written(found), encoding="utf-8")
    number = sum(map(len, found.values()))
    print(
        f"{number} texts of {len(found)} intents. Read every line, then: peizhen unclear apply {file}", file=sys.stderr
    )
    return 0


def _apply(file: Path) -> int:
    """Train with a file that was read; the report names every text that is now understood differently."""
    from bot import train
    from bot.nlu import learn
    from bot.nlu.understand import understand

    old = train.current()
    if not old.exists():
        raise ConfigError("training", why="train first (peizhen train), so that old and new can be compared")
    lines = [text for several in learn.read(learn.INTENTS).values() for text in several]
    before = [one["intent"] for one in understand(lines, old)]
    added = learn.apply(file)
    new = [text for several in added.values() for text in several]
    before += [one["intent"] for one in understand(new, old)]
    model = train.ensure()
    after = [one["intent"] for one in understand([*lines, *new], model)]
    changed = learn.changes([*lines, *new], before, after)
    texts.write(
        {"added": {intent: len(several) for intent, several in added.items()}, "changed": [vars(c) for c in changed]}
    )
    for one in changed[:SHOWN]:
        print(f"{one.text}: {one.before} -> {one.after}", file=sys.stderr)
    print(f"{len(new)} texts added, {len(changed)} of {len(after)} understood differently", file=sys.stderr)
    return 0
