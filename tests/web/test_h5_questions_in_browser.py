"""Asking a doctor on a phone, by taps and a few words: on the narrowest and the usual screen, in normal and large type."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask.testing import FlaskClient
from playwright.sync_api import Browser

from bot.ports import Ports
from bot.services import consult, recommended
from tests.factories import a_staff
from tests.services.asked import TEXT, answer, ends
from tests.web.numbers import Booker, Clinics
from tests.web.test_h5_booking_in_browser import Phone

Enter = Callable[[str], tuple[FlaskClient, int]]
GRAVE = frozenset({"serious", "critical"})


@pytest.fixture
def hospital() -> Clinics:
    return Clinics()


@pytest.fixture
def phone(browser: Browser, address: str, patient: Enter, ports: Ports) -> Iterator[Phone]:
    client, person_id = patient("o-li")
    cookie = client.get_cookie("h5", path="/h5")
    assert cookie is not None
    context = browser.new_context(base_url=address, has_touch=True)
    context.add_cookies([{"name": "h5", "value": cookie.value, "url": f"{address}/h5"}])
    yield Phone(context.new_page(), Booker(client, person_id, ports))
    context.close()


def look(phone: Phone, name: str) -> None:
    """No grave finding of axe; kept as a picture where a folder is named."""
    found = Axe().run(phone.page).response["violations"]
    grave = [(each["id"], [node["target"] for node in each["nodes"]]) for each in found if each["impact"] in GRAVE]
    assert grave == [], name
    folder = os.environ.get("SCREENSHOTS")
    for width, large in ((390, False), (320, True)) if folder else ():
        phone.page.set_viewport_size({"width": width, "height": 700})
        phone.page.evaluate("large => document.documentElement.classList.toggle('large', large)", large)
        phone.page.screenshot(path=str(Path(str(folder)) / f"{name}-{width}.png"), full_page=True)


def test_a_question_is_asked_followed_and_rated(phone: Phone, ports: Ports, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recommended, "known", lambda: {"2026-11": {"yh.p02": "膝关节、肩关节损伤后的康复"}})
    doctor = a_staff(ports)
    phone.go("/h5/ask")
    look(phone, "ask")
    phone.tap("林晓燕")
    look(phone, "write")
    phone.tap("‹ 骨科")
    look(phone, "whom")
    phone.tap("哪位医生都行")
    phone.page.fill("textarea", TEXT)
    phone.page.get_by_label("没看过").check()
    phone.press("发给医生")
    phone.sees("第一次看这个问题")
    assert phone.page.input_value("textarea") == TEXT
    look(phone, "first-visit")
    phone.page.get_by_label("看过", exact=True).check()
    phone.press("发给医生")
    phone.sees("已经送到医生那里")
    look(phone, "sent")
    phone.press("几天")
    phone.press("跳过")
    ref = consult.mine(ports, person_id=phone.li.person_id)[0].ref
    ends(ports, doctor, ref, "asked_back", "ask_back", "多大年纪，有没有外伤？")
    phone.go(f"/h5/questions/{ref}")
    look(phone, "asked-back")
    phone.page.fill("textarea", "36岁，没有")
    phone.press("回复医生")
    answer(ports, doctor, ref, "先拍个负重位片，来门诊看看，平时少爬楼。")
    phone.go(f"/h5/questions/{ref}")
    look(phone, "answered")
    phone.page.get_by_label("很有帮助").check()
    phone.press("评价")
    phone.sees("您的评价")
    report = phone.li.ports.his.add_report(phone.li.card.patient_id, name="膝关节磁共振")  # type: ignore[attr-defined]
    assert report
    phone.tap("给医生看我的报告")
    look(phone, "reports")
    phone.press("同意给医生看")
    phone.sees("报告 1 份")
    phone.tap("约时间和医生聊")
    phone.page.locator("input[name=start]").first.check()
    look(phone, "times")
    phone.press("约这个时间")
    phone.sees("约好的咨询")
    look(phone, "appointed")
    phone.tap("‹ 我的提问")
    phone.sees("已回答")
    look(phone, "list")
