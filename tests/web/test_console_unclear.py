"""An editor says what a text meant that was not understood."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.ports import Ports
from bot.services import unclear
from tests.web.conftest import SignIn
from tests.web.visits import token


@pytest.fixture
def said(ports: Ports, person: Callable[..., int]) -> str:
    """A text that was taken for a booking and corrected; gives its ref."""
    ref = unclear.note(ports, person_id=person("o-mumbler"), text="那个<b>怎么弄", guess="book", confidence=0.31)
    unclear.corrected(ports, payload=f'/cancel_booking{{"meant": "{ref}"}}')
    return str(ref)


def test_the_page_shows_the_words_the_guess_and_what_the_patient_tapped(sign_in: SignIn, said: str) -> None:
    page = sign_in("editor").get("/console/unclear").text
    assert "那个&lt;b&gt;怎么弄" in page
    assert "当成“挂号、预约”，把握 31%" in page
    assert "患者点了“取消预约、退号”" in page
    assert '<option value="cancel_booking" selected>' in page


def test_one_tap_labels_it_and_a_second_one_says_so(sign_in: SignIn, ports: Ports, said: str) -> None:
    editor = sign_in("editor")
    form = {"csrf_token": token(editor.get("/console/unclear").text), "intent": "cancel_booking"}
    done = editor.post(f"/console/unclear/{said}", data=form, follow_redirects=True)
    assert "没有等着看的话" in done.text
    again = editor.post(f"/console/unclear/{said}", data=form, follow_redirects=True)
    assert "别人已经处理过了" in again.text
    assert [one.intent for one in unclear.labelled(ports)] == ["cancel_booking"]


def test_without_a_choice_nothing_is_labelled(sign_in: SignIn, ports: Ports, said: str) -> None:
    editor = sign_in("editor")
    form = {"csrf_token": token(editor.get("/console/unclear").text), "intent": ""}
    assert "请先选" in editor.post(f"/console/unclear/{said}", data=form, follow_redirects=True).text
    assert unclear.counts(ports) == {"waiting": 1}


def test_what_is_not_to_be_learnt_goes_away(sign_in: SignIn, ports: Ports, said: str) -> None:
    editor = sign_in("editor")
    form = {"csrf_token": token(editor.get("/console/unclear").text), "drop": "1", "intent": "book"}
    editor.post(f"/console/unclear/{said}", data=form)
    assert unclear.counts(ports) == {"dropped": 1}


def test_odd_wishes_are_refused_and_others_have_no_such_page(sign_in: SignIn, ports: Ports, said: str) -> None:
    editor = sign_in("editor")
    form = {"csrf_token": token(editor.get("/console/unclear").text), "intent": "<script>"}
    assert editor.post(f"/console/unclear/{said}", data=form).status_code == 400
    assert editor.post("/console/unclear/u_0000000000", data={**form, "intent": "book"}).status_code == 404
    for role in ("doctor", "operator", "service"):
        assert sign_in(role).get("/console/unclear").status_code == 403
    assert unclear.counts(ports) == {"waiting": 1}
