"""常见问答 on pages: looked up, narrowed down, read; stored text never runs."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from bot.ports import Ports
from bot.services import faq, faq_library

Enter = Callable[[str], tuple[FlaskClient, int]]
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture(autouse=True)
def _entries(ports: Ports) -> None:
    entries = [
        {"id": "1", "question": "孩子发烧怎么办", "answer": "多喝水。\n精神差就来急诊。", "department": "儿科"},
        {"id": "2", "question": "高血压能喝酒吗", "answer": "最好不喝。", "department": "心血管内科"},
        {"id": "3", "question": f"湿疹{SCRIPT}能洗澡吗", "answer": f"能。{SCRIPT}"},
    ]
    faq.import_lines(ports, lines=[json.dumps(entry, ensure_ascii=False) for entry in entries])


@pytest.fixture
def browser(patient: Enter) -> FlaskClient:
    return patient("o-li")[0]


def test_all_entries_stand_there_by_department(browser: FlaskClient) -> None:
    page = browser.get("/h5/faq").text
    assert "孩子发烧怎么办" in page
    assert "高血压能喝酒吗" in page
    assert "儿科 1" in page
    narrowed = browser.get("/h5/faq?department=儿科").text
    assert "孩子发烧怎么办" in narrowed
    assert "高血压能喝酒吗" not in narrowed


def test_what_was_looked_for_is_marked_and_leads_to_the_entry(browser: FlaskClient, ports: Ports) -> None:
    page = browser.get("/h5/faq?q=小孩发热").text
    assert "<mark>孩子发烧</mark>怎么办" in page
    (entry,) = faq_library.look(ports, wanted="小孩发热")
    one = browser.get(f"/h5/faq/{entry.id}?q=小孩发热").text
    assert "多喝水。<br>精神差就来急诊。" in one
    assert "发布日期" in one
    assert "不是针对您的诊断" in one


def test_nothing_fits_is_said_with_the_way_to_ask(browser: FlaskClient) -> None:
    page = browser.get("/h5/faq?q=股票").text
    assert "没有找到合适的回答" in page
    assert "直接问医生" in page


def test_an_emergency_in_the_search_box_comes_first(browser: FlaskClient) -> None:
    assert "tel:120" in browser.get("/h5/faq?q=胸口剧痛喘不上气").text


def test_stored_and_typed_text_is_only_text(browser: FlaskClient, ports: Ports) -> None:
    (entry,) = faq_library.look(ports, wanted="湿疹")
    for address in ("/h5/faq", f"/h5/faq?q={SCRIPT}湿疹", f"/h5/faq/{entry.id}", f"/h5/faq/{entry.id}?q={SCRIPT}"):
        page = browser.get(address)
        assert page.status_code == 200
        assert SCRIPT not in page.text


@pytest.mark.parametrize("address", ["/h5/faq/999", "/h5/faq/0", "/h5/faq/99999999999"])
def test_an_entry_that_is_not_there_is_not_found(browser: FlaskClient, address: str) -> None:
    assert browser.get(address).status_code == 404


def test_who_is_not_signed_in_signs_in_first(client: FlaskClient) -> None:
    assert client.get("/h5/faq").status_code in {302, 303, 401}
