"""How tests sign staff in: by a test client or on a page of Chromium, with a second factor where the account has one."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pyotp
from argon2 import PasswordHasher
from flask.testing import FlaskClient
from playwright.sync_api import Page
from werkzeug.test import TestResponse

from bot import clock
from bot.services import second_factor, staff

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def code(secret: str = SECRET, *, ahead: int = 0) -> str:
    """What the phone shows now, or so many half minutes later."""
    return pyotp.TOTP(secret).generate_otp(clock.wire_seconds() // second_factor.STEP + ahead)


def token(page: str) -> str:
    """The CSRF token of a page's first form; '' where the app asks for none."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    return found[1] if found else ""


class Authenticator:
    """A phone whose owner waits for the next code when he used this one up."""

    def __init__(self) -> None:
        self._used: dict[str, int] = {}

    def code(self, secret: str) -> str:
        step = max(clock.wire_seconds() // second_factor.STEP, self._used.get(secret, 0) + 1)
        while clock.wire_seconds() // second_factor.STEP < step - second_factor.DRIFT:
            time.sleep(1)  # a whole system on the real clock; nothing here can be frozen
        self._used[secret] = step
        return pyotp.TOTP(secret).generate_otp(step)


def post(browser: FlaskClient, username: str, password: str, code: str = "", **more: Any) -> TestResponse:
    """Send the sign-in form; its fields are the ones that docs/console.md names."""
    page = browser.get("/console/signin").text
    typed = {"username": username, "password": password, "code": code}
    return browser.post("/console/signin", data={"csrf_token": token(page), **typed}, **more)


def signed_in(browser: FlaskClient, username: str, password: str, code: str = "") -> FlaskClient:
    answer = post(browser, username, password, code)
    assert answer.status_code == 303, answer.text
    return browser


def sign_in_on(page: Page, address: str, username: str, password: str, code: str = "") -> None:
    """Fill the form in as a person does, with the keyboard, and wait for the first page."""
    page.goto(address)
    page.fill("#username", username)
    page.fill("#password", password)
    page.fill("#code", code)
    page.press("#code", "Enter")
    page.wait_for_url(lambda url: "/signin" not in url)


@contextmanager
def quick_hashes() -> Iterator[None]:
    """Real argon2 at its lowest cost: its slowness is not what is asked about."""
    careful, staff.hasher = staff.hasher, PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    try:
        yield
    finally:
        staff.hasher = careful
