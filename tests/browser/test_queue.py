"""Waiting, on screens: the page reports, a scanned sign proves it, and the page shows it by itself."""

from __future__ import annotations

from playwright.sync_api import expect

DEPARTMENT = "心血管内科"


def test_a_scanned_sign_checks_in_and_the_open_page_shows_it(phone, guide, allow):
    allow(422)  # the button before there is a proof
    phone.say("挂今天心内科的号")
    phone.bind(guide["patients"][3])
    phone.say("11点")
    assert "挂好了" in phone.say("确认")

    phone.menu("我的", "我的就诊")
    phone.inside.get_by_text("今天的候诊").click()
    expect(phone.inside.locator(".live")).to_contain_text("没报到")
    phone.inside.get_by_role("button", name="报到").click()
    expect(phone.inside.locator(".note")).to_contain_text("报到码")
    phone.inside.get_by_role("button", name="大字").click()
    assert phone.inside.locator("html").evaluate("(page) => page.scrollWidth - page.clientWidth") <= 0
    phone.close_page()

    before = phone.answers.count()
    phone.find(".plus").click()
    phone.find(".drawer").get_by_text("扫一扫").click()
    phone.find(".sheet").get_by_text(f"{DEPARTMENT}报到码").click()
    assert "报到好了" in phone.answered(before)
    before = phone.answers.count()
    phone.find(".plus").click()
    phone.find(".drawer").get_by_text("位置").click()
    phone.answered(before)

    phone.menu("我的", "我的就诊")
    phone.inside.get_by_text("今天的候诊").click()
    expect(phone.inside.locator(".live")).to_contain_text("已报到")
    expect(phone.inside.get_by_role("button", name="报到")).to_have_count(0)
    phone.close_page()
