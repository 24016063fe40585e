"""Complaints in free words: at most three questions, departments with the reason, and on to a number."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from bot.db.triage import TriageNote
from tests.conversations.bookings import BONES, CHILDREN, STOMACH, TUESDAY, book, nothing_happened, ours, theirs
from tests.conversations.house import Talk
from tests.conversations.visits import rows

ADVICE = "这是分科建议，不是诊断"


def _notes(talk: Talk) -> list[Any]:
    return rows(talk.ports, TriageNote, person_id=talk.person_id)


def test_a_complaint_leads_over_three_questions_to_a_department_and_into_its_booking(bound: Talk) -> None:
    assert "多大年纪" in bound("肚子疼两天了，想知道看什么科")
    assert "男士还是女士" in bound("35")
    assert "还有别的不舒服吗" in bound("女的")
    said = bound("没有了")
    assert "消化内科（门诊一号楼4层）：因为您说“肚子疼”" in said
    assert ADVICE in said
    [note] = _notes(bound)
    assert (note.age, note.sex, note.urgency, note.departments_json[0]) == (35, "f", "routine", STOMACH)
    assert bound.ports.crypto.open(note.text_sealed) == "肚子疼两天了，想知道看什么科"
    assert "挂消化内科，哪天来" in bound.tap("挂消化内科")
    bound("明天")
    bound("1")
    assert "挂好了" in bound("确认")
    assert ours(bound) == [(STOMACH, TUESDAY, "booked")] == theirs(bound)


def test_a_complaint_is_asked_for_when_only_the_wish_is_said(talk: Talk) -> None:
    assert "哪里不舒服" in talk("不知道该挂什么科")
    assert "多大年纪" in talk("膝盖疼，上下楼梯更厉害")
    assert "男士还是女士" in talk("五十二岁")
    assert "多久了" in talk("男")
    said = talk("大概有一个多月了")
    assert "骨科" in said
    assert "因为您说“膝盖疼" in said
    assert _notes(talk)[0].departments_json[0] == BONES


def test_what_the_first_sentence_says_is_not_asked_again(talk: Talk) -> None:
    assert "还有别的不舒服吗" in talk("我今年28岁，女，最近一周反酸烧心，该看哪个科")
    said = talk("有时候还恶心")
    assert "消化内科" in said
    [note] = _notes(talk)
    assert (note.age, note.sex) == (28, "f")
    assert "恶心" in talk.ports.crypto.open(note.text_sealed)


def test_a_childs_fever_goes_to_pediatrics(talk: Talk) -> None:
    said = talk("我儿子3岁，发烧咳嗽两天了，挂什么科好")
    assert "还有别的不舒服吗" in said
    said = talk("没有")
    assert "儿科（妇儿楼1层）" in said
    assert "挂儿科" in talk.labels
    [note] = _notes(talk)
    assert (note.age, note.sex, note.departments_json[0]) == (3, "m", CHILDREN)


def test_a_red_flag_in_the_first_message_comes_before_everything_and_leaves_the_way_to_book_open(bound: Talk) -> None:
    said = bound("胸口闷得厉害，出冷汗，左胳膊也疼")
    assert "120" in said
    assert "急诊楼1层" in said
    assert _notes(bound) == []
    assert "想看哪个科" in bound.tap("继续挂号")
    assert nothing_happened(bound)


def test_a_red_flag_in_the_middle_of_the_interview_stops_it_for_the_advice(bound: Talk) -> None:
    bound("头疼三天了，看什么科")
    said = bound("突然说话不清楚，半边身子动不了")
    assert "120" in said
    assert _notes(bound) == []
    assert "想看哪个科" in bound.tap("继续挂号")
    assert "哪天来" in bound("神经内科")


def test_after_a_red_flag_the_interview_can_go_on_where_it_was(talk: Talk) -> None:
    talk("肚子疼，看哪个科")
    assert "多大年纪" in talk.replies[-1]["text"]
    assert "120" in talk("现在吐血了，吐了好多")
    assert "多大年纪" in talk.tap("不知道看哪科")
    assert _notes(talk) == []


def test_a_symptom_told_where_the_age_was_asked_is_kept_and_the_age_asked_again(talk: Talk) -> None:
    talk("胃胀，吃完饭更明显，三个月了，该挂哪科")
    assert "多大年纪" in talk("还老是打嗝、反酸")
    talk("41岁")
    assert "还有别的不舒服吗" in talk("男")
    assert "消化内科" in talk("没有了")
    kept = talk.ports.crypto.open(_notes(talk)[0].text_sealed)
    assert "胃胀" in kept
    assert "反酸" in kept


def test_an_impossible_age_is_asked_again_and_a_tapped_one_is_taken(talk: Talk) -> None:
    talk("腰疼了半个月，看什么科")
    assert "年龄没看懂" in talk("300岁")
    assert "男士还是女士" in talk.tap("老人")
    talk("女")
    talk("没有别的了")
    assert _notes(talk)[0].age == 68


def test_the_interview_can_be_left_and_nothing_is_kept(talk: Talk) -> None:
    talk("皮肤上起了红疹子，很痒，看哪科")
    assert "先停在这儿" in talk("算了")
    assert _notes(talk) == []
    assert "现在没有要确认的事" in talk("好的")


def test_a_question_about_the_price_in_between_brings_the_interview_back(talk: Talk) -> None:
    talk("这几天尿频尿急，看什么科")
    said = talk("做个胃镜多少钱")
    assert "元" in said
    assert "多大年纪" in said
    assert "男士还是女士" in talk("３３")


def test_a_number_taken_after_triage_answers_who_and_where(bound: Talk) -> None:
    bound("眼睛干涩发红一个星期了，我30岁女，看什么科")
    bound("没有")
    label = next(name for name in bound.labels if name.startswith("挂眼科"))
    assert "挂眼科，哪天来" in bound(label)
    assert "先停在这儿" in bound("先不挂了")
    made = book(bound, "挂明天下午眼科")
    assert made.day == date(2026, 11, 24)


# -- two people in one talk -------------------------------------------------------------------------------------
def test_a_second_person_in_the_middle_gets_an_interview_of_his_own(talk: Talk) -> None:
    talk("头疼，该看什么科")
    talk("45岁")
    assert "男士还是女士" in talk.replies[-1]["text"]
    assert "这说的是另一位吗" in talk("我孩子发烧39度，3岁")
    assert talk.labels == ["是另一位", "还是刚才那位"]
    assert "男孩还是女孩" in talk.tap("是另一位")
    assert talk.labels == ["男孩", "女孩"]
    talk("女孩")
    talk("两天了")
    said = talk("没有其他的") if "还有别的不舒服" in talk.replies[-1]["text"] else talk.replies[-1]["text"]
    assert "儿科" in said
    [note] = _notes(talk)
    assert (note.age, note.sex, note.departments_json[0]) == (3, "f", CHILDREN)
    assert "头疼" not in talk.ports.crypto.open(note.text_sealed)


def test_what_belongs_to_the_same_person_after_all_is_added(talk: Talk) -> None:
    talk("这两天一直咳嗽，该看什么科")
    talk("孩子还发烧")
    assert "多大年纪" in talk("还是刚才那位")
    talk("5岁")
    assert "男孩还是女孩" in talk.replies[-1]["text"]
    talk("男孩")
    talk("没有了")
    [note] = _notes(talk)
    assert (note.age, note.sex) == (5, "m")
    assert {"咳嗽", "发烧"} <= {w for w in ("咳嗽", "发烧") if w in talk.ports.crypto.open(note.text_sealed)}


def test_the_same_child_named_twice_is_no_second_person(talk: Talk) -> None:
    talk("我家宝宝发烧两天了，看什么科")
    assert "另一位" not in talk("孩子还有点咳嗽")


# -- nothing else -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("words", ["没有了", "没了", "没有其他的", "没有其他的了", "就这些，没有了"])
def test_nothing_else_is_an_answer_and_no_goodbye(talk: Talk, words: str) -> None:
    talk("我今年28岁，女，最近一周反酸烧心，该看哪个科")
    assert "还有别的不舒服吗" in talk.replies[-1]["text"]
    said = talk(words)
    assert "消化内科" in said
    assert "再见" not in said


@pytest.mark.parametrize("words", ["没有了", "没了", "没有其他的"])
def test_nothing_else_where_the_duration_is_asked_is_no_goodbye(talk: Talk, words: str) -> None:
    talk("膝盖疼，看什么科，我52岁，男")
    assert "多久了" in talk.replies[-1]["text"]
    said = talk(words)
    assert "再见" not in said
    assert "多久了" in said
    assert "骨科" in talk("一个多月")
