"""What is personal is drawn after rasa, for its owner alone; a view that fails says so in its place."""

from __future__ import annotations

import logging
from uuid import uuid4

import pytest

from bot.errors import HisUnavailable, NotFound
from bot.services import booking, consult, reports, views, words
from tests.factories import a_card, a_person, a_staff, someone


@pytest.fixture
def database_url(sqlite_url):
    return sqlite_url


@pytest.fixture
def person(ports):
    return a_person(ports)


@pytest.fixture
def card(ports, person):
    return a_card(ports, person, someone("韩梅梅"))


def draw(ports, person, *replies):
    return views.render(ports, person_id=person, replies=replies)


def text(ports, person, view, ref=""):
    (reply,) = draw(ports, person, {"view": view, "ref": ref})
    return reply["text"]


@pytest.fixture
def booked(ports, person, card):
    offer = booking.offers(ports, department_id="yh.d01", day=booking.open_days(ports, department_id="yh.d01")[0].day)[
        0
    ]
    return booking.book(ports, person_id=person, card_ref=card.ref, slot_id=offer.slot_id, key=uuid4().hex)


@pytest.fixture
def asked(ports, person, card):
    return consult.ask(
        ports,
        person_id=person,
        department_id="yh.d01",
        doctor_id=None,
        text="膝盖疼了两个月，要不要拍片子？" + "补充" * 20,
        red_flag=False,
        key=uuid4().hex,
    )


def test_a_booking_shows_when_where_and_what_it_costs(ports, person, booked):
    said = text(ports, person, "booked", booked.ref)
    for word in ("骨科", booked.doctor_name, f"{booked.number}", f"{booked.fee_fen // 100}", booked.room, "周一"):
        assert word in said
    assert "韩梅梅" not in said
    assert booked.masked_name in said
    assert booked.masked_name in text(ports, person, "booking_line", booked.ref)
    assert booked.doctor_name in text(ports, person, "bookings")
    assert booked.doctor_name in text(ports, person, "queue")


def test_a_card_shows_masked(ports, person, card):
    said = text(ports, person, "card_bound", card.ref)
    assert card.masked_name in said
    assert "韩梅梅" not in said


def test_a_report_shows_what_is_odd_first(ports, person, card, his):
    his.add_report(card.patient_id)
    (line,) = reports.mine(ports, person_id=person)
    said = text(ports, person, "report", line.ref)
    assert "丙氨酸氨基转移酶 61U/L ↑（参考 9-50）" in said
    image = his.add_report(
        card.patient_id, kind="imaging", name="胸片", items=(), finding="两肺清晰", impression="未见异常"
    )
    (ref,) = [r.ref for r in reports.mine(ports, person_id=person) if r.name == image.name]
    assert "所见：两肺清晰\n意见：未见异常" in text(ports, person, "report", ref)


def test_a_question_and_its_answer(ports, person, asked):
    assert "等待医生回答" in text(ports, person, "questions")
    assert "…」\n预计明天早上9点前回答（医生回答时间：工作日 08:00–12:00、14:00–17:30）。" in text(
        ports, person, "asked", asked.ref
    )
    doctor = a_staff(ports)
    consult.claim(ports, staff=doctor, ref=asked.ref)
    consult.answer(ports, staff=doctor, ref=asked.ref, text="建议先拍膝关节正侧位片，不着急。")
    said = text(ports, person, "answer", asked.ref)
    assert "建议先拍" in said
    assert "仅供参考" in said
    assert views.drawn(ports, person_id=person, reply={"view": "answer", "ref": asked.ref})["text"] == said


# What has no reference: lists of one's own, and the drawing.
OF_NOBODY = {"bookings", "my_data", "queue", "questions", "waits", "body_map"}


@pytest.mark.parametrize("view", sorted(set(views.VIEWS) - OF_NOBODY))
def test_what_is_somebody_elses_and_what_does_not_exist_read_the_same(ports, person, booked, asked, card, his, view):
    report = his.add_report(card.patient_id)
    refs = {
        "booked": booked.ref,
        "booking_line": booked.ref,
        "card_bound": card.ref,
        "report": f"{card.ref}.{report.id}",
        "report_explained": f"{card.ref}.{report.id}",
        "report_notice": f"{card.ref}.{report.id}",
        "trend": f"{card.ref}.{report.id}/0",
        "trend_items": f"{card.ref}.{report.id}",
        "trend_picture": f"{card.ref}.{report.id}/0",
        "bills": card.ref,
        "prescriptions": card.ref,
    }
    ref, stranger = refs.get(view, asked.ref), a_person(ports)
    assert text(ports, stranger, view, ref) == text(ports, stranger, view, "b_0000000000")
    assert text(ports, stranger, view, ref) == words.say("utter_error_not_found")["text"]
    with pytest.raises(NotFound):
        views.drawn(ports, person_id=stranger, reply={"view": view, "ref": ref})


def test_a_view_that_fails_says_so_in_its_own_place(ports, person, card, his):
    his.down = True
    first, failed, last = draw(
        ports, person, {"text": "甲"}, {"view": "report", "ref": f"{card.ref}.x"}, {"text": "乙"}
    )
    assert (first["text"], last["text"]) == ("甲", "乙")
    assert failed["text"] == words.say(f"utter_error_{HisUnavailable.code}")["text"]


@pytest.mark.parametrize("broken", ["no such view", "queue"])
def test_a_view_that_breaks_says_so_and_logs_no_patient(ports, person, monkeypatch, caplog, broken):
    def bug(*_):
        raise ValueError("李雷 13800138000")

    monkeypatch.setitem(views.VIEWS, "queue", bug)
    with caplog.at_level(logging.DEBUG):
        (reply,) = draw(
            ports, person, {"view": broken, "ref": "x", "text": "看：", "choices": [{"label": "好", "payload": "/x"}]}
        )
    assert reply["text"] == f"看：\n{words.say('utter_error_internal')['text']}"
    assert reply["choices"]
    assert caplog.records
    assert "李雷" not in caplog.text


def test_what_stands_beside_a_view_stays(ports, person, booked):
    extra = {"text": "挂好了。", "choices": [{"label": "好", "payload": "/x"}], "expects": "phone"}
    (reply,) = draw(ports, person, {"view": "booking_line", "ref": booked.ref, **extra})
    assert reply["text"].startswith("挂好了。\n")
    assert (reply["choices"], reply["expects"]) == (extra["choices"], "phone")
    late = views.drawn(ports, person_id=person, reply={"view": "booking_line", "ref": booked.ref, **extra})
    assert late["text"].startswith("挂好了。\n")
    assert late["choices"] == []  # without an id nobody can tap it
    assert set(reply) & {"view", "ref"} == set()


def test_placeholders_become_masked_names_and_nothing_stays_raw(ports, person, card):
    (reply,) = draw(
        ports,
        person,
        {
            "text": f"⟦card:{card.ref}⟧和⟦card:c_0000000000⟧，电话⟦phone:v_000000000000⟧",
            "choices": [{"label": f"给⟦card:{card.ref}⟧挂号", "payload": "/x"}],
        },
    )
    assert reply["text"] == f"{card.masked_name}和就诊人，电话（已收好）"
    assert reply["choices"][0]["label"] == f"给{card.masked_name}挂号"
    (stranger,) = draw(ports, a_person(ports), {"text": f"⟦card:{card.ref}⟧"})
    assert stranger["text"] == "就诊人"


def test_the_number_of_the_service_desk_is_put_in_and_left_out_without_the_hospital(ports, person, monkeypatch):
    def said() -> str:
        return str(views.render(ports, person_id=person, replies=[words.say("utter_complaint")])[0]["text"])

    assert ports.his.hospitals()[0].phone in said()
    monkeypatch.setattr(type(ports.his), "hospitals", lambda _self: (_ for _ in ()).throw(HisUnavailable()))
    assert "⟦" not in said()
    assert "服务台电话" in said()
