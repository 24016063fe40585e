"""A run's files in memory: where there is room, nobody said otherwise, and gone with the run."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests import memory
from tests.architecture.source import ROOT

RUN = """
import tempfile
from pathlib import Path
from tests import memory
memory.MEMORY = Path({memory!r})
memory.ROOM = {room}
memory.keep_files_in_memory()
Path(tempfile.gettempdir(), "file").touch()
print(tempfile.gettempdir())
"""


def placed(folder: Path, *, room: int = 0, **env: str) -> str:
    """Where a process of its own keeps its files when `folder` is the memory."""
    keep = {name: value for name, value in os.environ.items() if name != "TMPDIR"}
    code = RUN.format(memory=str(folder), room=room)
    call = [sys.executable, "-c", code]
    done = subprocess.run(call, cwd=ROOT, env={**keep, **env}, capture_output=True, text=True, timeout=60, check=True)
    return done.stdout.strip()


def test_files_are_kept_there_and_go_with_the_run(tmp_path: Path) -> None:
    assert Path(placed(tmp_path)).parent == tmp_path
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_run_left_goes_with_the_next(tmp_path: Path) -> None:
    left, alive = (tmp_path / memory.NAME.format(pid) for pid in (2**31 - 1, os.getpid()))
    for place in (left, alive):
        place.mkdir()
    placed(tmp_path)
    assert list(tmp_path.iterdir()) == [alive]


def test_without_room_they_stay_where_they_were(tmp_path: Path) -> None:
    assert Path(placed(tmp_path, room=1 << 60)).parent != tmp_path


def test_whoever_names_a_place_is_heard(tmp_path: Path) -> None:
    assert placed(tmp_path, TMPDIR=tempfile.gettempdir()) == tempfile.gettempdir()
    assert list(tmp_path.iterdir()) == []
