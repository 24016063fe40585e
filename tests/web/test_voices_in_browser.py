"""A patient's voice in Chromium: one press and it is heard, at the desk and on a phone; what is none says so."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import Browser, Page, ViewportSize, expect

from bot.audio import Ffmpeg
from bot.db.consult import Question, QuestionVoice
from bot.ports import Ports
from bot.services import consult, staff
from tests import sounds
from tests.accessible import troubles
from tests.browsers import NARROW, WIDE
from tests.web.conftest import PASSWORD
from tests.web.hospital import HEART

LOADING, OK = 2, 200  # HTMLMediaElement.networkState; HTTP


@pytest.fixture
def ref(app: Flask, ports: Ports, person: Callable[..., int]) -> str:
    """A question with three voices: two that can be heard, and one that only begins as one."""
    app.extensions["peizhen"] = replace(app.extensions["peizhen"], ports=replace(ports, audio=Ffmpeg(sounds.ffmpeg())))
    person_id = person("o-asker")
    facts = {"department_id": HEART.id, "doctor_id": None, "red_flag": False, "key": "q"}
    asked = consult.ask(ports, person_id=person_id, text="说的都在语音里", **facts).ref
    with ports.transaction() as session:
        question = session.scalar(sa.select(Question.id).where(Question.ref == asked))
        for number, sound in enumerate((sounds.amr(), sounds.amr(seconds=3), sounds.SIGN)):
            sealed = ports.crypto.seal(base64.b64encode(sound).decode())
            own = {"ref": f"s_{number}", "key": f"s{number}", "question_id": question, "person_id": person_id}
            words = ports.crypto.seal("膝盖疼了两周" * number)
            session.add(QuestionVoice(**own, content_sealed=sealed, words_sealed=words, added_at=ports.now()))
    return asked


@pytest.fixture
def opened(browser: Browser, address: str, ports: Ports, ref: str) -> Iterator[Callable[[ViewportSize], Page]]:
    """The question, opened by its doctor at one size; afterwards nothing may have broken the policy."""
    staff.ensure(ports, members=[staff.Member("chen", "陈晓明", "doctor", PASSWORD, HEART.id)])
    context = browser.new_context(has_touch=True)
    complaints: list[str] = []

    def go(size: ViewportSize) -> Page:
        page = context.new_page()
        page.set_viewport_size(size)
        page.on("console", lambda said: complaints.append(said.text) if "Content Security" in said.text else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{address}/console/signin")
        page.fill("#username", "chen")
        page.fill("#password", PASSWORD)
        page.press("#password", "Enter")
        page.wait_for_url("**/console/questions")
        page.goto(f"{address}/console/questions/{ref}")
        return page

    yield go
    context.close()
    assert complaints == []


# Resolves when a voice has been heard for a moment, with how long it is.
HEARD = """voice => new Promise(done => {
  const look = () => voice.currentTime > 0 ? done(voice.duration) : requestAnimationFrame(look);
  look();
})"""


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["phone", "desk"])
def test_one_press_and_it_is_heard_one_at_a_time(opened: Callable[[ViewportSize], Page], size: ViewportSize) -> None:
    page = opened(size)
    first, second = page.locator("audio").nth(0), page.locator("audio").nth(1)
    assert first.evaluate("voice => voice.networkState") != LOADING
    page.keyboard.press("v")
    assert first.evaluate(HEARD) == pytest.approx(2, abs=0.05)
    if size is NARROW:
        second.tap(position={"x": 28, "y": 27})  # Chromium's button is on the left
    else:
        second.focus()
        page.keyboard.press("Space")
    assert second.evaluate(HEARD) == pytest.approx(3, abs=0.05)
    expect(first).to_have_js_property("paused", True)
    page.keyboard.press("v")
    expect(second).to_have_js_property("paused", True)
    box = second.bounding_box()
    assert box is not None
    assert box["height"] >= 44  # one thumb
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    assert troubles(page) == []


def test_what_cannot_be_played_says_so_and_can_be_had_as_a_file(opened: Callable[[ViewportSize], Page]) -> None:
    page = opened(NARROW)
    broken = page.locator("audio").nth(2)
    for _ in range(2):  # another press asks anew
        with page.expect_response("**/voices/3/play") as answer:
            broken.evaluate("voice => voice.play().catch(() => {})")
        assert answer.value.status == OK
        expect(page.locator("[data-silent]").nth(2)).to_be_visible()
        expect(broken).to_have_js_property("error", None)
    assert page.locator("[data-silent]:visible").count() == 1
    assert "下载来听" in page.locator("[data-silent]").nth(2).inner_text()
    with page.expect_download() as download:
        page.click("text=下载语音 3")
    assert download.value.suggested_filename == "3.amr"
