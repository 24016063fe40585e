"""群发 on a phone: lengths while writing, only the fields that are needed, hostile words stay words, one approves, one stops."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from bot.ports import Ports
from bot.services import staff
from tests.signing_in import sign_in_on
from tests.web.conftest import PASSWORD

HOSTILE = "<img src=x onerror='window.pwned=1'>{{ 7*7 }}"


@pytest.fixture
def pages(browser: Browser, address: str, ports: Ports) -> Iterator[list[Page]]:
    """An editor's and an operator's phone; afterwards nothing may have run or broken the policy."""
    members = [staff.Member(name, f"{name}姓名", name, PASSWORD) for name in ("editor", "operator")]
    staff.ensure(ports, members=members)
    contexts = [browser.new_context(viewport={"width": 390, "height": 844}) for _ in members]
    complaints: list[str] = []
    found = [context.new_page() for context in contexts]
    for page, member in zip(found, members, strict=True):
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        sign_in_on(page, f"{address}/console/signin", member.username, PASSWORD)
    yield found
    assert complaints == []
    for context in contexts:
        context.close()


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def test_one_writes_another_approves_and_stops(pages: list[Page], address: str) -> None:
    editor, operator = pages
    editor.goto(f"{address}/console/broadcasts/new")
    expect(editor.locator("#digest")).to_be_hidden()
    editor.fill("#title", HOSTILE)
    editor.fill("#body", "字" * 401)
    expect(editor.locator("[data-count=body]")).to_have_text("401 / 400")
    assert not editor.evaluate("document.querySelector('form[data-main]').checkValidity()")
    editor.select_option("#way", "mass")
    expect(editor.locator("#digest")).to_be_visible()
    expect(editor.locator("[data-count=body]")).to_have_text("401 / 8000")
    editor.select_option("#way", "notice")
    editor.fill("#body", f"周末也开。{HOSTILE}")
    editor.click("[data-send]")
    editor.wait_for_url("**/broadcasts/n_*")
    assert fits(editor)
    for box in editor.locator("[name=ticked]").all():
        box.check()
    editor.get_by_role("button", name="提交审批").click()
    expect(editor.get_by_text("你写过其中的内容")).to_be_visible()
    operator.goto(editor.url)
    assert HOSTILE in operator.inner_text("p.words")
    assert operator.evaluate("window.pwned") is None
    assert fits(operator)
    operator.get_by_role("button", name="批准发送").click()
    expect(operator.locator("[data-said]")).to_contain_text("已批准")
    operator.goto(f"{address}/console/broadcasts")
    operator.locator("details summary").click()
    operator.fill("#why", "内容有误")
    operator.get_by_role("button", name="马上全部停下").click()
    expect(operator.locator(".trouble")).to_contain_text("operator姓名")
    assert fits(operator)
    editor.reload()
    expect(editor.locator(".trouble")).to_contain_text("内容有误")
    expect(editor.locator(".head .tag")).to_have_text("已停止")
