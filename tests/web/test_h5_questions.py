"""问医生 and 我的提问 on pages: whom, writing, earlier answers first, following up, reports, talks."""

from __future__ import annotations

import re
from typing import Any

import pytest

from bot.db.staff import StaffMember
from bot.ports import Ports
from bot.services import consult, consult_story, flagged
from bot.services.faq_import import import_lines
from bot.services.staff import Staff
from tests.factories import a_staff
from tests.services.asked import TEXT, URGENT, answer, ends
from tests.web.numbers import BONES, Booker, Clinics

WRITE = f"/h5/ask/{BONES}/write"


@pytest.fixture
def hospital() -> Clinics:
    return Clinics()


@pytest.fixture
def doctor(ports: Ports) -> Staff:
    return a_staff(ports)


def mine(who: Booker) -> list[consult.Question]:
    return consult.mine(who.ports, person_id=who.person_id)


def story(who: Booker, ref: str) -> consult_story.Story:
    return consult_story.story(who.ports, person_id=who.person_id, ref=ref)


def asked(who: Booker, text: str = TEXT) -> str:
    answer = who.send(WRITE, text=text, seen="yes")
    assert answer.status_code == 303, answer.text
    return mine(who)[0].ref


def test_from_departments_to_a_question_that_waits(li: Booker) -> None:
    page = li.read("/h5/ask")
    assert "骨科" in page
    assert "工作日 08:00–12:00、14:00–17:30" in page
    page = li.read(f"/h5/ask/{BONES}")
    assert all(fact in page for fact in ("陈建国", "主任医师", "膝关节", "免费", "前回答"))
    ref = asked(li)
    page = li.read(f"/h5/questions/{ref}?done=sent")
    assert all(fact in page for fact in ("等待医生回答", TEXT, "已经送到医生那里", "11月24日 周二 09:00 前", "是"))
    assert "骨科" in li.read("/h5/questions")


def test_one_doctor_is_asked_and_no_doctor_of_another_department(li: Booker) -> None:
    assert li.send(f"{WRITE}?doctor=yh.p02", text=TEXT, seen="yes").status_code == 303
    assert mine(li)[0].doctor_id == "yh.p02"
    assert li.get(f"{WRITE}?doctor=yh.p03").status_code == 404


def test_the_same_form_twice_asks_once(li: Booker) -> None:
    form = li.form(WRITE)
    for _ in range(2):
        assert li.send(WRITE, form, text=TEXT, seen="yes").status_code == 303
    assert len(mine(li)) == 1


@pytest.mark.parametrize("said", [{}, {"seen": "no"}])
def test_a_first_visit_is_sent_to_the_clinic_with_its_words_kept(li: Booker, said: dict[str, str]) -> None:
    page = li.send(WRITE, text=TEXT, **said)
    assert page.status_code == 422
    assert "第一次看这个问题" in page.text
    assert "去挂号" in page.text
    assert TEXT in page.text
    assert mine(li) == []


@pytest.mark.parametrize(("text", "words"), [("疼" * 10_000, "写了 10000 个字"), ("疼", "写得具体一点")])
def test_what_is_too_long_or_too_short_comes_back_whole(li: Booker, text: str, words: str) -> None:
    page = li.send(WRITE, text=text, seen="yes")
    assert page.status_code == 400
    assert words in page.text
    assert f">{text}</textarea>" in page.text
    assert mine(li) == []


def test_earlier_answers_are_offered_once_and_pass_the_question_on(li: Booker) -> None:
    line = '{"id": "a1", "question": "膝盖疼上下楼梯要拍片吗", "answer": "先看门诊，由医生决定。"}'
    import_lines(li.ports, lines=[line])
    page = li.send(WRITE, text=TEXT, seen="yes")
    assert page.status_code == 200
    assert "先看门诊，由医生决定。" in page.text
    assert mine(li) == []
    form = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page.text))
    helped = li.browser.post(WRITE, data={**form, "earlier": "helped"})
    assert helped.headers["Location"].endswith("done=helped")
    assert mine(li) == []
    assert li.browser.post(WRITE, data={**form, "earlier": "read"}).status_code == 303
    assert [q.text for q in mine(li)] == [TEXT]


def test_an_emergency_in_a_question_is_answered_first_and_sent(li: Booker) -> None:
    page = li.send(WRITE, text=URGENT)
    assert page.status_code == 200
    assert "120" in page.text
    [question] = mine(li)
    assert question.red_flag
    assert f"/h5/questions/{question.ref}" in page.text
    assert flagged.stands(li.ports, person_id=li.person_id)


def test_an_emergency_in_a_reply_or_a_further_question_is_answered_first(li: Booker, doctor: Staff) -> None:
    ref = asked(li)
    answer(li.ports, doctor, ref)
    page = say(li, ref, URGENT, "follow_up")
    assert "120" in page.text
    assert story(li, ref).question.red_flag
    ends(li.ports, doctor, ref, "asked_back", "ask_back", "还有别的吗？")
    assert "120" in say(li, ref, URGENT, "reply", "f" * 16).text
    assert [turn.kind for turn in story(li, ref).turns] == ["follow_up", "ask_back", "reply"]


def test_an_emergency_told_beside_a_question_is_answered_first(li: Booker) -> None:
    ref = asked(li)
    page = li.post(f"/h5/questions/{ref}/tell", kind="since", text=URGENT)
    assert "120" in page.text
    assert story(li, ref).question.red_flag


def test_an_emergency_in_the_words_of_a_rating_is_answered_first(li: Booker, doctor: Staff) -> None:
    ref = asked(li)
    answer(li.ports, doctor, ref)
    page = li.post(f"/h5/questions/{ref}/rate", stars="1", words=URGENT)
    assert "120" in page.text
    assert story(li, ref).rating is not None


def say(who: Booker, ref: str, text: str, way: str, once: str = "0123456789abcdef") -> Any:
    return who.post(f"/h5/questions/{ref}/say", **{"as": way, "text": text, "once": once})


def test_following_up_twice_and_a_refused_third(li: Booker, doctor: Staff) -> None:
    ref = asked(li)
    answer(li.ports, doctor, ref, "先拍个片。")
    for number in range(2):
        assert f"还能追问 {2 - number} 次" in li.read(f"/h5/questions/{ref}")
        for _ in range(2):
            assert say(li, ref, f"第{number}次再问一句？", "follow_up", f"{number:016x}").status_code == 303
        ends(li.ports, doctor, ref, "answered", "answer", f"第{number}次回答。")
    page = li.read(f"/h5/questions/{ref}")
    told = [page.index(words) for words in ("先拍个片。", "第0次再问", "第0次回答", "第1次再问", "第1次回答")]
    assert told == sorted(told)
    late = say(li, ref, "第三次再问一句？", "follow_up", "f" * 16)
    assert late.status_code == 422
    assert "不能追问了" in late.text


def test_what_could_not_be_sent_comes_back(li: Booker, doctor: Staff) -> None:
    ref = asked(li)
    answer(li.ports, doctor, ref)
    page = say(li, ref, "短", "follow_up")
    assert page.status_code == 400
    assert ">短</textarea>" in page.text


def test_asked_back_is_answered_there(li: Booker, doctor: Staff) -> None:
    ref = asked(li)
    ends(li.ports, doctor, ref, "asked_back", "ask_back", "多大年纪？")
    page = li.read(f"/h5/questions/{ref}")
    assert all(words in page for words in ("等您回复", "多大年纪？", "回复医生"))
    assert say(li, ref, "68", "reply").status_code == 303
    assert story(li, ref).question.state == "waiting"


def test_a_refusal_says_why_and_leads_on(li: Booker, doctor: Staff) -> None:
    ref = asked(li)
    ends(li.ports, doctor, ref, "refused", "refusal", "需要当面检查。")
    page = li.read(f"/h5/questions/{ref}")
    assert all(words in page for words in ("没有受理", "需要当面检查。", "挂号当面看", "换个科室问"))


def test_one_thing_after_another_is_told_or_passed_over(li: Booker) -> None:
    ref = asked(li)
    where = f"/h5/questions/{ref}"
    assert "这种情况多久了" in li.read(where)
    assert li.post(f"{where}/tell", kind="since", quick="几天").status_code == 303
    assert "用过什么药" in li.read(where)
    assert li.post(f"{where}/tell", kind="medicines", skip="1", text="x").status_code == 303
    assert [(t.kind, t.text) for t in story(li, ref).told] == [("seen", "是"), ("since", "几天")]
    assert "用过什么药" not in li.read(where)
    assert li.post(f"{where}/tell", kind="since", text="久" * 301).status_code == 400


def test_a_rating_is_given_and_changed(li: Booker, doctor: Staff) -> None:
    ref = asked(li)
    assert "有帮助吗" not in li.read(f"/h5/questions/{ref}")
    answer(li.ports, doctor, ref)
    for stars, name in (("2", "帮助不大"), ("5", "很有帮助")):
        assert li.post(f"/h5/questions/{ref}/rate", stars=stars, words="").status_code == 303
        assert story(li, ref).rating.name == name
    assert li.post(f"/h5/questions/{ref}/rate", stars="9").status_code == 400


def test_withdrawing_asks_and_then_ends_it(li: Booker, doctor: Staff) -> None:
    ref = asked(li)
    assert "确认撤回" in li.read(f"/h5/questions/{ref}")
    for _ in range(2):
        assert li.post(f"/h5/questions/{ref}/withdraw").status_code == 303
    assert "已撤回" in li.read("/h5/questions")


def test_a_report_is_shown_by_its_own_yes_and_taken_back(li: Booker) -> None:
    ref = asked(li)
    report = li.ports.his.add_report(li.card.patient_id, name="膝关节磁共振")
    page = li.read(f"/h5/questions/{ref}/reports")
    assert "膝关节磁共振" in page
    assert "同意给医生看" in page
    shown = {"report": f"{li.card.ref}.{report.id}"}
    assert li.post(f"/h5/questions/{ref}/reports/give", **shown).status_code == 303
    assert story(li, ref).reports == 1
    assert li.post(f"/h5/questions/{ref}/reports/hide", **shown).status_code == 303
    assert story(li, ref).reports == 0


def test_a_talk_is_appointed_and_called_off(li: Booker) -> None:
    ref = asked(li)
    page = li.read(f"/h5/questions/{ref}/talk")
    assert "11月23日 周一 16:00" in page
    start = "2026-11-23T08:00:00"
    booked = li.send(f"/h5/questions/{ref}/talk", way="text", start=start)
    assert booked.status_code == 303, booked.text
    page = li.read(f"/h5/questions/{ref}")
    assert "约好的咨询" in page
    assert "11月23日 周一 16:00–16:15" in page
    assert li.post(f"/h5/questions/{ref}/talk/cancel").status_code == 303
    assert "约好的咨询" not in li.read(f"/h5/questions/{ref}")
    assert li.send(f"/h5/questions/{ref}/talk", way="text", start="x").status_code == 400
    assert li.send(f"/h5/questions/{ref}/talk", way="text", start="2026-11-23T08:07:00").status_code == 422


def test_words_are_shown_as_they_were_written_and_never_run(li: Booker, doctor: Staff) -> None:
    ref = asked(li, "<svg onload=alert(1)> 膝盖疼要拍片吗 {{7*7}}")
    answer(li.ports, doctor, ref, "<script>alert(2)</script> 来门诊看看")
    for where in ("/h5/questions", f"/h5/questions/{ref}"):
        page = li.read(where)
        assert "<svg onload" not in page
        assert "<script>alert" not in page
        assert "{{7*7}}" in page


def test_anothers_question_and_none_are_one_answer(li: Booker, wang: Booker) -> None:
    ref = asked(li)
    for door in ("", "/reports", "/talk"):
        answers = [wang.get(f"/h5/questions/{each}{door}") for each in (ref, "q_0000000000", "a" * 300)]
        assert {a.status_code for a in answers} == {404}, door
        assert len({a.data for a in answers}) == 1
    for door, form in (
        ("say", {"as": "reply", "text": "好的", "once": "0" * 16}),
        ("tell", {"kind": "since", "text": "三天"}),
        ("rate", {"stars": "5"}),
        ("withdraw", {}),
        ("reports/give", {"report": f"{wang.card.ref}.yh.r0001"}),
        ("reports/hide", {"report": "x"}),
        ("talk", {"way": "text", "start": "2026-11-23T08:00:00", "once": "0" * 16}),
        ("talk/cancel", {}),
    ):
        assert wang.post(f"/h5/questions/{ref}/{door}", **form).status_code == 404, door
    assert story(li, ref).question.state == "waiting"


def test_without_any_question_the_page_leads_to_asking(li: Booker, ports: Ports) -> None:
    assert "您还没有提过问题" in li.read("/h5/questions")
    with ports.transaction() as session:
        assert session.query(StaffMember).count() == 0
