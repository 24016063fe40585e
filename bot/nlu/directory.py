"""The connected hospital's own names of departments and doctors, read at run time and never trained in.

`$PEIZHEN_DIRECTORY` is a JSON file that jobs replace atomically:
`{"departments": [{"id", "name"}], "doctors": [{"id", "name", "department_id", "title"}]}`.
"""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ahocorasick

from bot.nlu.spans import Span, longest
from bot.nlu.text import fold

logger = logging.getLogger(__name__)

TITLE = "医生|大夫|主任医师|副主任|主任|教授|专家|医师|院长"
COMPOUND = "欧阳|司马|上官|诸葛|夏侯|皇甫|东方|尉迟|公孙|慕容|令狐|司徒|端木|南宫"
SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏"
    "韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤温康施文牛樊葛邢安齐庄章鲁倪庞殷翟岳申欧耿关兰焦俞柳"
)
# What may stand before a surname; anything else makes it part of another word (对方医生, 平常医生).
_BEFORE = "(?<![^\\s,。!?、:;挂找约看问的是跟和给请想要有让叫由被换与或见去到科室门诊下周早午晚天])"
_ADDRESSED = re.compile(rf"{_BEFORE}(?P<surname>{COMPOUND}|[{SURNAMES}])(?P<title>{TITLE})")
_BRACKETS = re.compile(r"[((【\[].*?[))】\]]")
STAT_EVERY = 1.0  # seconds


@dataclass(frozen=True)
class Doctor:
    id: str
    name: str
    department_id: str


class Directory:
    """One reading of the file, indexed. Empty when there is no hospital connected."""

    def __init__(self, content: dict[str, Any]) -> None:
        self.departments, self._called_so = _department_names(content.get("departments", []))
        self.doctors = [
            Doctor(str(d["id"]), fold(str(d["name"])), str(d.get("department_id", "")))
            for d in content.get("doctors", [])
        ]
        self._names = ahocorasick.Automaton()
        for name in {*self.departments, *(d.name for d in self.doctors)} - {""}:
            self._names.add_word(name, name)
        self._names.make_automaton()

    def find(self, text: str) -> list[Span]:
        """Departments (value: id) and doctors (value: id; `surname:王` when several or none fit)."""
        named = longest(self._named(text))
        near = {each for s in named if s.entity == "department" for each in self._called_so.get(str(s.value), ())}
        spans = [self._doctor(text, s, near) if s.entity == "doctor" else s for s in named]
        taken = [s for s in spans if s.entity == "doctor"]
        called = [s for s in self._called(text, near) if not any(s.overlaps(t) for t in taken)]
        return sorted(spans + called, key=lambda s: s.start)

    def _named(self, text: str) -> Iterator[Span]:
        if not len(self._names):
            return
        for last, name in self._names.iter(text):
            start = last + 1 - len(name)
            if text[max(start - 1, 0) : start + 1] == "主任":  # 武主任明天 is no 任明
                continue
            if name in self.departments:
                yield Span(start, last + 1, "department", self.departments[name], {"kind": "hospital"})
            else:
                yield Span(start, last + 1, "doctor", name)

    def _doctor(self, text: str, span: Span, near: set[str]) -> Span:
        fitting = [d for d in self.doctors if d.name == span.value]
        title = re.compile(TITLE).match(text, span.end)
        return _as_span(span.start, title.end() if title else span.end, fitting, near, str(span.value)[0])

    def _called(self, text: str, near: set[str]) -> Iterator[Span]:
        for match in _ADDRESSED.finditer(text):
            fitting = [d for d in self.doctors if d.name.startswith(match["surname"])]
            yield _as_span(match.start(), match.end(), fitting, near, match["surname"])


def _as_span(start: int, end: int, fitting: list[Doctor], near: set[str], surname: str) -> Span:
    """A department named beside the doctor decides between two of one name."""
    if len(fitting) > 1:
        fitting = [d for d in fitting if d.department_id in near] or fitting
    value = fitting[0].id if len(fitting) == 1 else f"surname:{surname}"
    return Span(start, end, "doctor", value, {"kind": "hospital" if len(fitting) == 1 else "surname"})


def _department_names(rows: list[dict[str, Any]]) -> tuple[dict[str, str], dict[str, set[str]]]:
    """Folded name → value, also without brackets; value → ids.

    The value is the id, or the name where several hospitals have a department of that name. A short form that fits
    two names is no name.
    """
    exact: dict[str, str] = {}
    ids: dict[str, set[str]] = {}
    for row in rows:
        ids.setdefault(str(row["name"]), set()).add(str(row["id"]))
    for name, found in ids.items():
        exact[fold(name)] = next(iter(found)) if len(found) == 1 else name
    short: dict[str, set[str]] = {}
    for name, value in exact.items():
        short.setdefault(_BRACKETS.sub("", name), set()).add(value)
    unique = {form: next(iter(values)) for form, values in short.items() if form and len(values) == 1}
    return {**unique, **exact}, ids | {each: {each} for found in ids.values() for each in found}


class DirectoryFile:
    """Keeps the latest reading of a file; looks at the file at most once a second."""

    def __init__(self, path: Path | None, ticks: Callable[[], float] = time.monotonic) -> None:
        self._path, self._ticks = path, ticks
        self._looked = float("-inf")
        self._seen: tuple[int, int, int] | None = None
        self._directory = Directory({})

    def current(self) -> Directory:
        """The newest readable content; a missing or broken file leaves the last good one in place."""
        now = self._ticks()
        if self._path is not None and now - self._looked >= STAT_EVERY:
            self._looked = now
            self._refresh(self._path)
        return self._directory

    def _refresh(self, path: Path) -> None:
        try:
            stat = path.stat()
            mark = (stat.st_mtime_ns, stat.st_ino, stat.st_size)
            if mark == self._seen:
                return
            self._directory, self._seen = Directory(json.loads(path.read_text(encoding="utf-8"))), mark
        except FileNotFoundError:
            return
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            logger.warning("directory file unreadable, keeping the last one: %s", type(error).__name__)
