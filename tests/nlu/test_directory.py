from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.nlu.directory import Directory, DirectoryFile

CONTENT: dict[str, Any] = {
    "departments": [
        {"id": "yh.d1", "name": "骨科"},
        {"id": "yh.d2", "name": "心血管内科(东院)"},
    ],
    "doctors": [
        {"id": "yh.s1", "name": "王建国", "department_id": "yh.d1", "title": "主任医师"},
        {"id": "yh.s2", "name": "王芳", "department_id": "yh.d2", "title": "主治医师"},
        {"id": "yh.s3", "name": "欧阳明", "department_id": "yh.d1", "title": "医师"},
        {"id": "yh.s4", "name": "任明", "department_id": "yh.d2", "title": "医师"},
    ],
}


def put(path: Path, content: object) -> None:
    """Replace the file as jobs do."""
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    fresh.replace(path)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("挂骨科", [("department", "yh.d1")]),
        ("心血管内科在几楼", [("department", "yh.d2")]),
        ("挂王建国的号", [("doctor", "yh.s1")]),
        ("王建国主任今天在吗", [("doctor", "yh.s1")]),
        ("欧阳大夫", [("doctor", "yh.s3")]),
        ("王医生", [("doctor", "surname:王")]),
        ("任明医生", [("doctor", "yh.s4")]),
        ("欧阳主任明天的号", [("doctor", "yh.s3")]),  # and no 任明 in it
        ("骨科王医生", [("department", "yh.d1"), ("doctor", "yh.s1")]),
        ("李主任的号", [("doctor", "surname:李")]),
        ("对方医生说", []),
        ("主治医生是谁", []),
    ],
)
def test_names_of_the_hospital(text: str, expected: list[tuple[str, str]]) -> None:
    assert [(s.entity, s.value) for s in Directory(CONTENT).find(text)] == expected


def test_a_name_that_two_hospitals_have_is_a_name_and_not_the_last_ones_id() -> None:
    neighbour = [{"id": "yz.d1", "name": "骨科"}, {"id": "yz.d2", "name": "眼科"}]
    doctor = {"id": "yz.s1", "name": "王朗", "department_id": "yz.d2", "title": "医师"}
    region = Directory({"departments": CONTENT["departments"] + neighbour, "doctors": [*CONTENT["doctors"], doctor]})
    assert [(s.entity, s.value) for s in region.find("挂骨科")] == [("department", "骨科")]
    assert [s.value for s in region.find("眼科王医生")] == ["yz.d2", "yz.s1"]
    assert [s.value for s in region.find("骨科王医生")] == ["骨科", "yh.s1"]


def test_a_changed_file_is_read_within_a_second(tmp_path: Path) -> None:
    path, now = tmp_path / "directory.json", [0.0]
    put(path, CONTENT)
    file = DirectoryFile(path, ticks=lambda: now[0])
    assert file.current().find("眼科") == []
    put(path, {"departments": [{"id": "yh.d9", "name": "眼科"}], "doctors": []})
    now[0] = 1.0
    assert [s.value for s in file.current().find("眼科")] == ["yh.d9"]


def test_the_file_is_looked_at_once_a_second_at_most(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, now, looks = tmp_path / "directory.json", [0.0], []
    put(path, CONTENT)
    monkeypatch.setattr(DirectoryFile, "_refresh", lambda _self, seen: looks.append(seen))
    file = DirectoryFile(path, ticks=lambda: now[0])
    for now[0] in (0.0, 0.3, 0.99, 1.0, 1.5, 2.1):
        file.current()
    assert len(looks) == 3


@pytest.mark.parametrize("broken", ["{", "[]", '{"departments": [{"id": 1}]}', '{"doctors": 3}'])
def test_a_broken_file_leaves_the_last_good_one(tmp_path: Path, broken: str) -> None:
    path, now = tmp_path / "directory.json", [0.0]
    put(path, CONTENT)
    file = DirectoryFile(path, ticks=lambda: now[0])
    file.current()
    path.write_text(broken, encoding="utf-8")
    now[0] = 5.0
    assert [s.value for s in file.current().find("骨科")] == ["yh.d1"]


def test_without_a_file_there_are_no_hospital_names(tmp_path: Path) -> None:
    assert DirectoryFile(None).current().find("骨科") == []
    assert DirectoryFile(tmp_path / "missing.json").current().find("骨科") == []
