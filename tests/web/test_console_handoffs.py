"""人工会话 in the console: who may, the live list, taking, writing, closing, and a question's pictures."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from bot.db.consult import Question, QuestionPicture
from bot.ports import Ports
from bot.services import consult, handoff_rows, mydata
from tests.services.people import lines, talks
from tests.web.conftest import SignIn
from tests.web.hospital import HEART
from tests.web.visits import token

MARKUP = "退款 <script>window.pwned=1</script>"


@pytest.fixture
def talk(ports: Ports, person: Callable[..., int]) -> str:
    person_id = person("o-waiting")
    with ports.transaction() as session:
        facts = {"way": "console", "state": "queued", "doing": "挂号", "account": ""}
        row = handoff_rows.begin(ports, session, person_id=person_id, key="h1", **facts)
        handoff_rows.add_line(ports, session, row, key="l1", text=MARKUP)
        return str(row.ref)


@pytest.fixture
def service(sign_in: SignIn) -> FlaskClient:
    return sign_in("service", "xiaolan")


def do(browser: FlaskClient, ref: str, act: str, **form: str) -> tuple[int, str]:
    page = browser.get(f"/console/handoffs/{ref}").text
    once = re.search(r'name="once" value="([0-9a-f]{16})"', page)
    form = {"csrf_token": token(page), **({"once": once[1]} if once else {}), **form}
    answer = browser.post(f"/console/handoffs/{ref}/{act}", data=form)
    return answer.status_code, answer.text


def test_only_customer_service_comes_in(sign_in: SignIn, talk: str) -> None:
    for role in ("doctor", "editor", "operator", "auditor"):
        browser = sign_in(role)
        for path in ("/console/handoffs", f"/console/handoffs/{talk}"):
            assert browser.get(path).status_code == 403


def test_the_first_page_is_the_list_and_looking_is_being_on_duty(service: FlaskClient, talk: str) -> None:
    assert service.get("/console/").headers["Location"].endswith("/console/handoffs")
    page = service.get("/console/handoffs").text
    assert "等人接" in page
    assert "正在挂号" in page
    assert "<script>window" not in page


def test_the_list_says_nothing_while_nothing_changes(service: FlaskClient, talk: str) -> None:
    first = service.get("/console/handoffs/live")
    assert service.get("/console/handoffs/live", headers={"If-None-Match": first.headers["ETag"]}).status_code == 304


def test_taking_writing_and_closing(service: FlaskClient, ports: Ports, talk: str) -> None:
    assert do(service, talk, "take")[0] == 303
    status, moved = do(service, talk, "say", text="我查一下。")
    assert (status, f"?sent={talk}" in moved) == (303, True)  # by these two the page forgets the draft
    assert "data-said" in service.get(f"/console/handoffs/{talk}?sent={talk}").text
    assert "我查一下。" in service.get(f"/console/handoffs/{talk}/live").text
    assert do(service, talk, "close")[0] == 303
    assert [(t.state, t.ended_by) for t in talks(ports)] == [("closed", "staff")]
    assert lines(ports)[-1] == ("staff", "我查一下。")


def test_a_form_sent_twice_says_it_once(service: FlaskClient, ports: Ports, talk: str) -> None:
    do(service, talk, "take")
    for _ in range(2):
        do(service, talk, "say", text="您好", once="0" * 16)
    assert [side for side, _ in lines(ports)] == ["patient", "staff"]


@pytest.mark.parametrize("form", [{"text": " "}, {"text": "您好", "once": "x"}, {"text": "长" * 501}])
def test_what_could_not_be_sent_comes_back(service: FlaskClient, talk: str, form: dict[str, str]) -> None:
    do(service, talk, "take")
    status, page = do(service, talk, "say", **form)
    assert status == 400
    assert form["text"].strip() in page


def test_a_colleagues_patient_is_looked_at_and_not_talked_to(service: FlaskClient, sign_in: SignIn, talk: str) -> None:
    do(sign_in("service", "xiaomei"), talk, "take")
    status, page = do(service, talk, "say", text="您好", once="0" * 16)
    assert status == 409
    assert "您好" in page


# -- a talk that is over, and what is urgent ------------------------------------------------------------------
def test_a_patient_who_has_left_is_said_to_have_left_and_the_page_stops_asking(
    service: FlaskClient, ports: Ports, talk: str
) -> None:
    do(service, talk, "take")
    form = token(service.get(f"/console/handoffs/{talk}").text)
    [row] = talks(ports)
    mydata.erase(ports, person_id=row.person_id)
    live = service.get(f"/console/handoffs/{talk}/live", headers={"X-Live": "1"})
    assert (live.status_code, live.headers["X-Live-Last"]) == (200, "1")
    assert "患者已经离开" in live.text
    answer = {"csrf_token": form, "once": "0" * 16, "text": "还在吗"}
    late = service.post(f"/console/handoffs/{talk}/say", data=answer)
    assert (late.status_code, "患者已经离开" in late.text, "还在吗" in late.text) == (404, True, True)


@pytest.mark.parametrize(("by", "said"), [("patient", "患者结束了会话"), ("timeout", "很久没有说话")])
def test_a_talk_that_ended_says_how(service: FlaskClient, ports: Ports, talk: str, by: str, said: str) -> None:
    do(service, talk, "take")
    with ports.transaction() as session:
        handoff_rows.end(ports, session, talks(ports)[0], by=by)
    assert said in service.get(f"/console/handoffs/{talk}/live").text
    page = service.get(f"/console/handoffs/{talk}")
    assert (page.status_code, said in page.text) == (404, True)
    assert "退款" not in page.text


def test_a_red_flag_is_marked_in_the_list_and_in_the_talk(
    service: FlaskClient, ports: Ports, person: Callable[..., int], talk: str
) -> None:
    assert "危急信号" not in service.get("/console/handoffs").text
    with ports.transaction() as session:
        facts = {"way": "console", "state": "queued", "doing": "", "account": ""}
        later = handoff_rows.begin(ports, session, person_id=person("o-ill"), key="h2", **facts)
        handoff_rows.add_line(ports, session, later, key="l2", text="胸口压着疼，喘不上气")
        handoff_rows.add_line(ports, session, later, key="l3", text="现在好点了")
        ref = str(later.ref)
    page = service.get("/console/handoffs/live").text
    assert "危急信号" in page
    assert page.index(ref) < page.index(talk)
    opened = service.get(f"/console/handoffs/{ref}/live").text
    assert "患者的话里有危急信号" in opened
    assert opened.count('class="tag red"') == 1


# -- pictures of a question -------------------------------------------------------------------------------------
@pytest.fixture
def pictured(ports: Ports, person: Callable[..., int]) -> str:
    person_id = person("o-asker")
    facts = {"department_id": HEART.id, "doctor_id": None, "red_flag": False, "key": "q1"}
    asked = consult.ask(ports, person_id=person_id, text="这个皮疹要紧吗？", **facts)
    with ports.transaction() as session:
        question = session.scalar(sa.select(Question.id).where(Question.ref == asked.ref))
        sealed = ports.crypto.seal(base64.b64encode(b"\xff\xd8\xffpicture").decode())
        facts = {"ref": "p_1", "key": "p1", "question_id": question, "person_id": person_id}
        session.add(QuestionPicture(content_sealed=sealed, added_at=ports.now(), **facts))
    return asked.ref


def test_a_questions_picture_is_shown_to_its_doctor_and_kept_nowhere(sign_in: SignIn, pictured: str) -> None:
    doctor = sign_in("doctor", "chen", department_id=HEART.id)
    where = f"/console/questions/{pictured}/pictures/1"
    assert where in doctor.get(f"/console/questions/{pictured}").text
    shown = doctor.get(where)
    assert (shown.status_code, shown.mimetype, shown.data) == (200, "image/jpeg", b"\xff\xd8\xffpicture")
    assert shown.headers["Cache-Control"] == "no-store"
    assert shown.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("number", ["0", "2", "99999999999999999999", "x"])
def test_a_picture_that_is_not_there_is_not_found(sign_in: SignIn, pictured: str, number: str) -> None:
    doctor = sign_in("doctor", "chen", department_id=HEART.id)
    assert doctor.get(f"/console/questions/{pictured}/pictures/{number}").status_code == 404


def test_others_do_not_see_it(sign_in: SignIn, pictured: str, client: FlaskClient) -> None:
    where = f"/console/questions/{pictured}/pictures/1"
    assert sign_in("doctor", "wang", department_id="other").get(where).status_code == 404
    assert sign_in("service", "xiaolan").get(where).status_code == 403
    assert client.get(where).status_code in {302, 401}
