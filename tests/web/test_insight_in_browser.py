"""数据看板 and 会话复核 in Chromium, on phones and at the desk: everything fits, nothing complains."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from bot.ports import Ports
from bot.services import staff
from tests.web.conftest import PASSWORD
from tests.web.talked import said

WISHES = {"book": 6, "triage": 5, "reports_list": 7, "parking_traffic": 5, "price_exam": 2}
WIDER = """() => [...document.querySelectorAll("html, body, main *:not(svg *)")]
    .filter((one) => one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).display !== "inline")
    .filter((one) => !one.closest(".scroll") && one.className !== "hear").map((one) => one.tagName + one.className)"""


@pytest.fixture
def talk(ports: Ports, person: Callable[..., int]) -> int:
    """A week of questions; gives a talk that went wrong."""
    people = [person(f"o-{n}") for n in range(8)]
    for wish, many in WISHES.items():
        for n in range(many):
            said(ports, people[n], wish=wish, department_id="yh.d1", ago=n % 4)
    for person_id in people[:3]:
        said(ports, person_id, wish="nlu_fallback", outcome="missed", ago=1)
    return said(ports, people[0], text="那个" * 60, answer="没听懂。" * 20, wish="human_agent", outcome="person")


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_the_board_and_a_talk_fit(browser: Browser, address: str, ports: Ports, talk: int, width: int) -> None:
    staff.ensure(ports, members=[staff.Member("operator", "小兰", "operator", PASSWORD)])
    context = browser.new_context(viewport={"width": width, "height": 844}, base_url=f"{address}/console/")
    page, complaints = context.new_page(), list[str]()
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    _enter(page)
    for path in ("insight", "reviews", f"reviews/{talk}?reason=quality"):
        page.goto(path)
        assert page.evaluate(WIDER) == [], path
        _shot(page, f"{path.partition('/')[0]}{len(path)}-{width}")
    page.goto("insight")
    expect(page.locator("svg.chart text").first).to_be_visible()
    assert min(page.locator("svg.chart text").evaluate_all(HEIGHTS)) >= 10  # px
    page.get_by_text("看数字").first.click()
    expect(page.get_by_role("region").first).to_be_visible()
    assert complaints == []
    context.close()


HEIGHTS = "(all) => all.map((one) => one.getBoundingClientRect().height)"


def _enter(page: Page) -> None:
    page.goto("signin")
    page.fill("#username", "operator")
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_url(lambda url: "/signin" not in url)


def _shot(page: Page, name: str) -> None:
    """Where somebody wants to look: SHOTS names a folder."""
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
