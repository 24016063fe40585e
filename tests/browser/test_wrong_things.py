"""What people really do to forms: wrong words, nothing at all, two tabs, refresh, back, two clicks."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.console import Console, too_wide
from tests.browser.phone import Phone
from tests.browsers import WIDE

HEART = "心血管内科"


@pytest.fixture
def asked(installation):
    """Ask the heart clinic a question from another phone; returns its words."""

    def ask(words: str) -> str:
        phone = installation.phone()
        phone.say("问医生")
        phone.say(HEART)
        if "先看看" in phone.say(words):
            phone.say("还是要问医生")
        if "看过吗" in phone.until("看过吗", "送到医生那里"):
            phone.say("看过")
        return words

    return ask


@pytest.fixture
def doctor(guide) -> str:
    return next(m["username"] for m in guide["staff"] if m["department"] == HEART)


def test_the_card_form_says_what_is_wrong_and_asks_again(phone, guide):
    patient = guide["patients"][2]
    phone.say("绑定就诊卡")
    assert "姓名好像不对" in phone.say("12345")
    phone.say(patient["name"])
    assert "身份证号好像不对" in phone.say("123456")
    assert "身份证号好像不对" in phone.say(patient["id_number"][:-1] + "5")
    assert "您是他的监护人" in phone.say(patient["id_number"])
    phone.tap("我是监护人")
    assert "手机号好像不对" in phone.say("188 000")
    phone.use_number("13900000009")
    code = phone.code_after("13900000009")
    assert "验证码不对" in phone.say(f"{(int(code) + 1) % 10**6:06d}")
    assert "没有对上" in phone.say(code)
    assert "先停在这儿" in phone.say("取消")
    assert "绑好了" not in phone.find(".bubbles").inner_text()


def test_a_wrong_password_keeps_the_name_and_a_refresh_asks_nothing(visitor, url, doctor, allow):
    page = visitor().new_page()
    allow(400)
    page.goto(f"{url}/console/questions")
    page.fill("#username", doctor)
    page.fill("#password", "guess")
    page.press("#password", "Enter")
    expect(page.locator(".trouble")).to_contain_text("没有登录成功")
    expect(page.locator("#username")).to_have_value(doctor)
    expect(page.locator("#password")).to_be_focused()
    page.reload()
    expect(page.locator(".trouble")).to_have_count(0)
    Console(page, url).sign_in(doctor)
    assert page.url.endswith("/console/questions")


def test_an_empty_answer_two_clicks_refresh_and_back(staff, asked, doctor, phone, allow):
    words = asked("吃完降压药头有点晕，这样要紧吗，要来医院吗")
    console = staff(doctor)
    allow(400)
    page = console.page
    console.open(words[:12])
    console.claim()
    page.fill("#answer", "   ")
    page.click("[data-send]")
    expect(page.locator(".trouble")).to_contain_text("回答还不能发送")
    page.fill("#answer", "先坐下休息，量个血压。")
    page.reload()
    expect(page.locator("#answer")).to_have_value("先坐下休息，量个血压。")
    page.dblclick("[data-send]")
    page.wait_for_url("**/questions?sent=*")
    assert words[:12] not in console.text
    page.go_back()
    expect(page.locator("main")).to_contain_text("先坐下休息")
    expect(page.locator("#answer")).to_have_count(0)


def test_a_tab_that_was_signed_out_elsewhere_keeps_the_words(staff, asked, doctor, url, allow):
    words = asked("晚上睡觉平躺着有点喘，坐起来好些，是心脏的事吗")
    console = staff(doctor)
    stale = console.page
    console.open(words[:12])
    console.claim()
    stale.fill("#answer", "写到一半的回答")
    other = stale.context.new_page()
    other.goto(f"{url}/console/questions")
    allow(400, 401, 403)  # the draft may be on its way
    other.evaluate("document.querySelector('form[data-signout]').submit()")  # as another tab's session end would
    other.wait_for_url(lambda url: "/signin" in url)
    stale.click("[data-send]")
    expect(stale.locator("body")).to_contain_text("登录")
    Console(stale, url).sign_in(doctor)
    stale.goto(f"{url}/console/questions")
    stale.locator("[data-row]").filter(has_text=words[:12]).click()
    expect(stale.locator("#answer")).to_have_value("写到一半的回答")


def test_two_editors_on_one_entry_see_each_others_words(staff, url, allow):
    first, second = staff("editor", WIDE), staff("editor")
    for console in (first, second):
        console.page.goto(f"{url}/console/faq?q=湿疹")
        console.page.locator("[data-row]").filter(has_text="湿疹").first.click()
        console.page.wait_for_selector("#a")
    first.page.fill("#a", "可以每天洗，水别烫，洗完涂保湿霜。")
    first.page.click("[data-send]")
    expect(first.page.locator("[data-said]")).to_contain_text("已保存")
    allow(409)
    second.page.fill("#a", "别用热水，洗完马上涂保湿霜。")
    second.page.click("[data-send]")
    expect(second.page.locator(".trouble")).to_contain_text("有人先改了")
    expect(second.page.locator(".compare")).to_contain_text("可以每天洗")
    assert too_wide(second.page) == []
    second.page.click("[data-send]")
    expect(second.page.locator("[data-said]")).to_contain_text("已保存")


@pytest.mark.parametrize(
    ("name", "pages"),
    [
        ("doctor01", ["questions", "signing"]),
        ("editor", ["answered", "faq", "faq?q=血压", "faq/1", "faq/1/versions", "faq/new", "faq/import", "missed"]),
        ("operator", ["delivery"]),
    ],
)
def test_no_page_of_the_console_is_wider_than_a_phone(staff, url, name, pages):
    console = staff(name)
    for path in pages:
        console.page.goto(f"{url}/console/{path}")
        assert too_wide(console.page) == [], path


def test_pages_open_under_127_0_0_1_as_well(visitor, installation):
    """`make run` prints localhost; who types the other name gets the same pages."""
    phone = Phone(visitor().new_page(), installation.url)
    phone.menu("我的", "我的就诊")
    expect(phone.inside.locator("main")).to_contain_text("还没有绑定就诊卡")


def test_a_page_that_is_not_there_leads_home(staff, allow, url):
    console = staff("doctor01")
    allow(404)
    console.page.goto(f"{url}/console/questions/q_0000000000")
    expect(console.page.locator("main")).to_contain_text("没有找到")
    console.page.get_by_text("回到工作台").click()
    console.page.wait_for_url("**/console/questions")
