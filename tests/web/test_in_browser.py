"""The console in Chromium: hostile words do nothing, keys work, drafts come back, phones fit."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from bot.ports import Ports
from bot.services import consult, staff
from tests.browsers import PATIENCE
from tests.signing_in import sign_in_on
from tests.web.conftest import PASSWORD
from tests.web.hospital import HEART

HOSTILE = [
    "<script>window.pwned=1</script>",
    "<img src=x onerror='window.pwned=1'>",
    '"><svg onload=window.pwned=1>',
    "</textarea><iframe srcdoc='<script>parent.pwned=1</script>'>",
    "javascript:window.pwned=1//'\";{{ 7*7 }}{% raise %}",
    "<a href='javascript:window.pwned=1' autofocus onfocus=window.pwned=1>点我</a>",
    "<style>*{display:none}</style>",
    "看不见\u202e的\u200b字" + "很长" * 400,
]


@pytest.fixture
def page(browser: Browser, address: str, ports: Ports) -> Iterator[Page]:
    """A doctor's browser of phone width, signed in; afterwards nothing may have run or broken the policy."""
    staff.ensure(ports, members=[staff.Member("chen", "陈晓明", "doctor", PASSWORD, HEART.id)])
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    sign_in_on(page, f"{address}/console/signin", "chen", PASSWORD)
    yield page
    assert complaints == []
    context.close()


@pytest.fixture
def ask(ports: Ports, person: Callable[..., int]) -> Callable[[str], str]:
    person_id = person("o-asker")

    def one(text: str) -> str:
        key = f"k{len(consult.mine(ports, person_id=person_id))}"
        facts = {"department_id": HEART.id, "doctor_id": None, "red_flag": False, "key": key}
        return consult.ask(ports, person_id=person_id, text=f"医生你好 {text}", **facts).ref

    return one


def narrow(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def test_hostile_questions_stay_words(page: Page, ask: Callable[[str], str]) -> None:
    refs = [ask(text) for text in HOSTILE]
    page.reload()
    assert page.locator("[data-row]").count() == len(HOSTILE)
    assert narrow(page)
    for ref, text in zip(refs, HOSTILE, strict=True):
        page.goto(page.url.split("/console/")[0] + f"/console/questions/{ref}")
        assert page.locator("p.words").first.inner_text() == f"医生你好 {text}"
        assert page.evaluate("window.pwned") is None
        assert narrow(page)


def test_a_question_is_answered_without_the_mouse(page: Page, ask: Callable[[str], str], ports: Ports) -> None:
    ask("第一个问题")
    ask("第二个问题")
    page.reload()
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/console/questions/q_*")
    assert "第二个问题" in page.inner_text("main")
    page.keyboard.press("c")
    page.wait_for_selector("textarea")
    page.keyboard.type("请明天来门诊。")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/console/questions?sent=*")
    assert "回答已发给患者" in page.inner_text("main")
    assert page.evaluate("Object.keys(localStorage).length") == 0
    assert [q.state for q in consult.mine(ports, person_id=1)] == ["answered", "waiting"]


def test_a_draft_survives_and_ends_with_signing_out(page: Page, ask: Callable[[str], str]) -> None:
    ref = ask("一个问题")
    page.goto(page.url + f"/{ref}")
    page.click("[data-key=claim]")
    page.fill("textarea", "写了一半")
    page.goto(page.url)
    assert page.input_value("textarea") == "写了一半"
    page.click("[data-signout] button")
    page.wait_for_url(lambda url: "/console/signin" in url)  # the page tidies its own address as soon as it is there
    assert page.evaluate("Object.keys(localStorage).length") == 0


def test_a_new_question_appears_by_itself(page: Page, ask: Callable[[str], str]) -> None:
    assert page.locator("[data-row]").count() == 0
    ask("刚刚提的问题")
    page.wait_for_selector("[data-row]", timeout=PATIENCE)  # the list asks every 5 s
    assert "刚刚" in page.inner_text("[data-row] time[data-age]")
