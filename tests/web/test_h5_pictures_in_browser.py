"""Photos with a question on a phone with a bad line: tried again, never there twice, and no written word is lost."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from PIL import Image
from playwright.sync_api import Browser, Page, Route, expect

from bot.ports import Ports
from bot.services import consult
from tests.browser.console import too_wide
from tests.browser.pictures import keep
from tests.browsers import NARROW
from tests.factories import a_staff
from tests.services.asked import TEXT
from tests.web.numbers import BONES, Booker, Clinics

Enter = Callable[[str], tuple[FlaskClient, int]]
SIZE = (2100, 700)  # of a photo that the page makes smaller


@pytest.fixture
def hospital() -> Clinics:
    return Clinics()


@pytest.fixture
def li(patient: Enter, ports: Ports) -> Booker:
    return Booker(*patient("o-li"), ports)


@pytest.fixture
def page(browser: Browser, address: str, li: Booker) -> Iterator[Page]:
    cookie = li.browser.get_cookie("h5", path="/h5")
    assert cookie is not None
    context = browser.new_context(base_url=address, viewport=NARROW)
    context.add_cookies([{"name": "h5", "value": cookie.value, "url": f"{address}/h5"}])
    yield context.new_page()
    context.close()


def photo() -> bytes:
    """As large as a phone's: noise does not shrink by itself."""
    held = BytesIO()
    noise = Image.frombytes("L", (SIZE[0] // 4, SIZE[1] // 4), os.urandom(SIZE[0] // 4 * (SIZE[1] // 4)))
    noise.resize(SIZE).convert("RGB").save(held, "JPEG", quality=95)
    return held.getvalue()


def test_photos_on_a_bad_line(page: Page, li: Booker, ports: Ports) -> None:
    tries: list[int] = []

    def loses_the_first_answer(route: Route) -> None:
        tries.append(len(route.request.post_data_buffer or b""))
        if len(tries) > 1:
            return route.continue_()
        route.fetch()  # it arrives, and the phone never hears of it
        return route.abort()

    page.route("**/h5/ask/pictures", loses_the_first_answer)
    page.goto(f"/h5/ask/{BONES}/write")
    page.fill("textarea", TEXT)
    content = photo()
    files = [("a.jpg", content), ("b.jpg", b'<svg xmlns="http://www.w3.org/2000/svg"></svg>')]
    page.set_input_files("#picture", [{"name": n, "mimeType": "image/jpeg", "buffer": c} for n, c in files])
    note = page.locator("[data-note]")
    expect(note).to_contain_text("已附 1 张")
    expect(note).to_contain_text("第 2 张：这个文件打不开")
    assert len(tries) == 3
    assert tries[0] < len(content), "made smaller before it was sent"
    assert page.input_value("textarea") == TEXT
    assert too_wide(page) == []
    keep(page, "pictures-write")
    page.get_by_label("看过", exact=True).check()
    page.get_by_role("button", name="发给医生").click()
    expect(page.locator("main")).to_contain_text("已经送到医生那里")
    [asked] = consult.mine(ports, person_id=li.person_id)
    doctor = a_staff(ports)
    assert consult.open_one(ports, staff=doctor, ref=asked.ref).pictures == 1
    shown = Image.open(BytesIO(consult.picture(ports, staff=doctor, ref=asked.ref, number=1)))
    assert max(shown.size) == 2000
    page.set_input_files("#picture", [{"name": "c.jpg", "mimeType": "image/jpeg", "buffer": content}])
    expect(note).to_contain_text("已附 2 张")
    keep(page, "pictures-question")
