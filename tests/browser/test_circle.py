"""The whole circle of one question, on screens: flagged, claimed, answered, rated, cleaned, signed, found by the next."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.console import too_wide
from tests.browser.phone import WAIT, Phone
from tests.browser.pictures import keep
from tests.browsers import WIDE

DEPARTMENT = "心血管内科"
PLAIN = "降压药是早上吃好还是晚上吃好？家里老人一直早上吃"
PERSONAL = ("闫安然", "18800001000", "330106195801183883", "任明")
QUESTION = (
    "我叫闫安然，身份证330106195801183883，任明医生给我开的氨氯地平，今天走快了胸口压着疼、出冷汗，血压正常，药能停吗？"
    "电话18800001000"
)
ANSWER = "先打120去急诊，别自己走动。氨氯地平不要自己停：停了血压会反弹。急诊看过没事，一周内来门诊调药。"
ENTRY = "血压正常了，氨氯地平能停吗？"


def test_a_question_becomes_the_next_patients_answer(phone, visitor, installation, staff, guide, url, allow):
    one, two = [m["username"] for m in guide["staff"] if (m["department"], m["role"]) == (DEPARTMENT, "doctor")]
    asks_before(installation.phone())
    asks(phone)
    first, second = staff(one, WIDE), staff(two)
    stands_on_top(first)
    claimed_by_one_of_two(first, second, allow)
    survives_a_closed_tab(first)
    gets_the_answer(phone, first)
    rates(phone)
    entry = cleaned_by_the_editor(staff("editor", WIDE))
    signed(first)
    published_by_another(staff("reviewer", WIDE), entry)
    found_in_other_words(Phone(visitor(WIDE).new_page(), url))


def asks_before(phone):
    """An ordinary question that has waited longer."""
    for words in ("问医生", DEPARTMENT, PLAIN):
        said = phone.say(words)
    if "先看看" in said:
        said = phone.say("还是要问医生")
    if "看过吗" in said:
        phone.say("看过")


def asks(phone):
    phone.say("问医生")
    phone.tap(DEPARTMENT)
    said = phone.say(QUESTION)
    assert "120" in said
    assert "已经送到医生那里" in said
    keep(phone.page, "1-asked")


def stands_on_top(desk):
    desk.page.goto(f"{desk.url}/questions")
    rows = desk.page.locator("ul.rows > li")
    expect(rows.filter(has_text=PLAIN[:10])).to_have_count(1)
    expect(rows.first).to_contain_text("危急信号")
    expect(rows.first).to_contain_text("氨氯地平")
    keep(desk.page, "2-inbox")


def claimed_by_one_of_two(first, second, allow):
    """Both have the page open; the second tap is told whose it is."""
    for desk in (first, second):
        desk.open("闫安然")
    first.claim()
    allow(409)
    second.page.click("[data-key=claim]")
    expect(second.page.locator(".trouble").first).to_contain_text("同事正在处理")
    expect(second.page.locator("textarea[data-draft]")).to_have_count(0)
    assert too_wide(second.page) == []
    keep(second.page, "3-refused")


def survives_a_closed_tab(desk):
    desk.page.type("textarea[data-draft]", ANSWER[:8])
    desk.page.close()
    desk.page = desk.page.context.new_page()
    desk.open("闫安然")
    expect(desk.page.locator("textarea[data-draft]")).to_have_value(ANSWER[:8])
    keep(desk.page, "4-draft")


def gets_the_answer(phone, desk):
    desk.answer(ANSWER)
    expect(phone.answers.last).to_contain_text(ANSWER[:12], timeout=WAIT)
    keep(phone.page, "5-answered")


def rates(phone):
    assert "有帮助吗" in phone.tap("评价这次回答")
    assert "谢谢您的评价" in phone.tap("很有帮助")
    assert "写几句" in phone.choices
    keep(phone.page, "6-rated")


def cleaned_by_the_editor(editor):
    """Every replacement stands beside the words; the address of the entry."""
    editor.page.locator("li").filter(has_text="氨氯地平").get_by_text("做成常见问答").click()
    written = editor.page.locator("#q").input_value() + editor.page.locator("#a").input_value()
    shown = editor.page.locator("ul.swap").first.inner_text()
    for personal in PERSONAL:
        assert personal not in written
        assert personal in shown
    keep(editor.page, "7-cleaned")
    editor.page.fill("#q", ENTRY)
    editor.page.click("[data-send]")
    expect(editor.page.locator("[data-said]")).to_contain_text("已保存")
    expect(editor.page.get_by_role("button", name="发布", exact=True)).to_be_disabled()
    return editor.page.url


def signed(doctor):
    doctor.page.goto(f"{doctor.url}/signing")
    doctor.page.get_by_text(ENTRY).click()
    keep(doctor.page, "8-sign")
    doctor.page.click("[data-send]")
    expect(doctor.page.locator("[data-said]")).to_contain_text("已签字")


def published_by_another(second, entry):
    second.page.goto(entry)
    keep(second.page, "9-publish")
    second.page.get_by_role("button", name="发布", exact=True).click()
    expect(second.page.locator("[data-said]")).to_contain_text("已发布，患者现在可以搜到")


def found_in_other_words(phone):
    said = phone.say("降压药氨氯地平吃着血压好了，可不可以不吃了")
    if ANSWER[-8:] not in said:
        said = phone.tap("血压正常了")
    keep(phone.page, "10-found")
    assert ANSWER[-8:] in said
