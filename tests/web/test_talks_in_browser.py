"""A written talk in Chromium: it rings and stands on top at its time, runs without a reload, and fits a phone."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from bot import clock
from bot.ports import Ports
from bot.services import staff
from tests.browser.console import too_wide
from tests.browser.pictures import keep
from tests.browsers import NARROW
from tests.web.conftest import PASSWORD
from tests.web.hospital import HEART
from tests.web.test_console_talks import TIME, Appointed

ASK_NOW = "document.dispatchEvent(new Event('visibilitychange'))"  # as when one comes back to the tab


@pytest.fixture
def talk(ports: Ports, person: Callable[..., int]) -> Appointed:
    staff.ensure(ports, members=[staff.Member("chen", "陈晓明", "doctor", PASSWORD, HEART.id)])
    return Appointed(ports, person("o-li"))


@pytest.fixture
def page(browser: Browser, address: str, talk: Appointed) -> Page:
    page = browser.new_context(viewport=NARROW).new_page()
    page.goto(f"{address}/console/signin")
    page.fill("#username", "chen")
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_selector("[data-sound]:not([hidden])")
    return page


def test_a_talk_rings_at_its_time_and_runs_without_a_reload(page: Page, talk: Appointed) -> None:
    page.click("[data-sound]")
    expect(page).to_have_title(re.compile(r"^\(1\) "))
    with clock.frozen(TIME):
        page.evaluate(ASK_NOW)
        expect(page).to_have_title(re.compile(r"^\(2\) "))
        assert page.get_attribute("[data-sound]", "data-rang") == "2"
        expect(page.locator("[data-row]").first).to_contain_text("文字咨询 16:00")
        keep(page, "talk-1-desk")
        page.locator("[data-row]").first.click()
        keep(page, "talk-2-before")
        page.click("[data-key=claim]")
        page.wait_for_selector("textarea[data-draft]")
        talk.write("医生好，拍片结果出来了，说是半月板二度损伤，要紧吗？")
        page.evaluate(ASK_NOW)
        expect(page.locator("[data-live]")).to_contain_text("半月板")
        page.fill("textarea[data-draft]", "不用手术，先休息两周。")
        page.click("[data-send]")
        expect(page.locator("[data-live]")).to_contain_text("先休息两周")
        expect(page.locator("textarea[data-draft]")).to_have_value("")  # what was sent is no draft any more
        assert too_wide(page) == []
        keep(page, "talk-3-running")
        page.click("text=结束咨询")
        expect(page.locator("[data-said]")).to_contain_text("可以写一段小结")
        keep(page, "talk-4-question")
    page.context.close()
