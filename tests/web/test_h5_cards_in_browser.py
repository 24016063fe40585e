"""The pages for cards on a phone: bound with fingers, nothing wider than the screen, also in large type."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page, expect

from bot.ports import Ports
from bot.services import callers, cards
from tests.factories import FakeSms, prove

LI = {"name": "李小明", "id_number": "110101199003070011", "phone": "13800138000"}


@pytest.fixture
def page(browser: Browser, address: str, patient: Callable[[str], tuple[FlaskClient, int]]) -> Iterator[Page]:
    """李小明's phone, the narrowest there is, signed in."""
    client, _ = patient("o-li")
    cookie = client.get_cookie("h5", path="/h5")
    assert cookie is not None
    context = browser.new_context(viewport={"width": 320, "height": 640}, base_url=address)
    context.add_cookies([{"name": "h5", "value": cookie.value, "url": f"{address}/h5"}])
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    assert complaints == []
    context.close()


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def test_a_card_is_bound_and_let_go_with_fingers(page: Page, ports: Ports) -> None:
    sms = ports.sms
    assert isinstance(sms, FakeSms)
    page.goto("/h5/me")
    page.get_by_role("link", name="绑定就诊卡").click()
    for name, value in LI.items():
        page.fill(f"#{name}", value)
    page.get_by_role("button", name="获取验证码").click()
    expect(page.get_by_role("status")).to_contain_text("138****8000")
    assert fits(page)
    page.fill("#sms_code", sms.code(LI["phone"]))
    page.select_option("#relation", "self")
    page.press("#sms_code", "Enter")
    expect(page.locator("main")).to_contain_text("李**")
    page.get_by_role("button", name="大字").click()
    assert fits(page)
    page.get_by_text("解绑这张卡").click()
    page.get_by_role("button", name="确认解绑").click()
    expect(page.locator("main")).to_contain_text("还没有绑定就诊卡")


def test_another_holder_is_cut_with_two_taps(page: Page, ports: Ports, person: Callable[..., int]) -> None:
    me = callers.person_of(ports, openid="o-li")
    assert me is not None
    other = person("o-other")
    for person_id in (me, other):
        prove(ports, person_id, LI["phone"])
        cards.bind(ports, person_id=person_id, key=f"k{person_id}", **LI)
    [mine] = cards.mine(ports, person_id=me)
    page.goto(f"/h5/cards/{mine.ref}")
    page.get_by_text("解除他的绑定").click()
    assert fits(page)
    page.get_by_role("button", name="确认解除").click()
    expect(page.locator("main")).to_contain_text("没有别的微信")
    assert cards.mine(ports, person_id=other) == []
