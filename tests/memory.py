"""Where a run keeps its files: in memory where there is room, for on a disk its databases are a third of its time."""

from __future__ import annotations

import atexit
import os
import re
import shutil
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")
NAME = "peizhen-tests-{}"  # and the process that it goes with
ROOM = 12 << 30  # bytes that have to be free: a run itself takes as much again as its files


def keep_files_in_memory() -> None:
    """Make it the place of temporary files, of this process and of those it starts; whoever set TMPDIR is heard."""
    if "TMPDIR" in os.environ or not _roomy():
        return
    _sweep()
    place = MEMORY / NAME.format(os.getpid())
    place.mkdir(mode=0o700)
    os.environ["TMPDIR"] = tempfile.tempdir = str(place)
    atexit.register(shutil.rmtree, place, ignore_errors=True)


def _roomy() -> bool:
    told = Path("/proc/meminfo").read_text(encoding="ascii") if MEMORY.is_dir() else ""
    left = re.search(r"^MemAvailable: +(\d+) kB", told, re.MULTILINE)
    return left is not None and min(int(left[1]) * 1024, shutil.disk_usage(MEMORY).free) > ROOM


def _sweep() -> None:
    """Remove what runs left that were killed."""
    for place in MEMORY.glob(NAME.format("*")):
        if not Path("/proc", place.name.rpartition("-")[2]).exists():
            shutil.rmtree(place, ignore_errors=True)
