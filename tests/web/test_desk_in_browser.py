"""The desk in Chromium: nothing written is lost, two tabs see each other, keys, sound and phones; a doctor's time."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, BrowserContext, Page, expect

from bot import clock
from bot.db.consult import Question
from bot.ports import Ports
from bot.services import consult, consult_turns, desk_phrases, staff
from tests.browsers import NARROW, WIDE
from tests.web.conftest import NOW, PASSWORD
from tests.web.hospital import HEART

Ask = Callable[..., str]
WAIT = 15_000  # ms


@pytest.fixture
def ask(ports: Ports, person: Callable[..., int]) -> Ask:
    person_id = person("o-asker")

    def one(text: str = "降压药吃了两周，脚踝有点肿，要不要停？", *, red_flag: bool = False) -> str:
        key = f"k{len(consult.mine(ports, person_id=person_id))}"
        facts = {"department_id": HEART.id, "doctor_id": None, "red_flag": red_flag, "key": key}
        return consult.ask(ports, person_id=person_id, text=text, **facts).ref

    return one


@pytest.fixture
def doctor(ports: Ports) -> staff.Staff:
    return staff.ensure(ports, members=[staff.Member("chen", "陈晓明", "doctor", PASSWORD, HEART.id)])[0]


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport=WIDE)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext, address: str, doctor: staff.Staff) -> Iterator[Page]:
    """Signed in; afterwards nothing may have broken the policy."""
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if "Content Security" in said.text else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    sign_in(page, address)
    yield page
    assert complaints == []


def sign_in(page: Page, address: str) -> None:
    page.goto(f"{address}/console/signin")
    page.fill("#username", "chen")
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_url("**/console/questions")


def claimed(page: Page, address: str, ref: str) -> None:
    page.goto(f"{address}/console/questions/{ref}")
    page.click("[data-key=claim]")
    page.wait_for_selector("textarea[data-keep]")


def saved(page: Page) -> None:
    expect(page.locator("[data-draft-state]")).to_contain_text("草稿已保存", timeout=WAIT)


# -- drafts ----------------------------------------------------------------------------------------------------
def test_a_draft_is_there_on_another_machine(
    page: Page, browser: Browser, address: str, ask: Ask, ports: Ports
) -> None:
    ref = ask()
    claimed(page, address, ref)
    page.type("textarea[data-keep]", "先不要停药")
    saved(page)
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('draft:')).length") == 0
    page.close()
    elsewhere = browser.new_context(viewport=WIDE)
    other = elsewhere.new_page()
    sign_in(other, address)
    other.goto(f"{address}/console/questions/{ref}")
    assert other.input_value("textarea[data-keep]") == "先不要停药"
    assert "已恢复 08:30 存的草稿" in other.inner_text("form[data-main]")
    elsewhere.close()


def test_two_tabs_choose_and_never_overwrite_silently(
    page: Page, context: BrowserContext, address: str, ask: Ask
) -> None:
    ref = ask()
    claimed(page, address, ref)
    second = context.new_page()
    second.goto(f"{address}/console/questions/{ref}")
    page.type("textarea[data-keep]", "第一个窗口写的")
    saved(page)
    second.fill("textarea[data-keep]", "第二个窗口写的")
    second.wait_for_selector("[data-draft-other]:not([hidden])")
    assert "第一个窗口写的" in second.inner_text("[data-draft-other]")
    second.click("[data-draft-ours]")
    saved(second)
    page.reload()
    assert page.input_value("textarea[data-keep]") == "第二个窗口写的"


def test_an_ended_session_keeps_the_text(page: Page, context: BrowserContext, address: str, ask: Ask) -> None:
    ref = ask()
    claimed(page, address, ref)
    context.clear_cookies()
    page.type("textarea[data-keep]", "写了一大段")
    expect(page.locator("[data-draft-state]")).to_contain_text("登录已过期", timeout=WAIT)
    page.close()
    again = context.new_page()
    sign_in(again, address)
    again.goto(f"{address}/console/questions/{ref}")
    assert again.input_value("textarea[data-keep]") == "写了一大段"
    saved(again)


def test_a_closed_tab_loses_not_even_the_last_word(page: Page, context: BrowserContext, address: str, ask: Ask) -> None:
    ref = ask()
    claimed(page, address, ref)
    page.type("textarea[data-keep]", "最后一句")
    page.close()  # before the pause after which it is saved
    again = context.new_page()
    again.goto(f"{address}/console/questions/{ref}")
    assert again.input_value("textarea[data-keep]") == "最后一句"


# -- time, title, sound ------------------------------------------------------------------------------------------
def test_the_time_left_is_working_time_and_red_when_over(page: Page, address: str, ask: Ask) -> None:
    ask()
    with clock.frozen(NOW + timedelta(days=2)):
        page.goto(f"{address}/console/questions")
        assert page.inner_text("time.due.late").startswith("超时 23小时30分")
    page.goto(f"{address}/console/questions")
    # Monday 08:30; eight hours, of which lunch takes none: Tuesday 09:00
    assert page.inner_text("time.due") in {"还剩 8小时", "还剩 7小时59分"}  # the browser's own clock goes on
    assert page.get_attribute("time.due", "title") == "11月24日 周二 09:00 前"


def test_a_new_question_rings_where_he_wants_it_and_stands_in_the_title(page: Page, address: str, ask: Ask) -> None:
    ask()
    page.goto(f"{address}/console/questions")
    assert page.title().startswith("(1) ")
    page.click("[data-sound]")
    assert page.get_attribute("[data-sound]", "aria-pressed") == "true"
    ask("胸口压着疼", red_flag=True)
    expect(page).to_have_title(re.compile(r"^\(2\) "), timeout=WAIT)  # the list asks every 5 s
    assert page.get_attribute("[data-sound]", "data-rang") == "2"  # once when switched on, once for this
    page.click("[data-sound]")
    assert page.evaluate("localStorage.getItem('desk:sound')") == "off"


# -- keys, phrases -------------------------------------------------------------------------------------------------
def test_phrases_come_by_number_by_word_and_by_tap(
    page: Page, address: str, ask: Ask, ports: Ports, doctor: staff.Staff
) -> None:
    for code, text in (("fz", "请来门诊复诊。"), ("sy", "少盐少油。")):
        desk_phrases.add(ports, staff=doctor, code=code, text=text)
    claimed(page, address, ask())
    box = page.locator("textarea[data-keep]")
    box.press("Alt+Digit2")
    box.type("fz")
    box.press("Tab")
    page.click("[data-phrase]:nth-child(2)")
    assert box.input_value() == "少盐少油。请来门诊复诊。少盐少油。"
    box.press("Escape")
    page.keyboard.press("?")
    assert page.is_visible("dialog[data-help]")
    page.keyboard.press("Escape")
    expect(page.locator("dialog[data-help]")).to_be_hidden()
    page.keyboard.press("e")
    expect(page.locator("#answer")).to_be_focused()


def test_a_doctors_time_from_signing_in_to_the_answer_sent(
    browser: Browser, address: str, ask: Ask, ports: Ports, doctor: staff.Staff
) -> None:
    """Counted in the page: keys and clicks, without what is typed as name, password and answer."""
    ask()
    desk_phrases.add(ports, staff=doctor, code="fz", text="先别停药，带上血压记录来门诊。")
    context = browser.new_context(viewport=WIDE)
    page = context.new_page()
    counted: list[str] = []
    page.expose_function("counted", lambda what: counted.append(what))  # noqa: PLW0108 - a method takes no mark
    page.add_init_script(
        "addEventListener('keydown', (e) => ['Alt', 'Control'].includes(e.key) || counted('key ' + e.key), true);"
        "addEventListener('pointerdown', () => counted('click'), true);"
    )
    page.goto(f"{address}/console/signin")
    page.type("#username", "chen")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-row]")
    typed = len("chen") + len(PASSWORD)
    for key, then in (("j", "[data-row]:focus"), ("Enter", "[data-key=claim]"), ("c", "textarea[data-keep]:focus")):
        page.keyboard.press(key)
        page.wait_for_selector(then)
    page.keyboard.press("Alt+Digit1")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/console/questions?sent=*")
    keys, clicks = sum(one.startswith("key") for one in counted) - typed, counted.count("click")
    print(f"a doctor's time: keys={keys} clicks={clicks} beside name and password, an answer from a phrase")
    assert (keys, clicks) == (7, 0)  # Tab Enter · j Enter c · Alt+1 Ctrl+Enter
    [asked] = consult.mine(ports, person_id=1)
    assert (asked.state, asked.answer) == ("answered", "先别停药，带上血压记录来门诊。")
    context.close()


# -- phones ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("width", [390, 320])
def test_a_phone_shows_all_of_it_with_large_taps(
    browser: Browser, address: str, ask: Ask, ports: Ports, doctor: staff.Staff, width: int
) -> None:
    ref = ask("看不见\u202e的\u200b字" + "很长" * 300, red_flag=True)
    desk_phrases.add(ports, staff=doctor, code="很长的快捷词很长的快捷词", text="少盐。" * 50)
    consult.claim(ports, staff=doctor, ref=ref)
    with ports.transaction() as session:
        asked = session.scalars(sa.select(Question)).one()
        consult_turns.add(ports, session, question=asked, kind="reply", text="两个月" * 60, key="r")
    context = browser.new_context(viewport={**NARROW, "width": width}, has_touch=True)
    page = context.new_page()
    sign_in(page, address)
    for path in ("questions", f"questions/{ref}", "phrases", "given"):
        page.goto(f"{address}/console/{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        small = page.evaluate(
            "[...document.querySelectorAll('main a, main button, main select, main summary')]"
            ".filter((node) => node.offsetParent && node.getBoundingClientRect().height < 40"
            " && !node.closest('p, .head')).map((node) => node.textContent.trim().slice(0, 20))"
        )
        assert small == [], path
    page.goto(f"{address}/console/questions/{ref}")
    page.evaluate("scrollTo(0, 0)")
    send = page.locator("[data-send]")
    send.scroll_into_view_if_needed()
    box = send.bounding_box()
    assert box is not None
    assert box["height"] >= 46
    assert box["width"] > width * 0.3  # one thumb
    context.close()
