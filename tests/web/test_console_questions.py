"""Doctors see, claim, answer and release questions; two of them never answer the same one."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from bot import clock
from bot.db.faq import FaqEntry, next_revision
from bot.db.push import Notice
from bot.ports import Ports
from bot.services import cards, consult
from tests.factories import prove
from tests.web.conftest import NOW, SignIn
from tests.web.hospital import HEART
from tests.web.visits import do, token

MARKUP = "胸口闷 <script>window.pwned=1</script><img src=x onerror=alert(1)>{{7*7}}\"'&"
Ask = Callable[..., consult.Question]


@pytest.fixture
def ask(ports: Ports, person: Callable[..., int]) -> Ask:
    person_id = person("o-asker")

    def one(text: str = "降压药吃了两周，脚踝有点肿", *, red_flag: bool = False) -> consult.Question:
        key = f"test:{len(consult.mine(ports, person_id=person_id))}"
        return consult.ask(
            ports,
            person_id=person_id,
            department_id=HEART.id,
            doctor_id=None,
            text=text,
            red_flag=red_flag,
            key=key,
        )

    return one


def test_red_flags_stand_on_top(doctor: FlaskClient, ask: Ask) -> None:
    with clock.frozen(NOW - timedelta(hours=2)):
        calm = ask()
    urgent = ask("胸口压着疼，出冷汗", red_flag=True)
    page = doctor.get("/console/questions").text
    assert page.index(urgent.ref) < page.index(calm.ref)
    assert "危急信号" in page
    assert (page.count("data-age"), page.count("data-due")) == (2, 2)


def test_a_patients_words_never_become_markup(doctor: FlaskClient, ask: Ask) -> None:
    ref = ask(MARKUP).ref
    for path in ("/console/questions", "/console/questions/live", f"/console/questions/{ref}"):
        page = doctor.get(path).text
        assert "<script>window" not in page
        assert "<img" not in page
        assert "&lt;script&gt;window" in page
    assert "{{7*7}}&#34;&#39;&amp;" in page


def test_the_patients_name_is_masked(doctor: FlaskClient, ports: Ports, ask: Ask, person: Callable[..., int]) -> None:
    ask()
    person_id = person("o-carded")
    whole = {"name": "欧阳晓", "id_number": "110101199003070011", "phone": "13800138000"}
    prove(ports, person_id, whole["phone"])
    cards.bind(ports, person_id=person_id, key="k", **whole)
    facts = {"department_id": HEART.id, "doctor_id": None, "red_flag": False, "key": "carded"}
    ref = consult.ask(ports, person_id=person_id, text="药要饭前吃吗？", **facts).ref
    page = doctor.get(f"/console/questions/{ref}").text
    assert "欧**" in page
    assert "男 36 岁" in page
    assert all(value not in page for value in whole.values())


def test_the_list_is_sent_again_only_when_it_changed(doctor: FlaskClient, ask: Ask) -> None:
    page = doctor.get("/console/questions").text
    first = doctor.get("/console/questions/live")
    etag = first.headers["ETag"]
    assert f'data-tag="{etag.strip(chr(34))}"' in page  # the page's own first poll is a 304 already
    again = doctor.get("/console/questions/live", headers={"If-None-Match": etag})
    assert (again.status_code, again.data) == (304, b"")
    ref = ask().ref
    changed = doctor.get("/console/questions/live", headers={"If-None-Match": etag})
    assert changed.status_code == 200
    assert ref in changed.text
    assert changed.headers["ETag"] != etag


def test_time_alone_does_not_change_the_list(doctor: FlaskClient, ask: Ask) -> None:
    ask()
    etag = doctor.get("/console/questions/live").headers["ETag"]
    with clock.frozen(NOW + timedelta(minutes=7)):
        assert doctor.get("/console/questions/live", headers={"If-None-Match": etag}).status_code == 304


def test_a_claimed_question_shows_its_holder_and_no_second_claim(
    doctor: FlaskClient, colleague: FlaskClient, ask: Ask
) -> None:
    ref = ask().ref
    stale = token(colleague.get(f"/console/questions/{ref}").text)
    assert do(doctor, ref, "claim")[0] == 303
    assert "我在回答" in doctor.get("/console/questions").text
    assert "chen姓名 在回答" in colleague.get("/console/questions").text
    late = colleague.post(f"/console/questions/{ref}/claim", data={"csrf_token": stale})
    assert late.status_code == 409
    assert "chen姓名 在回答" in late.text
    assert "我来回答" not in late.text


def test_a_lease_that_ran_out_frees_the_question(doctor: FlaskClient, colleague: FlaskClient, ask: Ask) -> None:
    ref = ask().ref
    do(doctor, ref, "claim")
    with clock.frozen(NOW + timedelta(minutes=16)):
        assert "在回答" not in colleague.get("/console/questions").text
        assert do(colleague, ref, "claim")[0] == 303


def test_an_answer_reaches_the_outbox_once(doctor: FlaskClient, ports: Ports, ask: Ask) -> None:
    ref = ask().ref
    do(doctor, ref, "claim")
    csrf = token(doctor.get(f"/console/questions/{ref}").text)
    form = {"csrf_token": csrf, "text": "先别停药，带上血压记录来门诊。"}
    for _ in range(2):  # a double click
        answer = doctor.post(f"/console/questions/{ref}/answer", data=form)
        assert (answer.status_code, answer.headers["Location"]) == (303, f"/console/questions?sent={ref}")
    with ports.transaction() as session:
        notices = session.scalars(sa.select(Notice)).all()
    assert [json.loads(ports.crypto.open(n.payload_sealed)) for n in notices] == [{"view": "answer", "ref": ref}]
    assert ref not in doctor.get("/console/questions").text.split("data-live")[1]


def test_an_answer_after_a_colleagues_is_409_and_keeps_the_words(
    doctor: FlaskClient, colleague: FlaskClient, ask: Ask
) -> None:
    ref = ask().ref
    do(doctor, ref, "claim")
    csrf = token(doctor.get(f"/console/questions/{ref}").text)
    with clock.frozen(NOW + timedelta(minutes=16)):
        do(colleague, ref, "claim")
        do(colleague, ref, "answer", text="请尽快来门诊复诊。")
        late = doctor.post(f"/console/questions/{ref}/answer", data={"csrf_token": csrf, "text": "我写了<b>很久</b>"})
    assert late.status_code == 409
    assert "请尽快来门诊复诊。" in late.text
    assert "我写了&lt;b&gt;很久" in late.text


@pytest.mark.parametrize("text", ["", " ", "好", "长" * 2001])
def test_an_unfit_answer_is_refused(doctor: FlaskClient, ask: Ask, text: str) -> None:
    ref = ask().ref
    do(doctor, ref, "claim")
    assert do(doctor, ref, "answer", text=text)[0] == 400


def test_released_questions_are_free_again(doctor: FlaskClient, colleague: FlaskClient, ask: Ask) -> None:
    ref = ask().ref
    do(doctor, ref, "claim")
    assert do(doctor, ref, "release")[0] == 303
    assert do(colleague, ref, "claim")[0] == 303


def test_another_departments_question_looks_like_none(sign_in: SignIn, ask: Ask) -> None:
    other = sign_in("doctor", "wai", department_id="yh.other")
    ref = ask().ref
    foreign = other.get(f"/console/questions/{ref}")
    unknown = other.get("/console/questions/q_0000000000")
    assert foreign.status_code == unknown.status_code == 404
    assert foreign.data == unknown.data
    assert ref not in other.get("/console/questions").text


@pytest.mark.parametrize("act", ["claim", "release", "answer"])
def test_a_button_without_its_token_is_refused(doctor: FlaskClient, ask: Ask, act: str) -> None:
    ref = ask().ref
    assert doctor.post(f"/console/questions/{ref}/{act}", data={"text": "两个字以上"}).status_code == 403
    assert "我来回答" in doctor.get(f"/console/questions/{ref}").text


def test_answered_questions_help_with_new_ones(doctor: FlaskClient, ports: Ports, ask: Ask) -> None:
    facts = {"department_name": "心血管内科", "state": "published", "updated_at": NOW}
    others = dict.fromkeys(
        ("感冒多久能好", "鼻炎怎么护理", "CT要空腹吗", "高血压能吃党参吗", "发烧怎么办"), "请看门诊。"
    )
    with ports.transaction() as session:
        for question, answer in {"吃降压药脚踝肿怎么办？": "不要自行停药。", **others}.items():
            session.add(FaqEntry(question=question, answer=answer, revision=next_revision(session), **facts))
    assert "不要自行停药。" in doctor.get(f"/console/questions/{ask().ref}").text


def test_a_doctor_reads_what_he_answered(doctor: FlaskClient, ask: Ask) -> None:
    assert "您还没有回答过问题" in doctor.get("/console/given").text
    ref = ask().ref
    for act, form in (("claim", {}), ("answer", {"text": "先别停药，带记录来复诊。"})):
        page = doctor.get(f"/console/questions/{ref}").text
        assert (
            doctor.post(f"/console/questions/{ref}/{act}", data={"csrf_token": token(page), **form}).status_code == 303
        )
    page = doctor.get("/console/given").text
    assert "先别停药，带记录来复诊。" in page
    assert "等待送达" in page
    assert 'href="/console/given"' in page
