"""A member of staff at the console."""

from __future__ import annotations

from typing import Any

import httpx
from playwright.sync_api import Page

from tests.signing_in import Authenticator, sign_in_on

_phone = Authenticator()
_kept: dict[tuple[str, str], Any] = {}  # (address, name) → the cookies of a session that may go on


class Console:
    """One signed-in browser page."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self._site, self.url = page, url, f"{url}/console"

    def sign_in(self, username: str) -> Console:
        """As one of the demo's staff. A code counts once: whoever is signed in elsewhere goes on in that session."""
        kept = _kept.get((self._site, username))
        if kept:
            self.page.context.add_cookies(kept)
        self.page.goto(f"{self.url}/")
        if "/signin" in self.page.url:
            one = self._login(username)
            code = _phone.code(one["totp_secret"])
            sign_in_on(self.page, f"{self.url}/signin", username, one["password"], code)
            _kept[self._site, username] = self.page.context.cookies(f"{self.url}/")
        return self

    def _login(self, username: str) -> dict[str, str]:
        guide = httpx.get(f"{self._site}/sim/guide", trust_env=False).json()["guide"]
        return next(dict(one) for one in guide["staff"] if one["username"] == username)

    def open(self, words: str) -> None:
        """Open the waiting question that holds these words."""
        self.page.goto(f"{self.url}/questions")
        self.page.locator("[data-row]").filter(has_text=words).click()
        self.page.wait_for_url("**/questions/q_*")

    def claim(self) -> None:
        self.page.click("[data-key=claim]")
        self.page.wait_for_selector("textarea[data-draft]")

    def answer(self, text: str) -> None:
        self.page.fill("textarea[data-draft]", text)
        self.page.click("[data-send]")
        self.page.wait_for_url("**/questions?sent=*")

    @property
    def text(self) -> str:
        return self.page.inner_text("main")


def too_wide(page: Page) -> list[str]:
    """Elements that stick out of the screen's right edge and make the whole page scroll sideways."""
    found: list[str] = page.evaluate(
        """() => document.documentElement.scrollWidth <= innerWidth ? [] : [...document.querySelectorAll("body *")]
            .filter((node) => node.getBoundingClientRect().right > innerWidth + 1)
            .map((node) => `${node.tagName}.${node.className} ${node.textContent.slice(0, 20)}`)"""
    )
    return found
