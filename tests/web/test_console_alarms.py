"""告警 on the console: plain words for operators alone, and it fits a phone."""

from __future__ import annotations

from datetime import timedelta

from playwright.sync_api import Browser

from bot import clock
from bot.db.changes import ChangeCursor
from bot.db.push import Notice
from bot.db.quotas import Quota
from bot.ports import Ports
from bot.services import bind_tries, resting, staff
from bot.web.console import alarms as page_of
from tests.signing_in import sign_in_on
from tests.web.conftest import NOW, PASSWORD, SignIn

HOUR = timedelta(hours=1)


def trouble(ports: Ports, person_id: int) -> None:
    """A silent hospital, many failed bindings and stuck notices."""
    facts = {"payload_sealed": ports.crypto.seal("{}"), "created_at": NOW, "due_at": NOW - HOUR}
    with ports.transaction() as session:
        session.add(ChangeCursor(hospital_id="yh", seen_until=NOW - HOUR))
        session.add(
            Quota(
                kind=bind_tries.FAILED_QUOTA,
                subject=bind_tries.EVERYBODY,
                day=(NOW + timedelta(hours=8)).date(),
                used=ports.rules["bind_failures_alarm"],
            )
        )
        for n in range(3):
            session.add(Notice(dedupe_key=f"n{n}", person_id=person_id, kind="stopped", **facts))


def test_operators_see_what_is_wrong_and_what_to_do(sign_in: SignIn, ports: Ports, person) -> None:
    operator = sign_in("operator")
    assert "现在没有告警" in operator.get("/console/alarms").text
    trouble(ports, person("o-li"))
    page = operator.get("/console/alarms").text
    for kind, count in (("silent_hospitals", "1 家"), ("stuck_notices", "3 条"), ("bind_failures", "100 次")):
        title, hint = page_of.WORDS[kind]
        assert title in page and hint in page and count in page
    assert page_of.WORDS["unknown_outcomes"][0] not in page


def test_what_wechat_does_not_take_now_is_said_on_both_pages(sign_in: SignIn, ports: Ports) -> None:
    until = clock.wire_seconds() + 3600
    facts = {"code": 45009, "reason": "day_quota", "until": until}
    resting.keep(ports.transaction, call="message/custom/send", **facts)
    operator = sign_in("operator")
    for path in ("alarms", "delivery"):
        page = operator.get(f"/console/{path}").text
        assert "微信暂时不让用" in page and "客服消息" in page and "公众号今天的发送次数用完了" in page
        assert "message/custom/send" not in page and "day_quota" not in page


def test_it_is_an_operators_first_page_and_nobody_elses(sign_in: SignIn) -> None:
    assert sign_in("operator").get("/console/").headers["Location"] == "/console/alarms"
    assert sign_in("doctor").get("/console/alarms").status_code == 403


def test_it_fits_a_phone(browser: Browser, address: str, ports: Ports, person) -> None:
    trouble(ports, person("o-li"))
    staff.ensure(ports, members=[staff.Member("ops", "王敏", "operator", PASSWORD)])
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    sign_in_on(page, f"{address}/console/signin", "ops", PASSWORD)
    page.wait_for_url("**/console/alarms")
    page.locator("summary").first.click()
    assert page.locator("summary").first.bounding_box()["height"] >= 40
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    context.close()
