"""WeChat's bad lines: an answer that is lost, a message that comes twice. What was asked for is done once."""

from __future__ import annotations

from playwright.sync_api import expect


def test_a_lost_answer_comes_again_byte_for_byte_and_the_number_is_booked_once(phone, guide):
    phone.say("挂号")
    phone.bind(guide["patients"][1])
    phone.tap("骨科") if "骨科" in phone.choices else phone.say("骨科")
    phone.tap("明天")
    phone.tap(next(label for label in phone.choices if "元" in label))
    phone.switch("丢失第一次回复")
    assert "挂好了" in phone.tap("确认挂号")
    phone.switch("丢失第一次回复")

    lost, heard = attempts(phone, "确认挂号")
    assert "回复丢失" in lost
    assert "回复文字" in heard
    assert fingerprint(lost) == fingerprint(heard) != ""
    assert phone.say("我的预约").count("号 ") == 1


def test_a_message_delivered_twice_asks_the_doctor_once(phone, staff, guide):
    question = "饭后胃胀打嗝两周了，要不要先做个胃镜看看呢"
    phone.say("问医生")
    phone.tap("消化内科")
    phone.switch("重复投递")
    said = phone.say(question)
    phone.switch("重复投递")
    if "先看看" in said:
        said = phone.tap("还是要问医生")
    if "当面给您看过" in said:
        said = phone.tap("看过")
    assert "已经送到医生那里" in said
    assert phone.say("我的提问").count("饭后胃胀") == 1
    expect(phone.answers.filter(has_text="已经送到医生那里")).to_have_count(1)

    console = staff(next(m["username"] for m in guide["staff"] if m["department"] == "消化内科"))
    expect(console.page.locator("[data-row]").filter(has_text="饭后胃胀")).to_have_count(1)


def attempts(phone, words: str) -> list[str]:
    """The lines of one message's record, as the phone's settings show it."""
    phone.find(".open-settings").click()
    phone.find(".sheet").get_by_text("线路记录").click()
    lines = phone.find(".record").filter(has_text=words).first.locator(".record-line")
    expect(lines.first).to_be_visible()
    found = lines.all_inner_texts()
    phone.find(".sheet-head .icon-button").click()
    return found


def fingerprint(line: str) -> str:
    return line.partition("指纹")[2].strip()
