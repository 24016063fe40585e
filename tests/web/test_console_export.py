"""The FAQ as a file: for editors, everything in it a word, each export a row of the trail."""

from __future__ import annotations

import csv
import io
import json

import pytest
import sqlalchemy as sa

from bot.db.privacy import Audit
from bot.errors import Refused
from bot.ports import Ports
from bot.services import faq, faq_export
from tests.factories import a_staff
from tests.web.conftest import SignIn

FORMULA = '=HYPERLINK("http://evil.example","降压药怎么吃")'


def bring(ports: Ports, *questions: str) -> None:
    entries = [{"id": f"e{n}", "question": text, "answer": f"{text}，饭后。"} for n, text in enumerate(questions)]
    faq.import_lines(ports, lines=[json.dumps(entry) for entry in entries])


def table(body: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline="")))


def test_all_of_it_with_formulas_as_words(ports: Ports, sign_in: SignIn) -> None:
    bring(ports, FORMULA, "感冒了能洗澡吗？")
    editor = sign_in("editor", "bian")
    assert "导出 CSV" in editor.get("/console/faq").text
    answer = editor.get("/console/faq.csv")
    assert answer.mimetype == "text/csv"
    header, *lines = table(answer.data)
    found = [dict(zip(header, line, strict=True)) for line in lines]
    assert [(one["编号"], one["状态"], one["问题"]) for one in found] == [
        ("1", "已发布", f"'{FORMULA}"),
        ("2", "已发布", "感冒了能洗澡吗？"),
    ]
    assert {one["看过"] for one in found} == {"0"}


def test_each_export_is_a_row_of_the_trail(ports: Ports, sign_in: SignIn) -> None:
    bring(ports, "感冒了能洗澡吗？")
    sign_in("editor", "bian").get("/console/faq.csv")
    with ports.transaction() as session:
        [row] = session.scalars(sa.select(Audit).where(Audit.action == "faq.export")).all()
    assert (row.actor_kind, row.subject, row.result) == ("staff", "faq/1 entries", "ok")


@pytest.mark.parametrize("role", ["head", "doctor", "operator", "auditor"])
def test_nobody_else_takes_it_along(ports: Ports, sign_in: SignIn, role: str) -> None:
    assert sign_in(role).get("/console/faq.csv").status_code == 403
    with pytest.raises(Refused):
        faq_export.exported(ports, staff=a_staff(ports, role))
