"""What doctors do at a question's page beside answering, and what stands beside it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from bot.db import base
from bot.db.consult import Question
from bot.db.privacy import Audit
from bot.his.port import Appointment
from bot.ports import Ports
from bot.services import cards, consult, privacy
from tests.factories import prove
from tests.web.hospital import DAY, HEART, START, Hospital
from tests.web.visits import do, token

Ask = Callable[..., str]
ONCE = "0123456789abcdef"


@pytest.fixture
def asker(person: Callable[..., int]) -> int:
    return person("o-asker")


@pytest.fixture
def ask(ports: Ports, asker: int) -> Ask:
    def one(text: str = "降压药吃了两周，脚踝有点肿") -> str:
        key = f"test:{len(consult.mine(ports, person_id=asker))}"
        facts = {"department_id": HEART.id, "doctor_id": None, "red_flag": False, "key": key}
        return consult.ask(ports, person_id=asker, text=text, **facts).ref

    return one


def state(ports: Ports, ref: str) -> str:
    with ports.transaction() as session:
        return str(session.scalar(sa.select(Question.state).where(Question.ref == ref)))


def test_asked_back_stands_in_its_own_part_of_the_list(doctor: FlaskClient, ports: Ports, ask: Ask) -> None:
    ref = ask()
    do(doctor, ref, "claim")
    assert do(doctor, ref, "ask-back", text="一天吃几片？")[0] == 303
    assert f"row-{ref}" not in doctor.get("/console/questions").text
    assert f"row-{ref}" in doctor.get("/console/questions?which=asked_back").text
    page = doctor.get(f"/console/questions/{ref}").text
    assert "一天吃几片？" in page
    assert "等患者回复" in page
    assert "我来回答" not in page


def test_a_refusal_ends_it(doctor: FlaskClient, ports: Ports, ask: Ask) -> None:
    ref = ask()
    do(doctor, ref, "claim")
    assert do(doctor, ref, "refuse", reason="x")[0] == 400
    assert do(doctor, ref, "refuse", reason="examine", words="先做心电图。")[0] == 303
    assert state(ports, ref) == "refused"
    assert "先做心电图。" in doctor.get(f"/console/questions/{ref}").text


@pytest.mark.parametrize(("act", "form"), [("ask-back", {"text": "？"}), ("ask-back", {"text": "一天几片？"})])
def test_what_could_not_be_sent_comes_back(doctor: FlaskClient, ask: Ask, act: str, form: dict[str, str]) -> None:
    ref = ask()
    if form["text"] == "？":
        do(doctor, ref, "claim")
    status, page = do(doctor, ref, act, **form)
    assert status == (400 if form["text"] == "？" else 409)
    assert form["text"] in page


def test_handing_on_needs_a_reason_and_frees_it(doctor: FlaskClient, colleague: FlaskClient, ask: Ask) -> None:
    ref = ask()
    do(doctor, ref, "claim")
    assert do(doctor, ref, "reassign", to=f"{HEART.id}/yh.doc1", why="")[0] == 400
    assert do(doctor, ref, "reassign", to="yh.nowhere", why="更合适")[0] == 404
    assert do(doctor, ref, "reassign", to=f"{HEART.id}/yh.doc1", why="他更熟悉")[0] == 303
    page = colleague.get(f"/console/questions/{ref}").text
    assert "他更熟悉" in page
    assert "指名" in colleague.get("/console/questions").text
    assert do(colleague, ref, "claim")[0] == 303


def test_a_silent_hospital_takes_away_only_the_handing_on(doctor: FlaskClient, hospital: Hospital, ask: Ask) -> None:
    ref = ask()
    hospital.down = True
    page = doctor.get(f"/console/questions/{ref}").text
    assert "我来回答" in page
    assert "转给别的医生" not in page


def test_notes_are_for_colleagues(doctor: FlaskClient, colleague: FlaskClient, ask: Ask) -> None:
    ref = ask()
    assert do(doctor, ref, "notes", text="<b>上周</b>来过", once=ONCE)[0] == 303
    assert do(doctor, ref, "notes", text="", once=ONCE)[0] == 400
    assert "&lt;b&gt;上周" in colleague.get(f"/console/questions/{ref}").text


def test_a_draft_is_saved_with_its_version_and_a_stale_one_is_409(doctor: FlaskClient, ask: Ask) -> None:
    ref = ask()
    do(doctor, ref, "claim")
    csrf = token(doctor.get(f"/console/questions/{ref}").text)

    def save(text: str, version: str) -> tuple[int, object]:
        form = {"csrf_token": csrf, "text": text, "version": version}
        answer = doctor.post(f"/console/questions/{ref}/draft", data=form, headers={"Accept": "application/json"})
        return answer.status_code, answer.get_json()

    assert save("写了一半", "0") == (200, {"version": 1, "at": "08:30"})
    assert save("别的窗口", "0") == (409, {"text": "写了一半", "version": 1, "at": "08:30"})
    assert save("写完了", "1") == (200, {"version": 2, "at": "08:30"})
    assert save("写完了", "x")[0] == 400
    assert save("长" * 4001, "2")[0] == 400


def test_a_poll_that_changes_nothing_reads_and_writes_down_nothing(
    doctor: FlaskClient, ports: Ports, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask()
    etag = doctor.get("/console/questions/live").headers["ETag"]
    with ports.transaction() as session:
        before = session.scalar(sa.select(sa.func.count()).select_from(Audit))
    with monkeypatch.context() as patch:
        patch.setattr("bot.services.desk_inbox.line", None)
        assert doctor.get("/console/questions/live", headers={"If-None-Match": etag}).status_code == 304
    with ports.transaction() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Audit)) == before


def test_a_question_that_a_colleague_took_says_so_by_itself(
    doctor: FlaskClient, colleague: FlaskClient, ask: Ask
) -> None:
    ref = ask()
    first = doctor.get(f"/console/questions/{ref}/live")
    etag = first.headers["ETag"]
    assert doctor.get(f"/console/questions/{ref}/live", headers={"If-None-Match": etag}).status_code == 304
    do(colleague, ref, "claim")
    changed = doctor.get(f"/console/questions/{ref}/live", headers={"If-None-Match": etag})
    assert (changed.status_code, "liu姓名 在回答" in changed.text) == (200, True)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Databases of this test wait a moment for a writer, not five seconds."""
    monkeypatch.setattr(base, "BUSY_MS", 50)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("waits", [False, True], ids=["reads", "control"])
def test_a_poll_waits_for_no_writer(
    doctor: FlaskClient, ports: Ports, ask: Ask, monkeypatch: pytest.MonkeyPatch, *, waits: bool
) -> None:
    live = f"/console/questions/{ask()}/live"
    etag = doctor.get(live).headers["ETag"]
    if waits:
        for room in ("access", "staff_sessions"):
            monkeypatch.setattr(f"bot.services.{room}.reading", nullcontext)
    with ports.transaction() as session:  # of a colleague, and slow
        session.execute(sa.update(Question).values(version=2))
        seen = doctor.get(live, headers={"If-None-Match": etag})
    assert (seen.status_code, seen.headers.get("Retry-After")) == ((503, "30") if waits else (304, None))


@pytest.mark.parametrize("agreed", [True, False])
def test_earlier_visits_stand_beside_it_while_the_patient_agrees(
    doctor: FlaskClient, ports: Ports, hospital: Hospital, asker: int, ask: Ask, *, agreed: bool
) -> None:
    prove(ports, asker, "13800138000")
    cards.bind(ports, person_id=asker, name="欧阳晓", id_number="110101199003070011", phone="13800138000", key="k")
    hospital.visits = [visit("yh.p1", START - timedelta(days=30)), visit("yh.p9", START)]
    ref = ask()
    if not agreed:
        privacy.refuse(ports, person_id=asker, purpose="binding")
    page = doctor.get(f"/console/questions/{ref}").text
    assert ("来院就诊" in page) is agreed
    assert page.count("周五") <= 1


def visit(patient_id: str, start: datetime) -> Appointment:
    day = DAY if start == START else DAY - timedelta(days=30)
    facts = {"slot_id": "s", "session_id": "s", "department_id": HEART.id, "doctor_id": "yh.doc1", "room": ""}
    return Appointment(
        id=patient_id, key="k", patient_id=patient_id, day=day, start=start, number=1, state="done", fee_fen=0, **facts
    )


def test_what_he_asked_before_stands_beside_it(doctor: FlaskClient, ask: Ask) -> None:
    first = ask("上次问的：药要饭前吃吗？")
    do(doctor, first, "claim")
    do(doctor, first, "answer", text="饭后半小时吃。")
    page = doctor.get(f"/console/questions/{ask()}").text
    assert "以前问过" in page
    assert "饭后半小时吃。" in page


def test_phrases_are_made_changed_and_taken_away(doctor: FlaskClient, colleague: FlaskClient) -> None:
    def post(browser: FlaskClient, path: str, **form: str) -> int:
        csrf = token(browser.get("/console/phrases").text)
        return browser.post(f"/console/phrases{path}", data={"csrf_token": csrf, **form}).status_code

    assert post(doctor, "", code="fz", text="请来门诊复诊。", shared="yes") == 303
    assert post(doctor, "", code="fz", text="再来一条。", shared="yes") == 409
    assert post(doctor, "", code="", text="没有快捷词。") == 400
    page = colleague.get("/console/phrases").text
    assert "请来门诊复诊。" in page
    ref = page.split('id="remove-')[1].split('"')[0]
    assert post(colleague, f"/{ref}", code="fz", text="请挂号复诊。", version="1") == 303
    assert post(doctor, f"/{ref}", code="fz", text="我也改了。", version="1") == 409
    assert post(doctor, f"/{ref}/remove") == 303
    assert "请挂号复诊。" not in colleague.get("/console/phrases").text


def test_an_address_that_nobody_wrote_is_the_whole_list(doctor: FlaskClient, ask: Ask) -> None:
    ref = ask()
    for query in ("which=x&page=-3", "page=99999999999999", "which=all&page=7", "department=%00&page=1"):
        page = doctor.get(f"/console/questions?{query}")
        assert page.status_code == 200
        assert (ref in page.text) is ("department" not in query)
