"""A copy of one's data holds all of it and nothing of anybody else's."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa

from bot.db.privacy import Audit
from bot.ports import Ports
from bot.services import booking, consult, export, inbox, vault
from tests.factories import Someone, a_card, a_person, a_staff, someone


def a_life(ports: Ports, mark: str) -> tuple[int, Someone]:
    person, who = a_person(ports, f"o-{mark}"), someone("李雷" if mark == "one" else "韩梅")
    card = a_card(ports, person, who)
    slot = booking.offers(ports, department_id="yh.d01", day=ports.now().date())[0].slot_id
    booking.book(ports, person_id=person, card_ref=card.ref, slot_id=slot, key=f"b-{mark}")
    facts: dict[str, Any] = {"department_id": "yh.d01", "doctor_id": None, "red_flag": False, "key": f"q-{mark}"}
    asked = consult.ask(ports, person_id=person, text=f"提问{mark}要紧吗？", **facts)
    doctor = a_staff(ports)
    consult.claim(ports, staff=doctor, ref=asked.ref)
    consult.answer(ports, staff=doctor, ref=asked.ref, text=f"回答{mark}不要紧。")
    inbox.accept(ports, key=f"k-{mark}", openid=f"o-{mark}", kind="text", body={"text": f"消息{mark}"}, created=0)
    vault.put(ports, person_id=person, kind="phone", value=who.phone)
    return person, who


def test_all_of_it_and_nothing_of_another(ports: Ports) -> None:
    (mine, me), (_, other) = a_life(ports, "one"), a_life(ports, "two")
    found = export.everything(ports, person_id=mine)
    text = json.dumps(found, ensure_ascii=False)
    for value in (me.name, me.id_number, me.phone, "o-one", "提问one", "回答one", "消息one"):
        assert value in text
    for value in (other.name, other.id_number, other.phone, "o-two", "two"):
        assert value not in text
    assert set(found) >= {"person", "card", "booking", "question", "answer", "inbox", "consent", "vault", "notice"}


def test_it_is_a_look_like_any_other(ports: Ports) -> None:
    person = a_person(ports)
    export.everything(ports, person_id=person)
    with ports.transaction() as session:
        assert session.scalars(sa.select(Audit.action)).all() == ["mydata.export"]
