"""The queue's page: fresh by itself, a range, and reporting with a form that no other site can send."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from bot import clock
from bot.ports import Ports
from bot.services import arrival, booking, cards
from bot.services.arrival import Scan
from tests.web.hospital import HEART, SLOT, START, Hospital
from tests.web.test_h5_pages import LI, WANG, bind
from tests.web.test_privacy import form_token

Enter = Callable[[str], tuple[FlaskClient, int]]


class Waiting:
    """李小明 in his browser, with a number for 10:00 today."""

    def __init__(self, browser: FlaskClient, person_id: int, ports: Ports) -> None:
        self.browser, self.person_id, self.ports = browser, person_id, ports
        card = bind(ports, person_id, LI)
        self.booked = booking.book(ports, person_id=person_id, card_ref=card.ref, slot_id=SLOT.id, key="b")

    def here(self, scene: str = HEART.id) -> None:
        arrival.prove(self.ports, person_id=self.person_id, where=Scan(scene))

    @property
    def page(self) -> str:
        return self.browser.get("/h5/queue").text

    def report(self, ref: str = "", given: str | None = None) -> TestResponse:
        form = {"form_token": form_token(self.page) if given is None else given}
        return self.browser.post(f"/h5/queue/{ref or self.booked.ref}/check-in", data=form)


@pytest.fixture
def waiting(patient: Enter, ports: Ports) -> Waiting:
    return Waiting(*patient("o-li"), ports)


def test_the_page_offers_to_report_until_it_was_done(waiting: Waiting, hospital: Hospital) -> None:
    assert "没报到" in waiting.page
    waiting.here()
    answer = waiting.report()
    assert (answer.status_code, answer.headers["Location"]) == (303, "/h5/queue?done=here")
    assert "报到好了" in waiting.browser.get("/h5/queue?done=here").text
    assert "已报到" in waiting.page
    assert "<form" not in waiting.page
    assert hospital.arrived


def test_without_a_proof_of_being_here_it_says_how(waiting: Waiting, hospital: Hospital) -> None:
    answer = waiting.report()
    assert answer.status_code == 422
    assert "扫一下诊区门口的报到码" in answer.text
    assert "前面还有" in answer.text
    waiting.here("yh.d9")
    assert "别的诊区" in waiting.report().text
    waiting.here()
    with clock.frozen(clock.now() + timedelta(minutes=31)):
        assert "先告诉我们您到了" in waiting.report().text
    assert not hospital.arrived


def test_a_missed_number_finds_back_by_the_button(waiting: Waiting, hospital: Hospital) -> None:
    waiting.here()
    waiting.report()
    hospital.state = "missed"
    assert "过号" in waiting.page
    assert waiting.report().headers["Location"].endswith("done=back")
    assert "重新排上队" in waiting.browser.get("/h5/queue?done=back").text


def test_a_form_sent_twice_reports_once(waiting: Waiting) -> None:
    waiting.here()
    form = form_token(waiting.page)
    assert waiting.report(given=form).headers["Location"].endswith("done=here")
    assert waiting.report(given=form).headers["Location"].endswith("done=again")


def test_a_form_without_this_sessions_token_is_refused(waiting: Waiting, patient: Enter, hospital: Hospital) -> None:
    waiting.here()
    other, person_id = patient("o-wang")
    card = bind(waiting.ports, person_id, WANG)
    booking.book(waiting.ports, person_id=person_id, card_ref=card.ref, slot_id=SLOT.id, key="b2")
    for given in ("", "x", "王", form_token(other.get("/h5/queue").text)):
        assert waiting.report(given=given).status_code == 403, given
    foreign = {"Sec-Fetch-Site": "cross-site"}
    data = {"form_token": form_token(waiting.page)}
    answer = waiting.browser.post(f"/h5/queue/{waiting.booked.ref}/check-in", data=data, headers=foreign)
    assert answer.status_code == 403
    assert not hospital.arrived


def test_another_patients_number_looks_like_none(waiting: Waiting, patient: Enter, hospital: Hospital) -> None:
    other = Waiting.__new__(Waiting)
    other.browser, other.person_id = patient("o-wang")
    other.ports, other.booked = waiting.ports, waiting.booked
    card = bind(waiting.ports, other.person_id, WANG)
    booking.book(waiting.ports, person_id=other.person_id, card_ref=card.ref, slot_id=SLOT.id, key="b2")
    other.here()
    answers = [other.report(ref) for ref in (waiting.booked.ref, "b_0000000000", "x", "a" * 300)]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.data for answer in answers}) == 1
    assert not hospital.arrived


def test_nobody_reports_unsigned(app: Flask, waiting: Waiting) -> None:
    assert app.test_client().post(f"/h5/queue/{waiting.booked.ref}/check-in").status_code == 401


def test_polling_shows_what_moved_and_nothing_else(waiting: Waiting, hospital: Hospital) -> None:
    first = waiting.browser.get("/h5/queue/live", headers={"X-Live": "1"})
    tag = {"If-None-Match": first.headers["ETag"], "X-Live": "1"}
    assert waiting.browser.get("/h5/queue/live", headers=tag).status_code == 304
    hospital.arrived = True
    assert "已报到" in waiting.browser.get("/h5/queue/live", headers=tag).text
    hospital.state = "called"
    assert "轮到您了" in waiting.browser.get("/h5/queue/live", headers=tag).text
    hospital.state = "stopped"
    assert "停诊" in waiting.browser.get("/h5/queue/live", headers=tag).text


def test_who_cannot_be_told_how_long_is_told_so(waiting: Waiting, hospital: Hospital) -> None:
    hospital.silent = True
    assert "估不准" in waiting.page
    assert "前面还有" in waiting.page


def test_too_early_and_too_late_have_their_words(waiting: Waiting) -> None:
    waiting.here()
    with clock.frozen(START - timedelta(hours=2, minutes=1)):
        waiting.here()
        assert "还没到报到的时间" in waiting.report().text
    with clock.frozen(START + timedelta(hours=3)):
        waiting.here()
        assert "网上报到不了了" in waiting.report().text


def test_an_unbound_card_has_no_place(waiting: Waiting) -> None:
    cards.unbind(waiting.ports, person_id=waiting.person_id, ref=waiting.booked.card_ref)
    assert "今天没有要候诊的号" in waiting.page
