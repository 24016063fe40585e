"""From an answered question to a published entry: no names in it, and no editor overwrites another."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from bot.ports import Ports
from bot.services import consult, faq, staff
from tests.web.conftest import PASSWORD, SignIn
from tests.web.hospital import HEART
from tests.web.visits import token

ANSWERED = "我叫欧阳晓，电话13800138000，降压药吃了两周脚踝肿"


@pytest.fixture
def ref(ports: Ports, person: Callable[..., int]) -> str:
    """A question that a doctor has answered."""
    facts = {"department_id": HEART.id, "doctor_id": None, "red_flag": False, "key": "k"}
    asked = consult.ask(ports, person_id=person("o-asker"), text=ANSWERED, **facts)
    doctor = staff.ensure(ports, members=[staff.Member("chen", "陈晓明", "doctor", PASSWORD, HEART.id)])[0]
    consult.claim(ports, staff=doctor, ref=asked.ref)
    consult.answer(ports, staff=doctor, ref=asked.ref, text="先别停药，带血压记录来找陈晓明医生。")
    return asked.ref


@pytest.fixture
def editor(sign_in: SignIn) -> FlaskClient:
    return sign_in("editor", "bian")


def make_draft(browser: FlaskClient, ref: str) -> str:
    page = browser.get("/console/answered").text
    answer = browser.post(f"/console/answered/{ref}/draft", data={"csrf_token": token(page)})
    assert answer.status_code == 200
    return answer.text


def version(page: str) -> str:
    return page.split('name="version" value="')[1].split('"', maxsplit=1)[0]


def send(browser: FlaskClient, path: str, **form: str) -> tuple[int, str]:
    csrf = token(browser.get("/console/faq").text)
    answer = browser.post(path, data={"csrf_token": csrf, **form})
    return answer.status_code, answer.text


def put_out(ports: Ports, sign_in: SignIn, path: str) -> tuple[int, str]:
    """Signed by the head of the department, published by another editor."""
    entry_id = int(path.rsplit("/", maxsplit=1)[1])
    head, other = sign_in("head", "zhuren", department_id=HEART.id), sign_in("editor", "lin")
    page = head.get(f"/console/signing/{entry_id}").text
    assert send(head, f"/console/signing/{entry_id}", version=version(page))[0] == 303
    return send(other, f"{path}/publish", version=version(other.get(path).text))


def entry_path(ports: Ports) -> str:
    member = staff.ensure(ports, members=[staff.Member("bian", "bian姓名", "editor", PASSWORD)])[0]
    return f"/console/faq/{faq.drafts(ports, staff=member)[0].id}"


def test_a_draft_shows_every_replacement(editor: FlaskClient, ref: str) -> None:
    page = make_draft(editor, ref)
    form, beside = page.split("</form>", maxsplit=2)[1:]  # after the one of signing out
    for personal in ("欧阳晓", "13800138000", "陈晓明"):
        assert personal not in form
        assert personal in beside
    assert "看问答" in editor.get("/console/answered").text


def test_patients_find_what_was_published_and_not_what_was_recalled(
    editor: FlaskClient, sign_in: SignIn, ports: Ports, ref: str
) -> None:
    page = make_draft(editor, ref)
    path = entry_path(ports)
    assert faq.search(ports, text="降压药脚踝肿") == []
    words = {"question": "吃降压药脚踝肿怎么办？", "answer": "不要自行停药。"}
    assert send(editor, path, version=version(page), **words)[0] == 303
    assert faq.search(ports, text="降压药脚踝肿") == []  # neither signed nor published yet
    assert put_out(ports, sign_in, path)[0] == 303
    assert [hit.answer for hit in faq.search(ports, text="降压药脚踝肿")] == ["不要自行停药。"]
    assert "吃降压药脚踝肿怎么办？" in editor.get("/console/faq?q=降压药脚踝肿").text
    now = version(editor.get(path).text)
    assert send(editor, f"{path}/recall", version=now)[0] == 303
    assert faq.search(ports, text="降压药脚踝肿") == []


def test_a_published_entry_can_be_corrected(editor: FlaskClient, sign_in: SignIn, ports: Ports, ref: str) -> None:
    page = make_draft(editor, ref)
    path = entry_path(ports)
    send(editor, path, version=version(page), question="吃降压药脚踝肿怎么办？", answer="旧的")
    put_out(ports, sign_in, path)
    now = version(editor.get(path).text)
    assert send(editor, path, version=now, question="吃降压药脚踝肿怎么办？", answer="新的")[0] == 303
    assert [hit.answer for hit in faq.search(ports, text="降压药脚踝肿")] == ["旧的"]
    assert put_out(ports, sign_in, path)[0] == 303
    assert [hit.answer for hit in faq.search(ports, text="降压药脚踝肿")] == ["新的"]


def test_a_stale_save_is_409_with_the_colleagues_change(
    editor: FlaskClient, sign_in: SignIn, ports: Ports, ref: str
) -> None:
    page = make_draft(editor, ref)
    path = entry_path(ports)
    other = sign_in("editor", "lin")
    theirs = {"question": "同事改的问题", "answer": "同事改的<i>回答</i>"}
    assert send(other, path, version=version(page), **theirs)[0] == 303
    status, conflict = send(editor, path, version=version(page), question="我改的问题", answer="我改的回答")
    assert status == 409
    assert "同事改的问题" in conflict
    assert "同事改的&lt;i&gt;回答" in conflict
    assert "我改的问题" in conflict
    assert "同事改的问题" in editor.get(path).text  # nothing was overwritten
    on_top = send(editor, path, version=version(conflict), question="我改的问题", answer="我改的回答")
    assert on_top[0] == 303
    assert "我改的问题" in editor.get(path).text


@pytest.mark.parametrize(
    "form",
    [
        {"question": "", "answer": "有"},
        {"question": "有", "answer": " "},
        {"question": "长" * 2001, "answer": "有"},
        {"version": "one", "question": "有", "answer": "有"},
        {"version": "９", "question": "有", "answer": "有"},
        {"version": "", "question": "有", "answer": "有"},
    ],
)
def test_an_unfit_form_is_refused_and_changes_nothing(
    editor: FlaskClient, ports: Ports, ref: str, form: dict[str, str]
) -> None:
    page = make_draft(editor, ref)
    path = entry_path(ports)
    before = words_of(editor.get(path).text)
    assert send(editor, path, **{"version": version(page), **form})[0] == 400
    assert words_of(editor.get(path).text) == before


def words_of(page: str) -> list[str]:
    """What stands in the form of an entry."""
    return re.findall(r"<textarea.*?</textarea>", page, re.DOTALL)


def test_a_stale_recall_is_409(editor: FlaskClient, sign_in: SignIn, ports: Ports, ref: str) -> None:
    page = make_draft(editor, ref)
    path = entry_path(ports)
    send(editor, path, version=version(page), question="脚踝肿怎么办？", answer="来门诊")
    put_out(ports, sign_in, path)
    assert send(editor, f"{path}/recall", version=version(page))[0] == 409
    assert faq.search(ports, text="脚踝肿怎么办") != []


def test_a_doctor_cannot_publish(sign_in: SignIn, editor: FlaskClient, ports: Ports, ref: str) -> None:
    make_draft(editor, ref)
    path = entry_path(ports)
    doctor = sign_in("doctor", "liu", department_id=HEART.id)
    csrf = token(doctor.get("/console/questions").text)
    form = {"csrf_token": csrf, "version": "1", "question": "有", "answer": "有", "then": "publish"}
    assert doctor.post(path, data=form).status_code == 403
    assert faq.search(ports, text="降压药脚踝肿") == []


def test_another_departments_entry_looks_like_none(
    sign_in: SignIn, editor: FlaskClient, ports: Ports, ref: str
) -> None:
    make_draft(editor, ref)
    head = sign_in("head", "zhu", department_id="yh.other")
    foreign, unknown = head.get(entry_path(ports)), head.get("/console/faq/99999")
    assert foreign.status_code == unknown.status_code == 404
    assert foreign.data == unknown.data


def test_a_huge_number_is_just_unknown(editor: FlaskClient) -> None:
    assert editor.get(f"/console/faq/{10**30}").status_code == 404


@pytest.mark.parametrize("text", ["' OR 1=1 --", "<b>", "*", '"', "(", "a" * 5000, "\x00"])
def test_any_words_may_be_searched(editor: FlaskClient, text: str) -> None:
    answer = editor.get("/console/faq", query_string={"q": text})
    assert answer.status_code == 200
    assert "<b>" not in answer.text


def test_a_draft_made_by_one_click_is_discarded_after_a_second_one(editor: FlaskClient, ports: Ports, ref: str) -> None:
    page = make_draft(editor, ref)
    assert "确认丢弃" in page.split("<details")[1]
    path = entry_path(ports)
    assert send(editor, f"{path}/discard", version=version(page))[0] == 303
    assert editor.get(path).status_code == 404
    assert "做成常见问答" in editor.get("/console/answered").text


def test_a_name_that_is_the_role_stands_there_once(ports: Ports, sign_in: SignIn) -> None:
    staff.ensure(ports, members=[staff.Member("neirong", "内容编辑", "editor", PASSWORD)])
    assert sign_in("editor", "neirong").get("/console/faq").text.count("内容编辑") == 1
