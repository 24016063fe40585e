"""The body map on a phone: every step at 390 and 320 px, in normal and in large type, by touch and by keyboard."""

from __future__ import annotations

import os
from pathlib import Path

from tests.web.test_h5_booking_in_browser import Phone, hospital, phone

__all__ = ["hospital", "phone"]
SEEN = os.environ.get("PEIZHEN_SCREENSHOTS")


def look(phone: Phone, name: str) -> None:
    """Keep a picture where somebody wants to see it."""
    if SEEN:
        phone.page.set_viewport_size({"width": 390, "height": 844})
        phone.page.screenshot(path=str(Path(SEEN) / f"{name}.png"), full_page=True)


def finish(phone: Phone) -> None:
    for _ in range(3):
        if phone.page.get_by_role("button", name="说不清").count() == 0:
            return
        phone.press("说不清")


def test_from_the_drawing_to_a_number(phone: Phone) -> None:
    phone.go("/h5/body")
    look(phone, "body-adult-front")
    phone.press("膝盖")
    phone.sees("怎么不舒服")
    look(phone, "body-part")
    phone.press("膝盖疼")
    look(phone, "body-ask")
    finish(phone)
    phone.sees("骨科")
    look(phone, "body-result")
    phone.page.locator("a[href*='/slot/']").first.click()
    phone.press("确认挂号")
    phone.sees("约好了")
    phone.sees("预问诊")
    phone.press("给医生看")
    phone.sees("会和这个号一起给医生看")
    look(phone, "booking-summary")
    phone.press("收回，不给医生看")
    phone.sees("不给也不影响看病")


def test_the_childs_back_is_another_picture_and_the_keyboard_reaches_it(phone: Phone) -> None:
    phone.go("/h5/body")
    phone.tap("孩子")
    phone.tap("背面")
    look(phone, "body-child-back")
    assert phone.page.get_by_role("button", name="屁股").count() == 1
    phone.page.get_by_role("button", name="腰").focus()
    phone.page.keyboard.press("Enter")
    phone.page.wait_for_load_state()
    phone.sees("腰，怎么不舒服")


def test_in_large_type_no_label_leaves_its_area(phone: Phone) -> None:
    phone.go("/h5/body")
    phone.page.evaluate("document.documentElement.classList.add('large')")
    wide = "[...document.querySelectorAll('svg.figure button')].filter(b => b.scrollWidth > b.clientWidth + 1).length"
    assert phone.page.evaluate(wide) == 0
    look(phone, "body-large")
