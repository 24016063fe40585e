"""The way to a number on a phone, by taps alone: on the narrowest and the usual screen, in normal and in large type."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page, expect

from bot.ports import Ports
from bot.services import booking, news, waitlist_filling
from tests.factories import a_card, a_person, someone
from tests.web.numbers import BONES, TUESDAY, Booker, Clinics

Enter = Callable[[str], tuple[FlaskClient, int]]
SIZES = [(390, False), (390, True), (320, False), (320, True)]  # width, large type
SMALLEST_TAP = 44  # CSS pixels
TOO_SMALL = """least => [...document.querySelectorAll("main a, main button, main summary")]
    .filter(e => e.offsetParent && e.tabIndex >= 0).map(e => [e.textContent.trim(), e.getBoundingClientRect()])
    .filter(([, box]) => box.height < least || box.width < least).map(([text]) => text)"""


@pytest.fixture
def hospital() -> Clinics:
    return Clinics()


@dataclass
class Phone:
    """A signed-in page on which every step is looked at: nothing wider than the screen, nothing too small to hit."""

    page: Page
    li: Booker

    def go(self, path: str) -> None:
        self.page.goto(path)
        self._look()

    def tap(self, name: str, *, role: str = "link") -> None:
        self.page.get_by_role(role, name=name).first.click()  # type: ignore[arg-type]
        self.page.wait_for_load_state()
        self._look()

    def press(self, name: str) -> None:
        self.tap(name, role="button")

    def sees(self, text: str) -> None:
        expect(self.page.locator("main")).to_contain_text(text)

    def _look(self) -> None:
        """On every size; the last one, the narrowest in large type, is where the next tap happens."""
        for width, large in SIZES:
            self.page.set_viewport_size({"width": width, "height": 700})
            self.page.evaluate("large => document.documentElement.classList.toggle('large', large)", large)
            where = (self.page.url, width, large)
            assert self.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), where
            assert self.page.evaluate(TOO_SMALL, SMALLEST_TAP) == [], where


@pytest.fixture
def phone(browser: Browser, address: str, patient: Enter, ports: Ports) -> Iterator[Phone]:
    client, person_id = patient("o-li")
    cookie = client.get_cookie("h5", path="/h5")
    assert cookie is not None
    context = browser.new_context(base_url=address, has_touch=True)
    context.add_cookies([{"name": "h5", "value": cookie.value, "url": f"{address}/h5"}])
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield Phone(page, Booker(client, person_id, ports))
    assert [each for each in complaints if "status of 4" not in each] == []  # a refusal is a page with its number
    context.close()


def test_a_number_is_booked_moved_and_given_back(phone: Phone) -> None:
    phone.go("/h5/me")
    phone.tap("预约挂号")
    phone.sees("看哪个科")
    phone.page.fill("input[name=q]", "骨")
    phone.press("查找")
    phone.tap("骨科", exact=True) if phone.page.get_by_role("link", name="骨科", exact=True).count() else phone.tap(
        "骨科"
    )
    phone.tap("11月24日")
    phone.tap("09:30")
    phone.sees("50 元")
    phone.press("确认挂号")
    phone.sees("约好了")
    phone.tap("改时间")
    phone.tap("11月25日")
    phone.tap("14:00")
    phone.press("确认改约")
    phone.sees("改好了")
    phone.tap("取消预约")
    phone.sees("真的要取消")
    phone.press("确认取消")
    phone.sees("已经取消")
    phone.tap("‹ 我的预约")
    phone.sees("以前的")
    phone.sees("已取消")
    assert phone.li.mine() == []


def test_a_full_day_is_waited_for_and_the_place_taken(phone: Phone, hospital: Clinics, ports: Ports) -> None:
    hospital.capacity = 1
    sold = []
    for offer in booking.offers(ports, department_id=BONES, day=TUESDAY):
        person = a_person(ports)
        facts = {"person_id": person, "card_ref": a_card(ports, person).ref, "slot_id": offer.slot_id}
        sold.append((person, booking.book(ports, key=offer.slot_id, **facts)))
    phone.go(f"{phone.li.home}/{BONES}")
    phone.tap("11月24日")
    phone.sees("约满")
    phone.tap("候补这一天")
    phone.page.get_by_label("上午").check()
    phone.press("排上")
    phone.sees("前面还有")
    person, made = sold[0]
    booking.cancel(ports, person_id=person, ref=made.ref, key="c")
    waitlist_filling.tick(ports)
    phone.go("/h5/waits")
    phone.sees("有号了")
    phone.press("接受")
    phone.sees("约好了")


def test_what_cannot_be_says_why_and_leads_on(phone: Phone, hospital: Clinics, ports: Ports) -> None:
    a_card(ports, phone.li.person_id, someone("欧阳震华"), relation="father")
    phone.go("/h5/book")
    phone.tap("李*")
    phone.tap("妇女保健科")
    phone.sees("只看女性")
    phone.tap("换个科室")
    phone.sees("看哪个科")
    made = phone.li.book()
    for half in ("am", "pm"):
        hospital.close_session(session_id=f"yh.h01-20261124-{half}", key=half)
    news.hear(ports)
    phone.go(f"/h5/bookings/{made.ref}")
    phone.tap("看看别的时间")
    phone.tap("11月24日")
    phone.sees("医生这一天停诊")
    phone.go(f"{phone.li.home}/{BONES}?day=2026-02-30")
    phone.sees("这个日期挂不了")
