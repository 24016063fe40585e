"""Make the README's pictures again: `python -m tests.browser.screenshots` (about two minutes)."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Browser, Page, expect

from tests.browser.console import Console
from tests.browser.phone import Phone
from tests.browsers import NARROW, chromium
from tests.system.installation import ROOT, Installation

IMAGES = ROOT / "docs" / "images"
LARGEST = 300_000  # bytes of one picture
DESK = {"width": 1100, "height": 840}
DEPARTMENT = "心血管内科"
QUESTION = "高血压吃药两年了，在家量血压忽高忽低，怎么量才准？要不要来复诊？"
ANSWER = "量之前坐下歇5分钟，袖带和心脏一样高，早晚各量两次，记一周带给我看。一直高过160，或者头晕得厉害，就早点来。"


def main() -> None:
    with tempfile.TemporaryDirectory() as var, chromium() as browser:
        installation = Installation(Path(var)).start()
        try:
            play(browser, f"http://localhost:{installation.port}")
        finally:
            installation.stop()


def play(browser: Browser, url: str) -> None:
    """One visit, with a picture where it is worth one."""
    guide = httpx.get(f"{url}/sim/guide", trust_env=False).json()["guide"]
    doctor = next(m["username"] for m in guide["staff"] if m["department"] == DEPARTMENT)
    phone = Phone(page(browser, DESK), url)
    visit(phone, guide["patients"][0])
    save(phone.page, "phone")
    ask(phone)
    answer(Console(page(browser, DESK), url).sign_in(doctor))
    expect(phone.answers.last).to_contain_text(ANSWER[:10], timeout=20_000)
    pocket = Phone(page(browser, NARROW), url)
    read_report(pocket, guide["patients"][1])
    save(pocket.page, "report")


def visit(phone: Phone, patient: Mapping[str, Any]) -> None:
    phone.say("绑定就诊卡")
    phone.bind(patient)
    phone.say("胸口闷两天了，走快了更明显")
    while not any(label.startswith("挂") for label in phone.choices):
        phone.tap(phone.choices[-1])
    phone.tap(f"挂{DEPARTMENT}")
    phone.tap("今天")
    phone.tap(next(label for label in phone.choices if "元" in label))
    phone.tap("确认挂号")
    phone.say("排到几号了")


def ask(phone: Phone) -> None:
    phone.say("问医生")
    phone.tap(DEPARTMENT)
    if "先看看" in phone.say(QUESTION):
        phone.tap("还是要问医生")


def answer(console: Console) -> None:
    console.open(QUESTION[:12])
    console.claim()
    console.page.fill("textarea[data-draft]", ANSWER)
    console.page.locator("details.hit summary").first.click()
    save(console.page, "console")
    console.page.click("[data-send]")


def read_report(phone: Phone, patient: Mapping[str, Any]) -> None:
    phone.say("绑定就诊卡")
    phone.bind(patient)
    phone.menu("我的", "我的就诊")
    phone.inside.get_by_text("检验检查报告").click()
    phone.inside.locator("ul.list a").filter(has_text="已出").filter(has_text="血").first.click()
    expect(phone.inside.locator(".item").first).to_be_visible()


def page(browser: Browser, size: dict[str, int]) -> Page:
    return browser.new_page(viewport=size)  # type: ignore[arg-type]


def save(shown: Page, name: str) -> None:
    IMAGES.mkdir(exist_ok=True)
    shown.wait_for_timeout(1200)  # menus have slid away, the title no longer says that somebody types
    path = IMAGES / f"{name}.png"
    shown.screenshot(path=path)
    assert path.stat().st_size <= LARGEST, f"{path} has {path.stat().st_size} bytes"


if __name__ == "__main__":
    main()
