"""我的数据 on the page, consent asked for where it is missing, revealing with a reason, and refused doors in the trail."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from bot.db.privacy import Audit
from bot.ports import Ports
from bot.services import audit, cards, consult, mydata
from tests.factories import prove
from tests.web.conftest import SignIn
from tests.web.hospital import HEART, Hospital
from tests.web.visits import token

Enter = Callable[[str], tuple[FlaskClient, int]]
LI = {"name": "李小明", "id_number": "110101199003070011", "phone": "13800138000"}


def form_token(page: str) -> str:
    found = re.search(r'name="form_token" value="([^"]+)"', page)
    assert found
    return found[1]


def press(browser: FlaskClient, act: str, **form: str) -> tuple[int, str]:
    """Press a button of the data page; gives the status and where it leads."""
    filled = {"form_token": form_token(browser.get("/h5/data").text), **form}
    answer = browser.post(f"/h5/data/{act}", data=filled)
    return answer.status_code, answer.headers.get("Location", "")


def rows(ports: Ports, action: str) -> list[tuple[str, str, str]]:
    with ports.transaction() as session:
        found = session.scalars(sa.select(Audit).where(Audit.action == action).order_by(Audit.id))
        return [(row.subject, row.reason, row.result) for row in found]


@pytest.fixture
def li(patient: Enter, ports: Ports) -> tuple[FlaskClient, int, cards.Card]:
    browser, person_id = patient("o-li")
    prove(ports, person_id, LI["phone"])
    return browser, person_id, cards.bind(ports, person_id=person_id, key="bind", **LI)


Li = tuple[FlaskClient, int, cards.Card]


def test_the_page_counts_what_is_kept_and_shows_nothing_of_it(li: Li) -> None:
    page = li[0].get("/h5/data").text
    assert "1 张" in page
    assert page.count("已同意") == 3
    assert all(value not in page for value in LI.values())
    assert "/h5/data" in li[0].get("/h5/me").text


def test_the_copy_holds_ones_own_values_and_is_never_kept_by_a_browser(li: Li) -> None:
    copy = li[0].get("/h5/data/copy")
    assert all(value in copy.text for value in LI.values())
    assert copy.headers["Cache-Control"] == "no-store"


def test_reports_ask_for_the_consent_that_was_taken_back_and_go_on_from_there(li: Li, hospital: Hospital) -> None:
    browser, _, card = li
    address = f"/h5/reports/{card.ref}.{hospital.add_report(card.patient_id)}"
    assert press(browser, "withdraw", purpose="reports") == (303, "/h5/data")
    asked = browser.get(address)
    assert asked.status_code == 302
    page = browser.get(asked.headers["Location"]).text
    assert "先要您同意：查报告" in page
    assert "11.8" not in page
    form = {"form_token": form_token(page), "purpose": "reports", "next": address}
    assert address in page
    assert browser.post("/h5/data/agree", data=form).headers["Location"] == address
    assert "11.8" in browser.get(address).text


def test_taking_back_binding_takes_the_card_off_every_page_at_once(li: Li) -> None:
    assert press(li[0], "withdraw", purpose="binding")[0] == 303
    assert "李**" not in li[0].get("/h5/me").text


@pytest.mark.parametrize("act", ["agree", "withdraw", "erase"])
@pytest.mark.parametrize("forged", ["", "x", "ß"])
def test_a_form_of_another_site_changes_nothing(li: Li, ports: Ports, act: str, forged: str) -> None:
    before = mydata.overview(ports, person_id=li[1])
    answer = li[0].post(f"/h5/data/{act}", data={"form_token": forged, "purpose": "reports", "sure": "yes"})
    assert answer.status_code == 403
    assert mydata.overview(ports, person_id=li[1]) == before


def test_the_form_of_another_patient_does_not_work_here(li: Li, patient: Enter) -> None:
    theirs = form_token(patient("o-wang")[0].get("/h5/data").text)
    form = {"form_token": theirs, "purpose": "reports"}
    assert li[0].post("/h5/data/withdraw", data=form).status_code == 403


@pytest.mark.parametrize("purpose", ["", "marketing", "李小明"])
def test_a_purpose_that_is_none_is_refused(li: Li, purpose: str) -> None:
    assert press(li[0], "agree", purpose=purpose)[0] == 400


@pytest.mark.parametrize("target", ["https://evil.example", "//evil.example/h5/", "/console/"])
def test_agreeing_never_leads_away(li: Li, target: str) -> None:
    assert press(li[0], "agree", purpose="reports", next=target) == (303, "/h5/data")


def test_erasing_needs_the_box_and_ends_the_visit(li: Li, ports: Ports) -> None:
    assert press(li[0], "erase")[0] == 400
    assert press(li[0], "erase", sure="yes")[0] == 303
    assert li[0].get("/h5/me").status_code == 302
    assert cards.mine(ports, person_id=li[1]) == []


@pytest.fixture
def asked(li: Li, ports: Ports) -> str:
    facts = {"department_id": HEART.id, "doctor_id": None, "red_flag": False, "key": "q"}
    return consult.ask(ports, person_id=li[1], text="药要饭前吃吗？", **facts).ref


def test_a_name_is_shown_for_a_reason_and_only_then(sign_in: SignIn, ports: Ports, asked: str) -> None:
    doctor = sign_in("doctor", "chen", department_id=HEART.id)
    page = doctor.get(f"/console/questions/{asked}").text
    assert all(value not in page for value in LI.values())
    csrf = token(page)
    for form in ({}, {"reason": ""}, {"reason": "好奇"}):
        answer = doctor.post(f"/console/questions/{asked}/reveal", data={"csrf_token": csrf, **form})
        assert answer.status_code == 400
        assert LI["name"] not in answer.text
    shown = doctor.post(f"/console/questions/{asked}/reveal", data={"csrf_token": csrf, "reason": "call_back"})
    assert all(value in shown.text for value in LI.values())
    assert rows(ports, "consult.reveal") == [(asked, "none given", "bad_reason")] * 3 + [(asked, "call_back", "ok")]
    assert LI["name"] not in doctor.get(f"/console/questions/{asked}").text


def test_the_patient_reads_who_looked(sign_in: SignIn, li: Li, asked: str) -> None:
    sign_in("doctor", "chen", department_id=HEART.id).get(f"/console/questions/{asked}")
    assert "医生看了提问" in li[0].get("/h5/data").text


def test_a_door_of_another_role_is_refused_and_written_down(sign_in: SignIn, ports: Ports) -> None:
    assert sign_in("finance").get("/console/questions").status_code == 403
    assert rows(ports, "console.enter") == [("console.questions", "door", "forbidden")]


def test_a_poll_that_shows_nothing_new_is_no_look(sign_in: SignIn, ports: Ports, asked: str) -> None:
    doctor = sign_in("doctor", "chen", department_id=HEART.id)
    etag = doctor.get("/console/questions/live").headers["ETag"]
    seen = len(rows(ports, "consult.inbox"))
    for _ in range(5):
        assert doctor.get("/console/questions/live", headers={"If-None-Match": etag}).status_code == 304
    assert len(rows(ports, "consult.inbox")) == seen == 1


def test_one_request_is_one_trace(li: Li, ports: Ports) -> None:
    li[0].get("/h5/me")
    with ports.transaction() as session:
        last = session.scalars(sa.select(Audit).order_by(Audit.id.desc()).limit(2)).all()
    assert {row.action for row in last} == {"cards.list", "bookings.list"}
    assert len({row.trace for row in last}) == 1
    assert last[0].trace.startswith("http/")
    assert audit.verify(ports).whole
