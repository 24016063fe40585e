"""约好的咨询 in the console: on top of the desk at its time, begun, written in, ended, and refused in words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient

from bot import clock
from bot.ports import Ports
from bot.services import consult, live_talks, talk_chat
from tests.services.people import lines
from tests.web.conftest import SignIn
from tests.web.hospital import HEART
from tests.web.visits import token

TIME = datetime(2026, 11, 23, 8, 0)  # naive UTC: Monday 16:00 in Shanghai
MARKUP = "夜里疼 <script>window.pwned=1</script>"


class Appointed:
    """One appointment, at whose time the clock stands."""

    def __init__(self, ports: Ports, person_id: int) -> None:
        self.ports, self.person_id = ports, person_id
        facts = {"department_id": HEART.id, "doctor_id": None, "red_flag": False, "key": "q1"}
        self.question = consult.ask(ports, person_id=person_id, text="膝盖疼了两周", **facts).ref
        about = {"person_id": person_id, "ref": self.question}
        self.ref = live_talks.book(ports, **about, start=TIME, way="text", key="t1").ref

    def write(self, text: str, inbox_id: int = 1) -> None:
        facts = {"person_id": self.person_id, "inbox_id": inbox_id, "body": {"kind": "text", "text": text}}
        assert talk_chat.listen(self.ports, **facts, expects=None) is not None


@pytest.fixture
def talk(ports: Ports, person: Callable[..., int]) -> Iterator[Appointed]:
    made = Appointed(ports, person("o-li"))
    with clock.frozen(TIME):
        yield made


@pytest.fixture
def doctor(sign_in: SignIn, talk: Appointed) -> FlaskClient:
    return sign_in("doctor", "chen", department_id=HEART.id)


def do(browser: FlaskClient, ref: str, act: str, **form: str) -> tuple[int, str]:
    page = browser.get(f"/console/talks/{ref}").text
    once = re.search(r'name="once" value="([0-9a-f]{16})"', page)
    form = {"csrf_token": token(page), **({"once": once[1]} if once else {}), **form}
    answer = browser.post(f"/console/talks/{ref}/{act}", data=form)
    return answer.status_code, answer.text


def test_it_stands_on_top_of_the_desk_and_calls(doctor: FlaskClient, talk: Appointed) -> None:
    page = doctor.get("/console/questions").text
    assert 'data-talks="1"' in page
    assert page.index(f"talk-{talk.ref}") < page.index(f"row-{talk.question}")
    seen = doctor.get("/console/questions/live").headers["ETag"]
    assert doctor.get("/console/questions/live", headers={"If-None-Match": seen}).status_code == 304
    do(doctor, talk.ref, "open")
    fresh = doctor.get("/console/questions/live", headers={"If-None-Match": seen})
    assert (fresh.status_code, 'data-talks="0"' in fresh.text) == (200, True)


def test_from_beginning_to_end(doctor: FlaskClient, talk: Appointed) -> None:
    assert do(doctor, talk.ref, "open")[0] == 303
    talk.write(MARKUP)
    status, moved = do(doctor, talk.ref, "say", text="疼多久了？")
    assert (status, f"?sent={talk.ref}" in moved) == (303, True)
    shown = doctor.get(f"/console/talks/{talk.ref}/live").text
    assert "疼多久了？" in shown
    assert "<script>window" not in shown
    status, moved = do(doctor, talk.ref, "close")
    assert (status, f"/console/questions/{talk.question}" in moved) == (303, True)
    page = doctor.get(f"/console/questions/{talk.question}").text
    assert "咨询里说" in page
    assert "疼多久了？" in page
    live = doctor.get(f"/console/talks/{talk.ref}/live")
    assert live.headers["X-Live-Last"] == "1"


def test_a_form_sent_twice_says_it_once(doctor: FlaskClient, ports: Ports, talk: Appointed) -> None:
    do(doctor, talk.ref, "open")
    for _ in range(2):
        do(doctor, talk.ref, "say", text="您好", once="0123456789abcdef")
    assert lines(ports) == [("staff", "您好")]
    assert do(doctor, talk.ref, "say", text="您好", once="x")[0] == 400


def test_a_colleague_is_told_and_keeps_his_words(doctor: FlaskClient, sign_in: SignIn, talk: Appointed) -> None:
    do(doctor, talk.ref, "open")
    colleague = sign_in("doctor", "liu", department_id=HEART.id)
    assert do(colleague, talk.ref, "open")[0] == 409
    status, page = do(colleague, talk.ref, "say", text="我来说一句", once="0123456789abcdef")
    assert (status, "我来说一句" in page, "不在您手里" in page) == (409, True, True)


def test_too_early_is_said(doctor: FlaskClient, talk: Appointed) -> None:
    with clock.frozen(TIME - timedelta(minutes=20)):
        status, page = do(doctor, talk.ref, "open")
    assert (status, "提前 5 分钟" in page) == (422, True)


def test_only_those_who_answer_come_in(sign_in: SignIn, talk: Appointed) -> None:
    for role in ("editor", "operator", "service"):
        assert sign_in(role).get(f"/console/talks/{talk.ref}").status_code == 403
