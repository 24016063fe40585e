"""Binding, telling who it is, letting go and cutting on pages: the same rules as in the chat."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from bot.ports import Ports
from bot.services import cards
from tests.factories import FakeSms, id_number, prove
from tests.web.hospital import Hospital

Enter = Callable[[str], tuple[FlaskClient, int]]
LI = {"name": "李小明", "id_number": "110101199003070011", "phone": "13800138000"}
CHILD = {"name": "李小小", "id_number": id_number(born=date(2018, 3, 7)), "phone": "13800138000"}


def field(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]+)"', page)
    assert found
    return found[1]


def send(browser: FlaskClient, path: str, page: str, **form: str) -> TestResponse:
    return browser.post(path, data={"form_token": field(page, "form_token"), **form})


@pytest.fixture
def sms(ports: Ports) -> FakeSms:
    assert isinstance(ports.sms, FakeSms)
    return ports.sms


@pytest.fixture
def li(patient: Enter) -> tuple[FlaskClient, int]:
    return patient("o-li")


def ask_code(browser: FlaskClient, who: dict[str, str]) -> str:
    page = browser.get("/h5/bind").text
    return send(browser, "/h5/bind", page, act="code", once=field(page, "once"), **who).text


def held(ports: Ports, person_id: int) -> list[cards.Card]:
    return cards.mine(ports, person_id=person_id)


def test_a_card_is_bound_with_the_code_that_went_to_the_phone(
    li: tuple[FlaskClient, int], ports: Ports, sms: FakeSms
) -> None:
    browser, person_id = li
    page = ask_code(browser, LI)
    assert "验证码已经发到 138****8000" in page
    assert f'value="{LI["id_number"]}"' in page  # nobody types it twice
    form = {**LI, "sms_code": sms.code(LI["phone"]), "relation": "self", "once": field(page, "once")}
    answer = send(browser, "/h5/bind", page, act="bind", **form)
    [card] = held(ports, person_id)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/h5/cards/{card.ref}")
    assert (card.name, card.relation) == ("李小明", "self")
    shown = browser.get(f"/h5/cards/{card.ref}").text
    assert "李**" in shown
    assert "自费" in shown
    assert all(value not in shown for value in LI.values())
    again = send(browser, "/h5/bind", page, act="bind", **form)
    assert again.headers["Location"] == answer.headers["Location"]  # sent twice is sent once
    assert len(held(ports, person_id)) == 1


@pytest.mark.parametrize(
    ("change", "status", "said"),
    [
        ({"sms_code": "000000"}, 422, "验证码不对"),
        ({"sms_code": "12"}, 400, "验证码是6位数字"),
        ({"sms_code": ""}, 422, "手机号还没有验证"),
        ({"id_number": "110101199003070012"}, 400, "身份证号好像不对"),
        ({"name": "头疼"}, 400, "姓名好像不对"),
        ({"phone": "1"}, 400, "手机号好像不对"),
    ],
)
def test_what_is_wrong_is_said_above_the_form(
    li: tuple[FlaskClient, int],
    ports: Ports,
    monkeypatch: pytest.MonkeyPatch,
    change: dict[str, str],
    status: int,
    said: str,
) -> None:
    monkeypatch.setattr("bot.services.codes.secrets.randbelow", lambda _most: 123456)
    browser, person_id = li
    page = ask_code(browser, LI)
    form = {**LI, "sms_code": "", "once": field(page, "once")} | change
    answer = send(browser, "/h5/bind", page, act="bind", **form)
    assert (answer.status_code, held(ports, person_id)) == (status, [])
    assert said in answer.text
    assert 'role="alert"' in answer.text
    assert answer.mimetype == "text/html"


def test_a_child_is_bound_by_a_guardian_only(li: tuple[FlaskClient, int], ports: Ports) -> None:
    browser, person_id = li
    prove(ports, person_id, CHILD["phone"])
    page = browser.get("/h5/bind").text
    once = field(page, "once")
    refused = send(browser, "/h5/bind", page, act="bind", once=once, **CHILD)
    assert "要由监护人同意" in refused.text
    assert send(browser, "/h5/bind", page, act="bind", once=once, guardian="yes", **CHILD).status_code == 303
    assert [card.relation for card in held(ports, person_id)] == ["child"]


def test_every_disagreement_with_the_hospital_looks_the_same(
    li: tuple[FlaskClient, int], ports: Ports, hospital: Hospital, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot.errors import HisRefused

    def differs(**_: str) -> None:
        raise HisRefused("card_mismatch")

    monkeypatch.setattr(hospital, "find_patient", differs)
    browser, person_id = li
    pages = set()
    for wrong in ({"name": "李大明"}, {"id_number": "110101196503070014"}, {"phone": "13900139000"}):
        who = LI | wrong
        prove(ports, person_id, who["phone"])
        page = browser.get("/h5/bind").text
        answer = send(browser, "/h5/bind", page, act="bind", once=field(page, "once"), **who)
        bare = re.sub(r'value="[^"]*"', "", answer.text)
        pages.add((answer.status_code, bare))
    [(_, page)] = pages
    assert f"服务台办理（电话 {hospital.hospitals()[0].phone}）" in page


def test_a_form_of_another_session_or_without_a_token_changes_nothing(
    patient: Enter, li: tuple[FlaskClient, int], ports: Ports
) -> None:
    browser, person_id = li
    other, _ = patient("o-other")
    theirs = field(other.get("/h5/bind").text, "form_token")
    prove(ports, person_id, LI["phone"])
    for form in ({}, {"form_token": theirs}, {"form_token": "x"}):
        answer = browser.post("/h5/bind", data={"act": "bind", **LI, **form})
        assert answer.status_code == 403
    assert held(ports, person_id) == []


@pytest.fixture
def shared(patient: Enter, li: tuple[FlaskClient, int], ports: Ports) -> tuple[cards.Card, FlaskClient, cards.Card]:
    """李小明's card with himself, and with somebody else."""
    other, other_id = patient("o-other")
    made = []
    for person_id in (li[1], other_id):
        prove(ports, person_id, LI["phone"])
        made.append(cards.bind(ports, person_id=person_id, key=f"k{person_id}", **LI))
    cards.set_relation(ports, person_id=li[1], ref=made[0].ref, relation="self")
    return made[0], other, made[1]


def test_the_other_who_holds_my_card_is_seen_and_cut(
    li: tuple[FlaskClient, int], shared: tuple[cards.Card, FlaskClient, cards.Card]
) -> None:
    mine, other, theirs = shared
    page = li[0].get(f"/h5/cards/{mine.ref}").text
    assert "另一个微信" in page
    assert other.get(f"/h5/cards/{theirs.ref}").status_code == 200
    send(li[0], f"/h5/cards/{mine.ref}/holders/{theirs.ref}/cut", page)
    assert "没有别的微信" in li[0].get(f"/h5/cards/{mine.ref}").text
    assert other.get(f"/h5/cards/{theirs.ref}").status_code == 404  # at his next request


def test_a_stranger_finds_no_card_and_cuts_nobody(
    patient: Enter, li: tuple[FlaskClient, int], shared: tuple[cards.Card, FlaskClient, cards.Card]
) -> None:
    mine, _, theirs = shared
    stranger, _ = patient("o-stranger")
    page = stranger.get("/h5/bind").text
    for ref in (mine.ref, "c_0000000000"):
        assert stranger.get(f"/h5/cards/{ref}").status_code == 404
        for act in ("default", "unbind", f"holders/{theirs.ref}/cut"):
            assert send(stranger, f"/h5/cards/{ref}/{act}", page).status_code == 404
        assert send(stranger, f"/h5/cards/{ref}/relation", page, relation="self").status_code == 404
    assert li[0].get(f"/h5/cards/{mine.ref}").status_code == 200


def test_a_card_is_related_chosen_and_let_go(li: tuple[FlaskClient, int], ports: Ports) -> None:
    browser, person_id = li
    for who in (LI, LI | {"name": "王秀兰", "id_number": "110101196503070022"}):
        prove(ports, person_id, who["phone"])
        card = cards.bind(ports, person_id=person_id, key=who["name"], **who)
    page = browser.get(f"/h5/cards/{card.ref}").text
    send(browser, f"/h5/cards/{card.ref}/relation", page, relation="mother")
    send(browser, f"/h5/cards/{card.ref}/default", page)
    assert [(c.name, c.relation) for c in held(ports, person_id)] == [("王秀兰", "mother"), ("李小明", None)]
    assert "王**（妈妈）" in browser.get("/h5/me").text
    assert send(browser, f"/h5/cards/{card.ref}/relation", page, relation="boss").status_code == 422
    send(browser, f"/h5/cards/{card.ref}/unbind", page)
    assert [c.name for c in held(ports, person_id)] == ["李小明"]
