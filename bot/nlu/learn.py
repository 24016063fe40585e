"""New examples into the training data, and what a new model understands differently.

A file of examples is plain Rasa YAML that somebody has read; it is checked whole before a line of the training data
changes, and every text whose intent changed with the new model is told: nothing is learnt silently.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from bot.errors import BadInput

INTENTS = Path(__file__).parents[2] / "nlu_data/intents"
HEAD = """version: "3.1"

# Texts that staff have labelled. Read every line: no name and no number of a person may stand here, and a text that
# could mean two things teaches nothing. Delete what does not belong, then: peizhen unclear apply FILE

nlu:
"""


@dataclass(frozen=True)
class Change:
    """One text that the new model takes for something else."""

    text: str
    before: str
    after: str


def written(examples: Mapping[str, Sequence[str]]) -> str:
    """Intent → texts, as a file to read."""
    parts = [HEAD]
    for intent, texts in examples.items():
        lines = "".join(f"    - {' '.join(text.split())}\n" for text in texts)
        parts.append(f"- intent: {intent}\n  examples: |\n{lines}\n")
    return "".join(parts)


def read(path: Path) -> dict[str, list[str]]:
    """Intent → texts of one file or of all files of a folder. Raises BadInput('bad_examples')."""
    found: dict[str, list[str]] = {}
    for file in sorted(path.rglob("*.yml")) if path.is_dir() else [path]:
        for block in _blocks(file):
            lines = [line.strip() for line in str(block["examples"]).splitlines()]
            found.setdefault(str(block["intent"]), []).extend(line[1:].strip() for line in lines if line[:1] == "-")
    return found


def _blocks(file: Path) -> list[Mapping[str, object]]:
    try:
        blocks = yaml.safe_load(file.read_text(encoding="utf-8"))["nlu"]
        return [block for block in blocks if block["intent"] and block["examples"]]
    except (OSError, ValueError, KeyError, TypeError, yaml.YAMLError) as error:
        raise BadInput("bad_examples", file=str(file)) from error


def apply(path: Path, folder: Path = INTENTS) -> dict[str, list[str]]:
    """Put a file's texts into the training data; gives what was new, by intent.

    Raises BadInput: 'bad_examples', 'bad_intent' for an intent without a file, 'taken' for a text that is there under
    another intent; then nothing is changed.
    """
    known = {text: intent for intent, texts in read(folder).items() for text in texts}
    files = {file.stem: file for file in sorted(folder.rglob("*.yml"))}
    new: dict[str, list[str]] = {}
    for intent, texts in read(path).items():
        if intent not in files:
            raise BadInput("bad_intent", intent=intent)
        for text in dict.fromkeys(texts):
            other = known.setdefault(text, intent)
            if other != intent:
                raise BadInput("taken", text=text, intent=other)
            if text not in new.get(intent, ()) and text not in _texts(files[intent]):
                new.setdefault(intent, []).append(text)
    for intent, texts in new.items():
        _append(files[intent], texts)
    return new


def _texts(file: Path) -> set[str]:
    return {text for texts in read(file).values() for text in texts}


def _append(file: Path, texts: Iterable[str]) -> None:
    whole = file.read_text(encoding="utf-8")
    lines = "".join(f"    - {text}\n" for text in texts)
    file.write_text(f"{whole.rstrip()}\n{lines}", encoding="utf-8")


def changes(texts: Sequence[str], before: Sequence[str], after: Sequence[str]) -> list[Change]:
    """The texts whose intent changed, in their order."""
    return [Change(*one) for one in zip(texts, before, after, strict=True) if one[1] != one[2]]
