"""Two hospitals behind one account: which one is asked, once, and everything after it stays there."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot import clock, wiring
from bot.db.consult import Question
from bot.his.embedded import EmbeddedHis
from bot.his.embedded.demo import HOUSES, demo_facts
from bot.his.faults import FaultyHis
from bot.his.federated import FederatedHis
from bot.his.port import hospital_of
from bot.jobs import directory
from bot.ports import Ports
from bot.services import booking
from tests.conversations.bookings import at_hospital, cards_of, ours
from tests.conversations.conftest import MONDAY, tell, type_code
from tests.conversations.conftest import bind as bind_alone
from tests.conversations.house import Talk
from tests.conversations.visits import rows, seen
from tests.hospitals import Loaded

HOME, AWAY = HOUSES
FIRST, SECOND = "云栖湾人民医院", "云和湖滨医院"


@pytest.fixture(scope="session")
def _neighbour(demo_hospital: Loaded) -> Path:
    """The second hospital: its own seed, so other doctors and other patients, and the same departments."""
    return demo_hospital(AWAY, clock.utc(MONDAY))


@pytest.fixture
def away(_neighbour: Path, tmp_path: Path) -> Iterator[FaultyHis]:
    shutil.copy(_neighbour, tmp_path / "away.db")
    his = EmbeddedHis(f"sqlite:///{tmp_path / 'away.db'}")
    yield FaultyHis(his)
    his.close()


@pytest.fixture
def region(
    house: Ports, hospital: EmbeddedHis, away: FaultyHis, directory_file: Path, monkeypatch: pytest.MonkeyPatch
) -> Ports:
    """The house with two hospitals behind it."""
    ports = replace(house, his=FederatedHis({HOME: hospital, AWAY: away}))  # type: ignore[dict-item]
    monkeypatch.setattr(wiring, "ports", lambda: ports)
    directory.write(directory_file)
    return ports


@pytest.fixture
def talk(region: Ports) -> Talk:
    return Talk(region)


def _patient(hospital_id: str) -> dict[str, Any]:
    return dict(demo_facts(hospital_id=hospital_id)["patients"][0])


def _bind(talk: Talk, hospital_id: str) -> None:
    """Bind the card of one hospital's first patient."""
    one = _patient(hospital_id)
    assert "哪家医院的就诊卡" in talk("绑定就诊卡")
    assert talk.labels == [FIRST, SECOND]
    talk.tap(SECOND if hospital_id == AWAY else FIRST)
    tell(talk, one)
    assert "绑好了" in type_code(talk, one)


def _finish(talk: Talk) -> None:
    """From the days to a number."""
    talk.tap("后天")
    assert "请核对" in talk("1")
    assert "挂好了" in talk("确认挂号")


def test_the_hospital_is_asked_first_and_its_departments_follow(talk: Talk) -> None:
    _bind(talk, AWAY)
    assert "去哪家医院看" in talk("我要挂号")
    assert talk.labels == [FIRST, SECOND]
    assert "想看哪个科" in talk.tap(SECOND)
    assert "挂骨科，哪天来" in talk("骨科")
    _finish(talk)
    [made] = at_hospital(talk)
    assert [hospital_of(each) for each in (made.id, made.doctor_id, made.department_id, made.patient_id)] == [AWAY] * 4
    assert ours(talk) == [(f"{AWAY}.k12", made.day, "booked")]


@pytest.mark.parametrize("words", ["湖滨", "湖滨医院", "是云和湖滨医院的卡"])
def test_a_card_is_bound_where_its_hospital_was_typed(talk: Talk, words: str) -> None:
    assert "哪家医院的就诊卡" in talk("绑定就诊卡")
    assert "姓名" in talk(words)
    tell(talk, _patient(AWAY))
    assert "绑好了" in type_code(talk, _patient(AWAY))


def test_a_department_that_both_have_waits_for_the_hospital(talk: Talk) -> None:
    _bind(talk, AWAY)
    assert "去哪家医院看" in talk("帮我挂明天上午骨科的号")
    said = talk(SECOND)
    assert "骨科" in said
    assert "几点来" in said
    assert "11月24日" in said
    said = talk("1")
    assert f"{SECOND}骨科" in said
    assert "挂好了" in talk("确认挂号")
    assert at_hospital(talk)[0].department_id == f"{AWAY}.k12"


def test_the_hospital_named_in_the_first_sentence_is_not_asked_again(talk: Talk) -> None:
    _bind(talk, AWAY)
    assert "挂骨科，哪天来" in talk(f"我要挂{SECOND}的骨科")
    _finish(talk)
    assert at_hospital(talk)[0].department_id == f"{AWAY}.k12"


def test_a_part_of_the_name_is_an_answer(talk: Talk) -> None:
    _bind(talk, AWAY)
    talk("我要挂号")
    assert "想看哪个科" in talk("湖滨")


def test_a_doctor_brings_his_hospital(talk: Talk, region: Ports) -> None:
    _bind(talk, AWAY)
    names = [doctor.name for doctor in region.his.doctors()]
    doctor = next(
        d for d in region.his.doctors() if hospital_of(d.id) == AWAY and names.count(d.name) == 1
        and any(day.left for day in booking.open_days(region, doctor_id=d.id))
    )  # fmt: skip
    assert f"挂{doctor.name}医生，哪天来" in talk(f"我想挂{doctor.name}医生的号")


def test_without_a_card_there_one_is_bound_there_and_the_booking_goes_on(talk: Talk) -> None:
    _bind(talk, HOME)
    talk("我要挂号")
    said = talk.tap(SECOND)
    assert f"在{SECOND}还没有绑定就诊卡" in said
    one = _patient(HOME)  # the same person, new to the second hospital
    talk(one["name"])
    talk(one["id_number"])
    talk(one["phone"])
    assert "想看哪个科" in type_code(talk, one)
    talk("骨科")
    _finish(talk)
    assert [card.hospital_id for card in cards_of(talk)] == [HOME, AWAY]
    assert at_hospital(talk, card=1)[0].department_id == f"{AWAY}.k12"
    assert at_hospital(talk, card=0) == []


def test_another_hospital_after_all_forgets_what_belonged_to_the_first(talk: Talk) -> None:
    _bind(talk, HOME)
    _bind(talk, AWAY)
    talk("我要挂号")
    talk.tap(FIRST)
    assert "挂骨科，哪天来" in talk("骨科")
    assert "去哪家医院看" in talk("换一家医院吧")
    assert "想看哪个科" in talk.tap(SECOND)
    talk("眼科")
    _finish(talk)
    assert at_hospital(talk, card=1)[0].department_id == f"{AWAY}.k25"


def test_one_step_back_from_the_department_is_the_hospital(talk: Talk) -> None:
    _bind(talk, HOME)
    talk("我要挂号")
    talk.tap(FIRST)
    assert "去哪家医院看" in talk("返回")


def test_triage_leads_to_the_question_which_hospital(talk: Talk) -> None:
    _bind(talk, AWAY)
    talk("膝盖疼，走路就疼，有半年了")
    for _ in range(3):
        if "挂骨科" not in talk.labels:
            talk("没有")
    assert "去哪家医院看" in talk.tap("挂骨科")
    assert "挂骨科，哪天来" in talk.tap(SECOND)


def test_while_one_hospital_is_silent_the_other_books(talk: Talk, away: FaultyHis) -> None:
    _bind(talk, HOME)
    for call in ("hospitals", "departments", "doctors", "slots"):
        away.fail(call, "error", times=500)
    talk("我要挂号")
    assert SECOND in talk.labels  # known from before; its patients hear that it does not answer
    talk.tap(FIRST)
    talk("骨科")
    _finish(talk)
    assert ours(talk)[0][2] == "booked"


def test_a_departments_place_and_a_price_say_which_hospital(talk: Talk) -> None:
    said = talk("骨科在哪里")
    assert FIRST in said
    assert SECOND in said
    prices = talk("血常规多少钱")
    assert FIRST in prices
    assert SECOND in prices


def test_a_question_for_a_department_that_both_have_asks_which(talk: Talk, region: Ports) -> None:
    _bind(talk, AWAY)
    talk("我想问骨科医生")
    assert talk.labels == [f"{FIRST}骨科", f"{SECOND}骨科"]
    talk.tap(SECOND)
    talk("膝盖手术以后多久可以跑步，需要注意什么")
    seen(talk, talk.tap("还是要问医生") if "还是要问医生" in talk.labels else "")
    [question] = rows(region, Question, person_id=talk.person_id)
    assert question.department_id == f"{AWAY}.k12"


def test_the_welcome_and_the_phones_name_both(talk: Talk) -> None:
    assert f"{FIRST}、{SECOND}" in talk.event("subscribe")
    said = talk("转人工")
    assert "0567-86002000" in said
    assert "0567-86102000" in said


def test_a_single_hospital_never_asks(house: Ports, patients: list[dict[str, Any]]) -> None:
    talk = Talk(house)
    bind_alone(talk, patients[0])
    heard = [talk("我要挂号"), talk("骨科")]
    assert not any("哪家医院" in said or FIRST in said for said in heard)
