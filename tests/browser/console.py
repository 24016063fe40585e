"""A member of staff at the console."""

from __future__ import annotations

from playwright.sync_api import Page

PASSWORD = "peizhen-demo"


class Console:
    """One signed-in browser page."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.url = page, f"{url}/console"

    def sign_in(self, username: str, password: str = PASSWORD) -> Console:
        self.page.goto(f"{self.url}/signin")
        self.page.fill("#username", username)
        self.page.fill("#password", password)
        self.page.press("#password", "Enter")
        self.page.wait_for_url(lambda url: "/signin" not in url)
        return self

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
