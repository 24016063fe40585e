"""One visit through the whole house, on screens: symptom → card → slot → queue → report → doctor → answer."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.console import too_wide
from tests.browser.phone import WAIT
from tests.browsers import WIDE

DEPARTMENT = "心血管内科"
QUESTIONS = 3  # of the interview at most, each with a way to pass it
ANSWER = "先不要自己停氨氯地平。每天早晚各量一次血压记下来，胸闷这周来门诊做个心电图；压着疼、出汗就打120。"


def test_from_a_symptom_to_the_answer(phone, staff, guide):
    patient = guide["patients"][0]
    doctor = next(m["username"] for m in guide["staff"] if m["department"] == DEPARTMENT)
    question = f"我叫{patient['name']}，血压一直吃氨氯地平控制，最近胸口有点闷，药能停吗？电话{patient['phone']}"

    finds_the_department(phone)
    books_a_number(phone, patient)
    waits_in_the_queue(phone)
    reads_a_report(phone)
    asks_the_doctor(phone, question)
    the_doctor_answers(staff, doctor)
    expect(phone.answers.last).to_contain_text("先不要自己停氨氯地平", timeout=WAIT)


def finds_the_department(phone):
    phone.say("胸口闷两天了")
    for _ in range(QUESTIONS):
        if "不是诊断" not in phone.last:
            phone.tap("说不清")
    assert "不是诊断" in phone.last
    assert DEPARTMENT in phone.last


def books_a_number(phone, patient):
    assert "姓名" in phone.tap(f"挂{DEPARTMENT}")
    assert "哪天" in phone.bind(patient)
    assert patient["id_number"] not in phone.last
    phone.tap("今天")
    phone.tap(next(label for label in reversed(phone.choices) if "元" in label))
    assert "请核对" in phone.last
    said = phone.tap("确认挂号")
    assert "挂好了" in said
    assert re.search(r"第\d+号", said)


def waits_in_the_queue(phone):
    assert re.search(r"前面还有\d+位|还没开诊|轮到您了", phone.say("排到几号了"))
    phone.menu("我的", "我的就诊")
    expect(phone.find(".overlay-title")).to_have_text("我的")
    phone.inside.get_by_text("今天的候诊").click()
    expect(phone.inside.locator(".live")).to_contain_text(DEPARTMENT)
    phone.find(".overlay-back").click()
    phone.inside.locator("ul.list a").first.click()
    expect(phone.inside.locator("main")).to_contain_text("就诊号")
    phone.close_page()


def reads_a_report(phone):
    assert "已经出来的报告" in phone.say("我的报告")
    name = phone.choices[0].split()[0]
    assert name in phone.tap(name)
    phone.menu("我的", "我的就诊")
    phone.inside.get_by_text("检验检查报告").click()
    phone.inside.locator("ul.list a").filter(has_text="已出").filter(has_text=name).first.click()
    expect(phone.inside.locator("main")).to_contain_text("请以医生判断为准")
    wide = phone.inside.locator("html").evaluate("(page) => page.scrollWidth - page.clientWidth")
    assert wide <= 0
    phone.inside.get_by_role("button", name="大字").click()
    assert phone.inside.locator("html").evaluate("(page) => page.scrollWidth - page.clientWidth") <= 0
    phone.close_page()


def asks_the_doctor(phone, question):
    phone.say("问医生")
    phone.tap(DEPARTMENT)
    phone.say(question)
    if "先看看" in phone.last:
        phone.tap("还是要问医生")
    if "当面给您看过" in phone.last:
        phone.tap("看过")
    assert "已经送到医生那里" in phone.last


def the_doctor_answers(staff, doctor):
    """Seen and claimed at the desk, answered on the way through the ward."""
    desk = staff(doctor, WIDE)
    desk.open("一直吃氨氯地平")
    desk.claim()
    pocket = staff(doctor)
    pocket.open("一直吃氨氯地平")
    assert too_wide(pocket.page) == []
    pocket.answer(ANSWER)
    assert "回答已发给患者" in pocket.text
