"""One hospital or several behind one account: names, phones, pages, and the cards that a person has in each."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot import clock
from bot.errors import HisRefused, HisUnavailable, NotFound, Refused
from bot.his.port import Hospital
from bot.ports import Ports
from bot.services import booking, cards, emergency, guide, hospitals
from tests.factories import FakeHis, a_person, prove, someone

SECOND = Hospital("yz", "云和湖滨医院", "云和路6号", "010-55551000", "010-55551120", "急诊楼二层")
CHEST = "我爸突然胸口压着疼，一身冷汗"


class Region(FakeHis):
    """Two hospitals: each keeps its own patients, the ids say whose they are."""

    def hospitals(self) -> list[Hospital]:
        return [*super().hospitals(), SECOND]

    def find_patient(self, *, name, id_number, phone, hospital_id=None):
        return self._held.get((hospital_id, id_number))

    def register_patient(self, *, name, id_number, phone, key, hospital_id=None):
        if hospital_id is None:
            raise HisRefused("which_hospital")
        made = replace(super().register_patient(name=name, id_number=id_number, phone=phone, key=key))
        self._held[hospital_id, id_number] = made = replace(made, id=made.id.replace("yh", hospital_id))
        return made

    @property
    def _held(self):
        return self.__dict__.setdefault("held", {})


@pytest.fixture
def region(ports: Ports) -> Ports:
    return replace(ports, his=Region())


def test_one_hospital_needs_no_label_and_no_question(ports: Ports) -> None:
    assert not hospitals.several(ports)
    assert hospitals.labels(ports) == {}
    assert hospitals.names(ports) == "云河医院"
    assert hospitals.phones(ports) == "010-55550000"


def test_several_are_told_apart_by_name(region: Ports) -> None:
    assert hospitals.several(region)
    assert hospitals.labels(region) == {"yh": "云河医院", "yz": SECOND.name}
    assert hospitals.phones(region) == f"云河医院010-55550000、{SECOND.name}{SECOND.phone}"
    assert hospitals.one(region, hospital_id="yz") == SECOND
    with pytest.raises(NotFound):
        hospitals.one(region, hospital_id="xx")


@pytest.mark.parametrize(
    ("text", "part", "meant"),
    [
        ("我要挂云和湖滨医院的骨科", False, "yz"),
        ("湖滨", True, "yz"),
        ("湖滨", False, None),
        ("医院", True, None),
        ("云河医院还是云和湖滨医院好", False, None),
        ("云", True, None),
        ("", True, None),
        ("协和医院", True, None),
    ],
)
def test_the_hospital_that_a_text_means(region: Ports, text: str, part: bool, meant: str | None) -> None:
    assert hospitals.meant(region, text=text, part=part) == meant


def test_a_page_comes_once_for_each_and_once_when_it_is_the_same(region: Ports) -> None:
    told = guide.text(region, topic="hospital_address")
    assert "云河路1号" in told
    assert "云和路6号" in told
    assert guide.text(region, topic="facilities").count("导医台") == 1


def test_a_hospital_may_have_a_page_of_its_own(region: Ports, monkeypatch: pytest.MonkeyPatch) -> None:
    own = {**guide._guide(), "hospitals": {"yz": {"parking_traffic": "停在湖边，{phone}"}}}
    monkeypatch.setattr(guide, "_guide", lambda: own)
    told = guide.text(region, topic="parking_traffic")
    assert "南门地下停车场" in told
    assert f"停在湖边，{SECOND.phone}" in told


def test_in_an_emergency_nobody_is_sent_to_the_first_of_several(region: Ports, ports: Ports) -> None:
    alone, among = emergency.check(ports, text=CHEST), emergency.check(region, text=CHEST)
    assert alone is not None
    assert among is not None
    assert "云河医院" in alone["text"]
    assert "云河医院" not in among["text"]
    assert "120" in among["text"]


def test_a_place_says_the_hospital_where_there_are_several(region: Ports, ports: Ports) -> None:
    bones = replace(booking.departments(ports)[0], campus="城南院区")
    assert booking.place(ports, department=bones) == "城南院区门诊楼3层"
    assert booking.place(region, department=bones) == "云河医院城南院区门诊楼3层"
    assert len(booking.place(region, department=replace(bones, building="楼" * 500))) == 128


def test_one_person_has_one_card_in_each_hospital(region: Ports) -> None:
    person_id, who = a_person(region), someone()
    facts = {"name": who.name, "id_number": who.id_number, "phone": who.phone}
    for hospital_id in ("yh", "yz"):
        prove(region, person_id, who.phone)
        cards.bind(region, person_id=person_id, **facts, key=f"k-{hospital_id}", hospital_id=hospital_id)
    held = [hospitals.hospital_of(card.patient_id) for card in cards.mine(region, person_id=person_id)]
    assert held == ["yh", "yz"]
    with pytest.raises(Refused, match="card_bound"):
        cards.bind(region, person_id=person_id, **facts, key="again", hospital_id="yz")


def test_slots_of_a_doctor_whom_nobody_can_name_are_not_offered(ports: Ports, his: FakeHis) -> None:
    day = clock.today() + timedelta(days=1)
    offered = booking.offers(ports, day=day, department_id="yh.d01")
    silent, known = offered[0].doctor_id, FakeHis.doctors(his)
    slots, one = his.slots(first=day, last=day, department_id="yh.d01"), his.slot(offered[0].slot_id)
    his.slots, his.slot = (lambda **_: slots), (lambda _: one)  # type: ignore[method-assign]
    his.doctors = lambda: [doctor for doctor in known if doctor.id != silent]  # type: ignore[method-assign]
    left = booking.offers(ports, day=day, department_id="yh.d01")
    assert left == [offer for offer in offered if offer.doctor_id != silent]
    with pytest.raises(HisUnavailable):
        booking.offer(ports, slot_id=offered[0].slot_id)
