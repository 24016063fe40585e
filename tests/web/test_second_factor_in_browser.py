"""Coming in for the first time in Chromium: first password, phone, recovery codes, work."""

from __future__ import annotations

import os

from playwright.sync_api import Browser, Page

from bot.ports import Ports
from bot.services import accounts, staff
from tests.accessible import troubles
from tests.browsers import NARROW
from tests.signing_in import code, sign_in_on
from tests.web.conftest import PASSWORD

NEW = "一句好记的长话，有点长"


def right(page: Page) -> None:
    """Nothing grave, nothing wider than the phone."""
    assert troubles(page) == [], page.url
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url
    if folder := os.environ.get("PICTURES"):
        page.screenshot(path=f"{folder}/{page.title().partition(' ')[0]}.png", full_page=True)


def test_the_first_time_ends_at_work(browser: Browser, address: str, ports: Ports) -> None:
    ports.rules["second_factor_roles"] = ["editor"]  # type: ignore[index]
    boss = staff.ensure(ports, members=[staff.Member("boss", "老板", "operator", PASSWORD)])[0]
    made = accounts.create(ports, staff=boss, username="xin", name="新来的", place=accounts.Place("editor"))
    context = browser.new_context(viewport=NARROW)  # type: ignore[arg-type]
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.goto(f"{address}/console/signin")
    right(page)
    sign_in_on(page, f"{address}/console/", "xin", made.password)
    page.wait_for_url("**/console/password")
    right(page)
    page.fill("#password", made.password)
    page.fill("#new", NEW)
    page.fill("#again", NEW)
    page.press("#again", "Enter")
    page.wait_for_url("**/console/phone")
    assert page.locator(".qr svg").bounding_box()["height"] > 150  # type: ignore[index]
    right(page)
    page.fill("#code", code(page.inner_text("[data-secret]").replace(" ", "")))
    page.press("#code", "Enter")
    page.wait_for_selector("ol.codes")
    assert page.locator("ol.codes li").count() == 10
    right(page)
    page.get_by_role("link", name="开始工作").click()
    page.wait_for_url("**/console/answered")
    page.get_by_role("link", name="新来的").click()
    page.wait_for_url("**/console/me")
    right(page)
    assert complaints == []
    context.close()
