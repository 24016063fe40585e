"""人体图: from a tap on the drawing over the same questions as in the chat to half hours that can be booked."""

from __future__ import annotations

import re
from html import unescape

import pytest
import sqlalchemy as sa

from bot.db.triage import TriageNote
from bot.ports import Ports
from bot.triage.body import parts
from bot.triage.lexicon import spans
from bot.web.h5.body_figures import FIGURES, HIGH, WIDE
from tests.web.conftest import Enter
from tests.web.numbers import Booker, Clinics

LEAST = 34  # units: 44 px on a page 320 px wide


@pytest.fixture
def hospital() -> Clinics:
    return Clinics()


def hidden(page: str) -> dict[str, str]:
    form = page.rpartition("<form")[2]
    return {unescape(n): unescape(v) for n, v in re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form)}


def answered(li: Booker, page: str, wish: str) -> str:
    """The result, every question answered by the tap that is wished, else by 说不清."""
    for _ in range(4):
        taps = re.findall(r'name="tap" value="([^"]+)"', page)
        if not taps:
            return page
        tap = next((each for each in taps if each.endswith(wish)), taps[-1])
        page = li.browser.post("/h5/body/ask", data={**hidden(page), "tap": tap}).text
    raise AssertionError("more than three questions")


def begun(li: Booker, said: str, who: str = "adult") -> str:
    return li.post("/h5/body/ask", who=who, said=said).text


@pytest.mark.parametrize("who", ["adult", "child"])
@pytest.mark.parametrize("side", ["front", "back"])
def test_every_area_of_the_drawing_is_a_part_large_enough_to_hit(li: Booker, who: str, side: str) -> None:
    page = li.read(f"/h5/body?who={who}&side={side}")
    for shape in FIGURES[who, side]:
        assert f'value="{shape.part}"' in page
        assert shape.part in parts()
        assert min(shape.wide, shape.high) >= LEAST
        assert shape.x >= 0
        assert shape.x + shape.wide <= WIDE
        assert shape.y + shape.high <= HIGH
    assert "style=" not in page  # the policy allows none
    assert "<script>" not in page


def test_no_two_areas_lie_on_each_other() -> None:
    for shapes in FIGURES.values():
        for one in shapes:
            for other in shapes:
                apart = (
                    one.x + one.wide <= other.x
                    or other.x + other.wide <= one.x
                    or one.y + one.high <= other.y
                    or other.y + other.high <= one.y
                )
                assert one is other or apart, (one, other)


def test_every_complaint_of_the_map_is_known_to_the_lexicon() -> None:
    for part in parts().values():
        for said in part.says:
            assert [span for span in spans(said) if not span.denied], said


def test_from_a_part_to_a_half_hour_that_can_be_confirmed(li: Booker, ports: Ports) -> None:
    page = li.post("/h5/body/part", part="膝盖", who="adult").text
    assert "膝盖，怎么不舒服" in page
    result = answered(li, begun(li, "膝盖疼"), ":adult")
    assert "骨科" in result
    assert "因为您说“膝盖疼”" in result
    assert "不是诊断" in result
    [path, *_] = re.findall(rf'href="({li.home}/slot/[^"]+)"', result)
    assert "确认" in li.read(path)
    with ports.transaction() as session:
        [note] = session.scalars(sa.select(TriageNote)).all()
        assert (note.person_id, note.inbox_id) == (li.person_id, None)
    assert li.send(path).status_code == 303
    assert len(li.mine()) == 1


def test_a_childs_map_asks_for_a_childs_age_and_leads_to_pediatrics(li: Booker) -> None:
    page = begun(li, "发烧", who="child")
    for _ in range(2):
        [unsure] = re.findall(r'name="tap" value="([^"]+:unsure)"', page)
        if "多大年纪" not in page:
            page = li.browser.post("/h5/body/ask", data={**hidden(page), "tap": unsure}).text
    assert "1到5岁" in page
    assert "14到49岁" not in page
    assert "儿科" in answered(li, page, ":toddler")


def test_an_emergency_says_what_to_do_first(li: Booker) -> None:
    result = answered(li, begun(li, "胸口疼"), "chest_sweat:yes")
    assert 'role="alert"' in result
    assert "120" in result.partition('role="alert"')[2][:600]


@pytest.mark.parametrize(
    "form",
    [
        {"said": "<script>"},
        {"said": "膝盖疼", "answers": "{"},
        {"said": "膝盖疼", "answers": '[["age"]]'},
        {"said": "膝盖疼", "answers": '[["nothing","yes"]]'},
        {"said": "膝盖疼", "answers": '[["age","我是谁"]]'},
        {"said": "膝盖疼", "answers": "[" * 3000},
        {"said": "膝盖疼", "tap": "x"},
    ],
)
def test_what_is_no_tap_of_ours_is_refused(li: Booker, form: dict[str, str]) -> None:
    assert li.post("/h5/body/ask", who="adult", **form).status_code == 400


def test_an_unknown_part_is_not_found_and_an_unknown_side_is_the_front(li: Booker) -> None:
    assert li.post("/h5/body/part", part="翅膀").status_code == 404
    assert li.post("/h5/body/part", part="怀孕", who="child").status_code == 404
    assert 'value="私处"' in li.read("/h5/body?side=left&who=dog")


def test_without_a_card_it_leads_to_binding_one(patient: Enter, ports: Ports) -> None:
    client, _ = patient("o-new")
    page = client.get("/h5/body").text
    form = {"form_token": hidden(page)["form_token"], "who": "adult", "said": "膝盖疼"}
    for _ in range(4):
        page = client.post("/h5/body/ask", data=form).text
        taps = re.findall(r'name="tap" value="([^"]+)"', page)
        if not taps:
            break
        form = {**hidden(page), "tap": taps[-1]}
    assert 'href="/h5/book' in page
    assert "/slot/" not in page
