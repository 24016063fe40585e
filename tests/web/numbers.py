"""Somebody who books on pages: a hospital with several departments, and a browser that reads and sends forms."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from html import unescape
from typing import Any
from uuid import uuid4

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from bot.his.port import Department, Doctor, Slot
from bot.ports import Ports
from bot.services import booking
from bot.services.booking import Booking
from tests.factories import FakeHis, Someone, a_card, id_number, someone

MONDAY, TUESDAY, WEDNESDAY = date(2026, 11, 23), date(2026, 11, 24), date(2026, 11, 25)
BONES, WOMEN, CHILDREN, GENERAL, JOINTS = "yh.d01", "yh.d03", "yh.d04", "yh.d05", "yh.d06"
SLOT, LATER_SLOT = "yh.s01-20261124-0900", "yh.s01-20261125-0930"
CLINIC = "yh.h01-20261124-am"


class Clinics(FakeHis):
    """The small hospital with departments that do not see everybody, one below another, and fees that may change."""

    def __init__(self) -> None:
        super().__init__()
        self.raised_fen = 0

    def departments(self) -> list[Department]:
        more = [
            Department(WOMEN, "妇女保健科", "妇科", "二号楼", "1层", "", "看月经不调"),
            Department(CHILDREN, "儿科", "儿科", "二号楼", "2层", "", "看发热"),
            Department(GENERAL, "全科门诊", "全科医学科", "门诊楼", "1层", "", "看高血压", campus="城南院区"),
            Department(JOINTS, "关节外科", None, "门诊楼", "3层", "", "", parent_id=BONES),
        ]
        return [*super().departments(), *more]

    def doctors(self) -> list[Doctor]:
        return [*super().doctors(), Doctor("yh.p04", "许静", WOMEN, "主治医师", "", 2000)]

    def _slot(self, doctor: Doctor, day: date, at: Any) -> Slot:
        slot = super()._slot(doctor, day, at)
        return replace(slot, fee_fen=slot.fee_fen + self.raised_fen)


class Booker:
    """One person with one card and a browser."""

    def __init__(self, browser: FlaskClient, person_id: int, ports: Ports, who: Someone | None = None) -> None:
        self.browser, self.person_id, self.ports = browser, person_id, ports
        self.card = a_card(ports, person_id, who or someone("李雷", id_number=id_number(serial=700_001)))

    @property
    def home(self) -> str:
        return f"/h5/book/{self.card.ref}"

    def get(self, path: str) -> TestResponse:
        return self.browser.get(path)

    def read(self, path: str) -> str:
        answer = self.browser.get(path, follow_redirects=True)
        assert answer.status_code == 200, (path, answer.status_code)
        return answer.text

    def form(self, path: str) -> dict[str, str]:
        """The hidden fields of the last form of a page, as a browser would send them."""
        last = self.read(path).rpartition("<form")[2]
        return {unescape(n): unescape(v) for n, v in re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', last)}

    def token(self) -> str:
        found = re.search(r'name="form_token" value="([^"]*)"', self.read("/h5/data"))
        assert found
        return found[1]

    def send(self, path: str, form: dict[str, str] | None = None, **more: str) -> TestResponse:
        """Send a page's own form, or this one."""
        return self.browser.post(path, data={**(self.form(path) if form is None else form), **more})

    def post(self, path: str, **form: str) -> TestResponse:
        """Send a form of a page that has another address."""
        return self.browser.post(path, data={"form_token": self.token(), **form})

    def confirm(self, slot: str = SLOT) -> str:
        return f"{self.home}/slot/{slot}"

    def book(self, slot: str = SLOT) -> Booking:
        """A number taken elsewhere: in the chat."""
        facts = {"person_id": self.person_id, "card_ref": self.card.ref, "slot_id": slot}
        return booking.book(self.ports, key=uuid4().hex, **facts)

    def mine(self) -> list[Booking]:
        return booking.mine(self.ports, person_id=self.person_id)
