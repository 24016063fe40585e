"""客服 and 运维 pages in Chromium on a phone: a talk whose patient leaves meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from bot.ports import Ports
from bot.services import handoff_rows, mydata, staff
from tests.web.conftest import PASSWORD

SignedIn = Callable[[str], Page]


@pytest.fixture
def signed_in(browser: Browser, address: str, ports: Ports) -> Iterator[SignedIn]:
    """A phone of 390 px on which a member of this role is signed in; afterwards nothing may have complained."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, base_url=f"{address}/console/")
    complaints: list[str] = []

    def enter(role: str) -> Page:
        staff.ensure(ports, members=[staff.Member(role, "小兰", role, PASSWORD)])
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto("signin")
        page.fill("#username", role)
        page.fill("#password", PASSWORD)
        page.press("#password", "Enter")
        page.wait_for_url(lambda url: "/signin" not in url)
        return page

    yield enter
    assert complaints == []
    context.close()


def test_a_patient_leaves_while_somebody_writes_to_him(
    signed_in: SignedIn, ports: Ports, person: Callable[..., int]
) -> None:
    person_id = person("o-leaves")
    with ports.transaction() as session:
        facts = {"way": "console", "state": "queued", "doing": "挂号", "account": ""}
        ref = handoff_rows.begin(ports, session, person_id=person_id, key="h1", **facts).ref
    page = signed_in("service")
    page.goto(f"handoffs/{ref}")
    page.get_by_role("button", name="我来接待").click()
    page.fill("textarea", "我查一下")
    mydata.erase(ports, person_id=person_id)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # asks at once
    expect(page.locator("main")).to_contain_text("患者已经离开")
    expect(page.locator("[data-live-state]")).to_have_text("")
    expect(page.locator("textarea")).to_be_disabled()
