"""客服 and 运维 pages in Chromium on a phone: a talk whose patient leaves meanwhile, a list that fits."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Page, expect

from bot.db.messages import Inbox
from bot.db.push import Notice, NoticeTry
from bot.ports import Ports
from bot.services import handoff_rows, inbox, mydata, staff
from tests.signing_in import sign_in_on
from tests.web.conftest import NOW, PASSWORD

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
        sign_in_on(page, "signin", role, PASSWORD)
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


WIDER = """() => [...document.querySelectorAll("html, body, main *")]
    .filter((one) => one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).display !== "inline")
    .filter((one) => one.tagName !== "INPUT").map((one) => one.tagName + one.className)"""


def test_what_was_not_delivered_fits_a_phone_and_scrolls_nowhere(
    signed_in: SignedIn, ports: Ports, person: Callable[..., int]
) -> None:
    person_id, sealed = person("o-gone"), ports.crypto.seal("{}")
    with ports.transaction() as session:
        facts = {"person_id": person_id, "payload_sealed": sealed, "due_at": NOW, "created_at": NOW, "attempts": 3}
        reason = "61004 operator_needed"
        row = Notice(dedupe_key="k", kind="visit_changed", state="undelivered", last_error=reason, **facts)
        session.add(row)
        session.flush()
        session.add(
            NoticeTry(notice_id=row.id, person_id=person_id, rung="template", at=NOW, state="later", reason=reason)
        )
        message = {"dedupe_key": "a" * 64, "person_id": person_id, "kind": "text", "body_sealed": sealed}
        session.execute(
            sa.insert(Inbox).values(**message, received_at=NOW, state="received", failure="his_unavailable")
        )
    inbox.quarantine(ports, reason="too deep or too large", digest="d" * 64, length=65536)
    page = signed_in("operator")
    page.goto("delivery")
    assert page.locator("tbody tr").count() == 3
    assert page.evaluate(WIDER) == []
    expect(page.get_by_role("button", name="处理好了")).to_be_in_viewport()
