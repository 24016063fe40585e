"""The base: an immutable picture of the table at one revision, on disk, shared by all processes of a machine.

A directory is built beside its name and renamed when it is whole, and never written again, so that readers need no
lock. Every file's length and checksum stand in meta.json: a damaged directory is not opened.
"""

from __future__ import annotations

import json
import shutil
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import tantivy

from bot.faq import codes, pieces, synonyms
from bot.faq.codes import Codes
from bot.faq.pieces import COLUMNS, Entry, Row

LAYOUT = 2  # count up whenever tokens, codes or files change
FORMAT = f"{LAYOUT}.{zlib.crc32(synonyms.PATH.read_bytes()):08x}"  # bases of another format are passed over
META = "meta.json"
TANTIVY = "tantivy-"  # begins the names of its folders
SHELF = 250_000  # entries of one index of tantivy; several are searched at once
BLOCK = 1 << 20  # bytes read at a time for a checksum


class Damaged(Exception):
    """A directory that is not what its meta.json says."""


class Base:
    """A `Piece` read from a directory. Raises Damaged."""

    def __init__(self, path: Path) -> None:
        try:
            self.meta = _verified(path)
            shelves = sorted(path.glob(f"{TANTIVY}*"))
            self.searchers = [pieces.opened(tantivy.Index.open(str(shelf))).searcher() for shelf in shelves]
            self.ids = np.asarray(np.load(path / "ids.npy", mmap_mode="r"))
            self.revisions = np.asarray(np.load(path / "revisions.npy", mmap_mode="r"))
            self._ends = {column: np.asarray(np.load(path / f"{column}.npy", mmap_mode="r")) for column in COLUMNS}
            self._codes = {column: _mapped(path / f"{column}.codes") for column in COLUMNS}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise Damaged(str(path)) from error
        self.path = path
        self.revision = int(self.meta["revision"])

    def take(self, column: str, numbers: Sequence[int]) -> list[Codes]:
        """Give the codes of these entries."""
        ends, coded, wanted = self._ends[column], self._codes[column], np.asarray(numbers, dtype=np.int64)
        return [coded[start:end] for start, end in zip(ends[wanted].tolist(), ends[wanted + 1].tolist(), strict=True)]

    def totals(self, column: str) -> tuple[int, int]:
        """How many characters and pairs all entries have together."""
        singles, pairs = self.meta["totals"][column]
        return int(singles), int(pairs)

    def holds(self, changed: Iterable[int]) -> tuple[int, int]:
        """Give (count, sum of revisions) of its entries without these ids: what the table must have, too."""
        left = ~np.isin(self.ids, np.array(sorted(changed), dtype=np.int64), assume_unique=True)
        return int(left.sum()), int(self.revisions[left].sum())


def build(folder: Path, rows: Iterable[Row], revision: int) -> Path:
    """Write a base of these rows, in the order of their ids; gives its directory."""
    folder.mkdir(parents=True, exist_ok=True)
    making = folder / f".making-{uuid4().hex}"
    try:
        making.mkdir()
        meta = _write(making, rows) | {"format": FORMAT, "revision": revision}
        meta["files"] = {name: _sum(making / name) for name in _names(making)}
        (making / META).write_text(json.dumps(meta), encoding="utf-8")
        done = folder / f"base-{FORMAT}-{revision:012d}-{uuid4().hex[:8]}"
        making.replace(done)
    finally:
        shutil.rmtree(making, ignore_errors=True)
    return done


def newest(folder: Path, revision: int) -> list[Path]:
    """List the bases of our format that the table has caught up with, newest first."""
    found = sorted(folder.glob(f"base-{FORMAT}-*"), reverse=True)
    return [path for path in found if revision_of(path) <= revision]


def revision_of(path: Path) -> int:
    """The revision of the table that a base shows."""
    return int(path.name.split("-")[2])


def sweep(folder: Path, kept: Path) -> None:
    """Remove all bases but this; who reads one goes on reading it, as its files stay open."""
    for path in (*folder.glob("base-*"), *folder.glob(".making-*")):
        if path != kept:
            shutil.rmtree(path, ignore_errors=True)


def _write(path: Path, rows: Iterable[Row]) -> dict[str, Any]:
    files = {column: (path / f"{column}.codes").open("wb") for column in COLUMNS}
    ids: list[int] = []
    revisions: list[int] = []
    ends = {column: [0] for column in COLUMNS}
    totals = {column: [0, 0] for column in COLUMNS}
    shelves = _Shelves(path)
    for entry in map(pieces.prepare, rows):
        shelves.put(entry)
        ids.append(entry.id)
        revisions.append(entry.revision)
        for column, coded in entry.codes.items():
            files[column].write(coded.tobytes())
            ends[column].append(ends[column][-1] + len(coded))
            totals[column] = [before + more for before, more in zip(totals[column], codes.sizes(coded), strict=True)]
    shelves.close()
    for file in files.values():
        file.close()
    for name, numbers in {"ids": ids, "revisions": revisions, **ends}.items():
        np.save(path / f"{name}.npy", np.array(numbers, dtype=np.int64))
    return {"count": len(ids), "totals": totals}


class _Shelves:
    """Writes entries into one index of tantivy after the other, each of SHELF entries; the last is smaller."""

    def __init__(self, path: Path) -> None:
        self._path, self._count = path, 0
        self._writer: Any = None

    def put(self, entry: Entry) -> None:
        if self._count % SHELF == 0:
            self._begin()
        pieces.add(self._writer, [entry], self._count)
        self._count += 1

    def close(self) -> None:
        if self._writer is not None:
            self._writer.commit()
            self._writer.wait_merging_threads()

    def _begin(self) -> None:
        self.close()
        place = self._path / f"{TANTIVY}{self._count // SHELF:04d}"
        place.mkdir()
        self._writer = pieces.opened(tantivy.Index(pieces.schema(), path=str(place))).writer(pieces.HEAP_BYTES, 1)


def _names(path: Path) -> list[str]:
    """Files that do not change any more; tantivy's locks are none of them."""
    found = (file.relative_to(path).as_posix() for file in path.rglob("*") if file.is_file())
    return sorted(name for name in found if not name.endswith(".lock"))


def _sum(path: Path) -> list[int]:
    total, length = 0, 0
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            total, length = zlib.crc32(block, total), length + len(block)
    return [length, total]


def _verified(path: Path) -> dict[str, Any]:
    meta: dict[str, Any] = json.loads((path / META).read_text(encoding="utf-8"))
    if meta["format"] != FORMAT or any(_sum(path / name) != known for name, known in meta["files"].items()):
        raise Damaged(str(path))
    return meta


def _mapped(path: Path) -> Codes:
    """The codes of a column; an empty file cannot be mapped."""
    if not path.stat().st_size:
        return np.zeros(0, dtype=np.uint16)
    return np.asarray(np.memmap(path, dtype=np.uint16, mode="r"))  # slices of a plain array are cheaper by far
