"""One item over the years on a narrow phone: a picture in the chat, a drawing on the page, both readable."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from playwright.sync_api import expect

from tests.browser.phone import WAIT, Phone

SMALLEST = 10.5  # pixels of a letter on the drawing


def test_a_patient_follows_one_value_over_the_years(phone: Phone, guide: dict[str, Any]) -> None:
    phone.say("绑定就诊卡")
    phone.bind(guide["patients"][0])
    phone.say("我的报告")
    phone.tap("血糖与糖化血红蛋白")
    phone.tap("看变化")
    assert "近三年的结果" in phone.tap("糖化血红蛋白")
    picture = phone.find(".row.bot img.picture")  # a moment after the words
    expect(picture).to_be_visible(timeout=WAIT)
    shown = "(image) => image.decode().then(() => [image.naturalWidth, image.naturalHeight])"
    assert picture.evaluate(shown) == [1020, 690]
    _keep(phone, "chat")
    phone.find(".row.bot").filter(has_text="看完整的变化图").get_by_text("看完整的变化图").click()
    drawing = phone.inside.locator("svg.trend")
    expect(drawing).to_be_visible()
    _fits(phone)
    letters = drawing.locator("text").evaluate_all("(all) => all.map((one) => one.getBoundingClientRect().height)")
    assert min(letters) >= SMALLEST
    assert phone.inside.locator("table.values tbody tr").count() == drawing.locator("circle").count()
    _keep(phone, "page")
    phone.inside.get_by_role("button", name="大字").click()
    _fits(phone)
    _keep(phone, "large")


def _fits(phone: Phone) -> None:
    assert phone.inside.locator("html").evaluate("(page) => page.scrollWidth - page.clientWidth") <= 0


def _keep(phone: Phone, name: str) -> None:
    """For whoever looks himself: `TREND_PICTURES=<folder>`."""
    folder = os.environ.get("TREND_PICTURES")
    if folder:
        phone.page.screenshot(path=str(Path(folder) / f"trend-{name}.png"))
