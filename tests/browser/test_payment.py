"""A number that is paid first, on screens: kept, paid in the cashier over the page, booked, and the chat says so."""

from __future__ import annotations

from playwright.sync_api import expect


def test_a_kept_number_is_paid_in_the_cashier_and_booked(phone, guide):
    phone.say("挂明天整形外科的号")
    phone.bind(guide["patients"][4])
    assert "微信支付" in phone.tap(phone.choices[0])
    assert "前付款" in phone.say("确认")
    phone.answers.last.get_by_text("去支付").click()
    cashier = phone.page.frame_locator(".phone.active .overlay-cashier")
    expect(cashier.locator(".amount").first).to_contain_text("¥")
    cashier.get_by_role("button", name="取消", exact=True).click()
    expect(phone.inside.locator("#pay")).to_be_enabled()
    assert phone.inside.locator("html").evaluate("(page) => page.scrollWidth - page.clientWidth") <= 0

    before = phone.answers.count()
    phone.inside.get_by_role("button", name="微信支付").click()
    cashier.get_by_role("button", name="支付", exact=True).click()
    cashier.get_by_role("button", name="完成").click()
    expect(phone.inside.get_by_text("已约好")).to_be_visible()
    expect(phone.inside.get_by_text("已付")).to_be_visible()
    phone.close_page()
    assert "钱收到了，号挂好了" in phone.answered(before)
