"""Where, when and who: the hospital's own pages, departments and doctors."""

from __future__ import annotations

import pytest

from bot.services import booking
from tests.conversations.house import Talk


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("你们医院在哪里", "湖滨东路18号"),
        ("开车来停哪里呀", "地下停车场"),
        ("周末门诊上班吗", "周一到周日"),
        ("第一次来看病要带什么证件", "带好身份证"),
        ("介绍一下你们医院", "三级综合医院"),
        ("母婴室在哪", "母婴室"),
    ],
)
def test_a_page_of_the_guide(talk: Talk, asked: str, said: str) -> None:
    assert said in talk(asked)


@pytest.mark.parametrize(
    ("key", "said"), [("hospital_address", "湖滨东路"), ("visit_guide", "提前15分钟"), ("parking_traffic", "地铁")]
)
def test_a_menu_button_opens_its_page(talk: Talk, key: str, said: str) -> None:
    assert said in talk.click(key)


def test_the_pages_carry_the_hospitals_own_numbers(talk: Talk) -> None:
    hospital = talk.ports.his.hospitals()[0]
    said = talk("服务台电话多少")
    assert hospital.phone in said
    assert hospital.emergency_phone in said


def test_what_a_department_treats_and_on_to_booking_it(bound: Talk) -> None:
    [bones] = [d for d in bound.ports.his.departments() if d.name == "骨科"]
    said = bound("骨科是看什么的")
    assert bones.intro in said
    assert bones.phone in said
    assert "挂骨科，哪天来" in bound.tap("挂骨科")


def test_where_a_department_is_by_its_everyday_name(talk: Talk) -> None:
    assert "门诊三号楼" in talk("五官科怎么走") or "耳鼻咽喉头颈外科" in talk.replies[0]["text"]


def test_a_department_that_does_not_exist_leads_to_the_list(talk: Talk) -> None:
    said = talk("魔法科在哪")
    assert all(d.name in said for d in talk.ports.his.departments())


def test_a_doctor_is_introduced_with_days_that_have_places(talk: Talk) -> None:
    said = talk("王艳医生怎么样")
    [doctor] = [d for d in talk.ports.his.doctors() if d.name == "王艳"]
    assert doctor.specialty in said
    assert "30元" in said
    first = next(s.day for s in booking.open_days(talk.ports, doctor_id=doctor.id) if s.left)
    assert f"{first.month}月{first.day}日" in said
    assert talk.labels == ["挂王艳医生"]


def test_a_doctor_who_is_booked_out_is_not_offered(talk: Talk) -> None:
    assert "已约满或停诊" in talk("任明主任什么时候坐诊")
    assert talk.labels == []


def test_of_two_doctors_with_one_surname_one_is_picked(talk: Talk) -> None:
    assert "想看哪位医生" in talk("王医生哪天出诊")
    assert talk.labels == ["王艳 副主任医师（心血管内科）", "王沛文 主治医师（骨科）"]
    assert "王沛文 主治医师（骨科）" in talk("2")


def test_the_doctors_of_a_department(talk: Talk) -> None:
    talk("儿科有哪些专家")
    assert [label.split()[0] for label in talk.labels] == [
        d.name for d in talk.ports.his.doctors() if d.department_id == "yh.k24"
    ]


def test_a_doctor_nobody_knows(talk: Talk) -> None:
    said = talk("你们的医生水平怎么样")
    assert "说名字就行" in said


def test_a_new_doctor_is_known_after_the_directory_was_written(talk: Talk, hospital: object) -> None:
    assert not [d for d in talk.ports.his.doctors() if d.name == "甄如意"]
    hospital.add_doctor(name="甄如意", department_id="yh.k12", specialty="看手外伤。")  # type: ignore[attr-defined]
    said = talk("骨科医生都有谁")
    assert "想看哪位医生" in said
    assert "甄如意" in " ".join(talk.labels)
