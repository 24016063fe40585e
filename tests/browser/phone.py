"""A patient's phone in the simulator, used with fingers: typing, tapping, looking."""

from __future__ import annotations

import re
from collections.abc import Mapping

from playwright.sync_api import FrameLocator, Locator, Page, expect

from tests.browsers import PATIENCE

WAIT = PATIENCE  # for one answer; a turn takes one or two seconds


class Phone:
    """The active phone of one browser page."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        page.goto(url)
        expect(self.answers).to_have_count(1, timeout=WAIT)  # the greeting

    def find(self, selector: str) -> Locator:
        return self.page.locator(f".phone.active {selector}")

    @property
    def answers(self) -> Locator:
        return self.find(".row.bot")

    @property
    def last(self) -> str:
        return self.answers.last.inner_text()

    @property
    def choices(self) -> list[str]:
        """The quick replies under the last answer."""
        return self.answers.last.locator(".choice-label").all_inner_texts()

    def say(self, text: str) -> str:
        """Type and send; the answer's text."""
        before = self.answers.count()
        self.find(".input").fill(text)
        self.find(".input").press("Enter")
        return self.answered(before)

    def tap(self, label: str) -> str:
        """Tap the last answer's first quick reply whose label begins with `label`; the next answer's text."""
        before, shown = self.answers.count(), self.choices
        place = next((n for n, known in enumerate(shown) if known.startswith(label)), None)
        assert place is not None, f"no {label!r} among {shown}"
        self.answers.last.locator(".choice").nth(place).click()
        return self.answered(before)

    def menu(self, top: str, leaf: str) -> None:
        self.find(".menu-top").filter(has_text=top).click()
        self.find(".menu-leaf").filter(has_text=leaf).click()

    def answered(self, before: int) -> str:
        """Wait until there are more answers than `before`; the last one's text."""
        expect(self.answers.nth(before)).to_be_visible(timeout=WAIT)
        expect(self.answers.last).not_to_contain_text("正在办", timeout=WAIT)  # what was promised follows by itself
        return self.last

    def bind(self, patient: Mapping[str, str]) -> str:
        """Answer the card form's questions; the code comes as a text message to this phone."""
        self.use_number(patient["phone"])
        self.say(patient["name"])
        self.say(patient["id_number"])
        return self.say(self.code_after(patient["phone"]))

    def use_number(self, number: str) -> None:
        """Put another SIM card in."""
        self.find(".open-settings").click()
        field = self.find(".sheet").get_by_label("本机号码")
        field.fill(number)
        field.blur()
        self.find(".sheet-head .icon-button").click()

    def code_after(self, text: str) -> str:
        """Say this, and read the code from the text message that follows."""
        codes = self.find(".sms-text").filter(has_text="验证码")
        before = codes.count()
        assert "短信验证码" in self.say(text)
        expect(codes.nth(before)).to_be_visible(timeout=WAIT)
        found = re.search(r"[0-9]{6}", codes.nth(before).inner_text())
        assert found
        return found[0]

    def switch(self, label: str) -> None:
        """Turn one of the network switches."""
        self.find(".open-settings").click()
        self.find(".sheet").get_by_label(label).click()
        self.find(".sheet-head .icon-button").click()

    @property
    def inside(self) -> FrameLocator:
        """The H5 page that is open over the chat."""
        return self.page.frame_locator(".phone.active .overlay-frame")

    def close_page(self) -> None:
        self.find(".overlay-close").click()
        expect(self.find(".overlay")).to_be_hidden()
