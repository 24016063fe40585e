"""数据看板 and 会话复核 as pages: who finds them, what stands there, the file, and what an editor takes along."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest

from bot.ports import Ports
from bot.services import unclear
from tests.web.conftest import SignIn
from tests.web.talked import said
from tests.web.visits import token

HOME = "yh.d1"


@pytest.fixture
def talk(ports: Ports, person: Callable[..., int]) -> int:
    """Six patients asked for a number, one of them for a person; gives that talk."""
    for n in range(6):
        said(ports, person(f"o-{n}"), wish="book", department_id=HOME)
    return said(ports, person("o-lost"), text="<b>那个怎么弄", wish="human_agent", outcome="person")


def test_the_board_shows_the_figures_with_a_table_beside_each_chart(sign_in: SignIn, talk: int) -> None:
    page = sign_in("operator").get("/console/insight").text
    assert "<b>7</b>" in page  # patients
    assert "1 / 7 次" in page
    assert "挂号、预约" in page
    assert page.count('<svg class="chart"') == page.count("<table>") > 4
    assert "style=" not in page
    assert "<b>那个怎么弄" not in page


def test_a_head_finds_his_department_and_no_choice_of_others(sign_in: SignIn, talk: int) -> None:
    page = sign_in("head", department_id=HOME).get("/console/insight?days=30").text
    assert "心血管内科" in page
    assert 'name="department"' not in page
    assert "医生按时回答" in page
    assert "没送到的通知" not in page


def test_an_editor_finds_topics_and_fallback_only(sign_in: SignIn, talk: int) -> None:
    page = sign_in("editor").get("/console/insight").text
    assert "没帮上的对话" in page
    assert "医生按时回答" not in page


@pytest.mark.parametrize("query", ["?days=5", "?days=x", "?days=-7", "?department=我叫李雷"])
def test_odd_questions_get_a_page_that_says_so(sign_in: SignIn, query: str) -> None:
    answer = sign_in("operator").get(f"/console/insight{query}")
    assert answer.status_code == 400
    assert "李雷" not in answer.text


def test_the_file_has_the_same_figures(sign_in: SignIn, talk: int) -> None:
    answer = sign_in("auditor").get("/console/insight.csv?days=7")
    assert answer.mimetype == "text/csv"
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert rows[0] == ["类别", "日期或名称", "项目", "数值"]
    assert ["对话", "合计", "患者", "7"] in rows
    assert ["想办的事", "挂号、预约", "患者", "6"] in rows
    assert ["想办的事", "人工服务", "患者", "1"] not in rows


@pytest.mark.parametrize("role", ["doctor", "finance", "service"])
def test_others_have_no_such_pages(sign_in: SignIn, talk: int, role: str) -> None:
    browser = sign_in(role, department_id=HOME)
    for path in ("insight", "insight.csv", "reviews", f"reviews/{talk}?reason=quality"):
        assert browser.get(f"/console/{path}").status_code == 403


def test_a_talk_opens_after_a_reason_was_given(sign_in: SignIn, talk: int) -> None:
    browser = sign_in("auditor")
    assert f"/console/reviews/{talk}" in browser.get("/console/reviews").text
    assert "没有不顺的对话" in browser.get("/console/reviews?trouble=missed").text
    closed = browser.get(f"/console/reviews/{talk}").text
    assert "为什么要看" in closed
    assert "那个怎么弄" not in closed
    page = browser.get(f"/console/reviews/{talk}?reason=quality").text
    assert "&lt;b&gt;那个怎么弄" in page
    assert "放进" not in page  # an auditor changes nothing
    assert browser.get(f"/console/reviews/{talk}?reason=curious").status_code == 400
    assert browser.get("/console/reviews/99999?reason=quality").status_code == 404
    assert browser.get("/console/reviews/99999999999999?reason=quality").status_code == 404


def test_an_editor_puts_words_among_those_not_understood(sign_in: SignIn, ports: Ports, talk: int) -> None:
    browser = sign_in("editor")
    page = browser.get(f"/console/reviews/{talk}?reason=learning").text
    form = {"csrf_token": token(page), "reason": "learning"}
    done = browser.post(f"/console/reviews/{talk}/learn", data=form, follow_redirects=True)
    assert "已放进" in done.text
    assert "那个怎么弄" in done.text
    assert unclear.counts(ports) == {"waiting": 1}
    operator = sign_in("operator")
    assert operator.post(f"/console/reviews/{talk}/learn", data=form).status_code == 403
