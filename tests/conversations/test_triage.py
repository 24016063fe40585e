"""Complaints in free words: the questions that change something, departments with the reason, and on to a number."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from bot.db.triage import TriageNote
from bot.services import previsit
from tests.conversations.bookings import BONES, CHILDREN, STOMACH, TUESDAY, book, nothing_happened, ours, theirs
from tests.conversations.house import Talk
from tests.conversations.visits import rows
from tests.factories import Someone, a_card, a_person

ADVICE = "这是分科建议，不是诊断"
MOST = 3  # questions


def _notes(talk: Talk) -> list[Any]:
    return rows(talk.ports, TriageNote, person_id=talk.person_id)


def _page(talk: Talk) -> previsit.Page:
    [note] = _notes(talk)
    return previsit.loaded(talk.ports.crypto.open(note.summary_sealed))


def _answered(talk: Talk, said: str, **answers: str) -> tuple[str, int]:
    """The result after every question was answered by the answer whose key is in it, else by 说不清, and how many."""
    for count in range(MOST + 1):
        if ADVICE in said or "120" in said:
            return said, count
        fitting = next((answer for part, answer in answers.items() if part in said), "说不清")
        said = talk(fitting)
    raise AssertionError(f"more than {MOST} questions, the last one: {said}")


PERSON = {"多大": "35", "男士还是女士": "女的"}


def test_a_complaint_leads_over_three_questions_to_a_department_and_into_its_booking(bound: Talk) -> None:
    said, count = _answered(bound, bound("肚子疼两天了，想知道看什么科"), **PERSON, 有没有="没有")
    assert 1 <= count <= MOST
    assert "消化内科（门诊一号楼4层）：因为您说“肚子疼”" in said
    [note] = _notes(bound)
    assert (note.age, note.departments_json[0]) == (35, STOMACH)
    assert bound.ports.crypto.open(note.text_sealed) == "肚子疼两天了，想知道看什么科"
    assert [label for label in bound.labels if label.startswith("今天")]
    assert "确认挂号吗" in bound.tap("明天")
    assert "挂好了" in bound("确认")
    assert ours(bound) == [(STOMACH, TUESDAY, "booked")] == theirs(bound)


def test_the_department_alone_leads_to_its_days(bound: Talk) -> None:
    _answered(bound, bound("我28岁女的，没有怀孕，膝盖疼半年，该看什么科"))
    assert "挂骨科，哪天来" in bound.tap("挂骨科")
    bound("明天")
    bound("1")
    assert "挂好了" in bound("确认")
    assert ours(bound) == [(BONES, TUESDAY, "booked")]


def test_a_complaint_is_asked_for_when_only_the_wish_is_said_and_the_body_map_is_offered(talk: Talk) -> None:
    assert "哪里不舒服" in talk("不知道该挂什么科")
    [link] = [reply["link"] for reply in talk.replies if reply.get("link")]
    assert link["url"].endswith("/h5/body")
    said, _ = _answered(talk, talk("膝盖疼，上下楼梯更厉害"))
    assert "因为您说“膝盖疼" in said
    assert _notes(talk)[0].departments_json[0] == BONES


def test_nothing_is_asked_when_no_answer_would_change_anything(talk: Talk) -> None:
    said = talk("我今年52岁，男，膝盖疼一个多月了，该看哪个科")
    assert "骨科" in said
    assert ADVICE in said


@pytest.mark.parametrize(
    ("words", "never"),
    [
        ("我今年28岁，女，最近一周反酸烧心，该看哪个科", ("多大", "男士", "多久")),
        ("头疼三天，没有恶心，我45岁，看什么科", ("多大", "恶心", "多久")),
        ("怀孕五个月，肚子胀，看什么科", ("怀孕", "男士")),
    ],
)
def test_what_the_first_sentence_says_is_not_asked_again(talk: Talk, words: str, never: tuple[str, ...]) -> None:
    said = talk(words)
    for _ in range(MOST):
        if ADVICE in said:
            break
        assert not any(part in said for part in never), said
        said = talk("说不清")
    assert ADVICE in said


def test_a_childs_fever_goes_to_pediatrics_today(talk: Talk) -> None:
    said, _ = _answered(talk, talk("我儿子3岁，发烧咳嗽四天了，挂什么科好"))
    assert "儿科（妇儿楼1层）" in said
    assert "最好今天就看" in said
    assert "挂儿科" in talk.labels
    [note] = _notes(talk)
    assert (note.age, note.sex, note.departments_json[0], note.urgency) == (3, "m", CHILDREN, "urgent")


def test_a_newborns_fever_becomes_an_emergency_with_one_tap(talk: Talk) -> None:
    said = talk("宝宝发烧了，看什么科")
    for _ in range(MOST):
        said = said if "多大年纪" in said else talk("说不清")
    assert "14到49岁" not in talk.labels
    said = talk.tap("不到3个月")
    assert "120" in said
    assert _notes(talk)[0].urgency == "emergency"


# -- emergencies ------------------------------------------------------------------------------------------------
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
    asked = talk("肚子疼，看哪个科")
    assert "120" in talk("现在吐血了，吐了好多")
    assert asked.splitlines()[-1] in talk.tap("不知道看哪科")
    assert _notes(talk) == []


@pytest.mark.parametrize("answer", ["有", "有的，一身汗", "嗯，出冷汗"])
def test_a_yes_to_a_companion_fires_the_red_flag_of_the_whole_story(talk: Talk, answer: str) -> None:
    said = talk("胸口疼，该看什么科")
    for _ in range(MOST):
        if "冷汗" in said:
            break
        said = talk("说不清")
    assert "冷汗" in said
    assert "120" in talk(answer)
    if _notes(talk):  # 出冷汗 in his own words is an alarm of web's, before any note
        assert _notes(talk)[0].urgency == "emergency"


def test_a_no_to_it_goes_on_and_urgency_stays(talk: Talk) -> None:
    said, _ = _answered(talk, talk("胸口疼，该看什么科"), 冷汗="没有", 多大="30")
    assert "最好今天就看" in said
    assert _notes(talk)[0].urgency == "urgent"


# -- answers ----------------------------------------------------------------------------------------------------
def test_a_symptom_told_where_something_else_was_asked_is_kept_and_the_interview_goes_on(talk: Talk) -> None:
    said = talk("胃胀，吃完饭更明显，三个月了，该挂哪科")
    assert ADVICE not in said
    said, _ = _answered(talk, talk("还老是打嗝、反酸"))
    assert "消化内科" in said
    kept = talk.ports.crypto.open(_notes(talk)[0].text_sealed)
    assert "胃胀" in kept
    assert "反酸" in kept


def test_an_impossible_age_is_asked_again_and_a_tapped_one_is_taken(talk: Talk) -> None:
    said = talk("头晕，看什么科")
    assert "多大年纪" in said
    assert "年龄没看懂" in talk("300岁")
    _answered(talk, talk.tap("65岁以上"))
    assert _notes(talk)[0].age >= 65
    assert _page(talk).person.endswith("65岁以上")


def test_a_step_back_takes_the_last_answer_away_and_asks_again(talk: Talk) -> None:
    first = talk("头疼，看什么科")
    second = talk("没有")
    assert second != first
    assert first in talk("返回")
    assert second in talk("说不清")
    assert first in talk("返回")
    _answered(talk, talk("没有"))
    assert _page(talk).answers[0] == (first, "没有")


def test_the_answer_to_an_earlier_question_is_put_right_in_words(talk: Talk) -> None:
    talk("肚子疼两天，看什么科")
    talk("35")
    _answered(talk, talk("没有，不过有点发烧"))
    assert "发烧" in "".join(_page(talk).findings) + str(_page(talk).answers)


def test_the_interview_can_be_left_and_nothing_is_kept(talk: Talk) -> None:
    talk("皮肤上起了红疹子，很痒，看哪科")
    assert "先停在这儿" in talk("算了")
    assert _notes(talk) == []
    assert "现在没有要确认的事" in talk("好的")


def test_a_question_about_the_price_in_between_brings_the_interview_back(talk: Talk) -> None:
    asked = talk("这几天尿频尿急，看什么科")
    said = talk("做个胃镜多少钱")
    assert "元" in said
    assert asked.splitlines()[-1] in said


@pytest.mark.parametrize("words", ["没有了", "没了", "没有其他的", "就这些，没有了"])
def test_nothing_else_is_an_answer_and_no_goodbye(talk: Talk, words: str) -> None:
    said = talk("我今年28岁，女，没怀孕，最近一周反酸烧心，该看哪个科")
    for _ in range(MOST):
        if ADVICE in said:
            break
        said = talk(words)
        assert "再见" not in said
    assert "消化内科" in said


# -- whose it is ------------------------------------------------------------------------------------------------
def test_a_second_person_in_the_middle_gets_an_interview_of_his_own(talk: Talk) -> None:
    talk("头疼，该看什么科")
    assert "这说的是另一位吗" in talk("我孩子发烧39度，3岁")
    assert talk.labels == ["是另一位", "还是刚才那位"]
    said, _ = _answered(talk, talk.tap("是另一位"))
    assert "儿科" in said
    [note] = _notes(talk)
    assert (note.age, note.departments_json[0]) == (3, CHILDREN)
    assert "头疼" not in talk.ports.crypto.open(note.text_sealed)


def test_what_belongs_to_the_same_person_after_all_is_added(talk: Talk) -> None:
    talk("这两天一直咳嗽，该看什么科")
    talk("孩子还发烧")
    _answered(talk, talk("还是刚才那位"), 多大="5岁", 男孩="男孩")
    [note] = _notes(talk)
    kept = talk.ports.crypto.open(note.text_sealed)
    assert "咳嗽" in kept
    assert "发烧" in kept


def test_the_same_child_named_twice_is_no_second_person(talk: Talk) -> None:
    talk("我家宝宝发烧两天了，看什么科")
    assert "另一位" not in talk("孩子还有点咳嗽")


def test_whoever_says_me_is_not_asked_what_his_card_says(bound: Talk) -> None:
    said = bound("我肚子疼两天了，该看什么科")
    for _ in range(MOST):
        if ADVICE in said:
            break
        assert "多大" not in said
        assert "男士" not in said
        said = bound("说不清")
    [note] = _notes(bound)
    assert note.age is not None
    assert note.sex is not None


def test_a_number_taken_after_triage_answers_who_and_where(bound: Talk) -> None:
    _answered(bound, bound("眼睛干涩发红一个星期了，我30岁女，看什么科"))
    assert "挂眼科，哪天来" in bound.tap("挂眼科")
    assert "先停在这儿" in bound("先不挂了")
    made = book(bound, "挂明天下午眼科")
    assert made.day == date(2026, 11, 24)


# -- the page for the doctor ------------------------------------------------------------------------------------
def _booked_after_triage(talk: Talk) -> str:
    _answered(talk, talk("我28岁女的，没有怀孕，膝盖疼半年，没有摔过，该看什么科"))
    talk.tap("明天")
    return talk("确认")


def test_the_page_is_shown_once_with_the_booking_and_given_with_one_tap(bound: Talk) -> None:
    said = _booked_after_triage(bound)
    assert "整理成了一页" in said
    assert "膝盖疼" in said
    [note] = _notes(bound)
    assert note.given_at is None
    assert "一起给医生看" in bound.tap("给医生看")
    [note] = _notes(bound)
    assert (note.given_at is not None, note.withdrawn_at, note.booking_id is not None) == (True, None, True)
    assert "不给医生看" in bound.tap("收回")
    assert _notes(bound)[0].withdrawn_at is not None


def test_whoever_gives_no_page_gives_none(bound: Talk) -> None:
    _booked_after_triage(bound)
    assert "不给医生看" in bound.tap("不给")
    [note] = _notes(bound)
    assert (note.given_at, note.booking_id) == (None, None)


def test_a_number_in_another_department_brings_no_page(bound: Talk) -> None:
    _answered(bound, bound("我28岁女的，没有怀孕，膝盖疼半年，该看什么科"))
    bound("挂明天下午眼科")
    bound("1")
    assert "整理成了一页" not in bound("确认")


# -- turns ------------------------------------------------------------------------------------------------------
SYMPTOMS = ("肚子疼", "膝盖疼", "咳嗽一周了", "头疼", "皮肤痒", "尿频尿急", "腰疼", "最近失眠", "牙疼", "耳朵嗡嗡响")


def _turns(talk: Talk, first: str) -> int:
    """Messages from the first one to a booked number, every question answered by its least harmful tap."""
    said, turns = talk(first), 1
    while "挂好了" not in said:
        assert turns < 12, said
        label = next((at for at in talk.labels if at.startswith(("今天", "明天", "后天", "11月"))), None)
        if "确认挂号吗" in said:
            said = talk("确认")
        elif label:
            said = talk.tap(label)
        else:
            said = talk("30岁，男" if "多大" in said else "说不清")
        turns += 1
    return turns


@pytest.fixture
def turn_talks(house: Any, patients: list[dict[str, Any]]) -> list[Talk]:
    """As many patients as symptoms, each with a card of his own."""
    talks = [Talk(house) for _ in SYMPTOMS]
    grown = [who for who in patients if int(who["id_number"][6:10]) < 2000]
    for talk, who in zip(talks, grown, strict=False):
        a_card(house, a_person(house, talk.openid), Someone(who["name"], who["id_number"], who["phone"]))
    return talks


def test_from_a_symptom_to_a_booked_number_takes_seven_turns_on_average(turn_talks: list[Talk]) -> None:
    taken = [_turns(talk, symptom + "，该看什么科") for talk, symptom in zip(turn_talks, SYMPTOMS, strict=True)]
    print("turns from a symptom to a booked number:", taken, sum(taken) / len(taken))
    assert sum(taken) / len(taken) <= 7


def test_from_one_full_sentence_to_a_booked_number_takes_two_turns(bound: Talk) -> None:
    said = bound("我想挂明天上午八点神经内科史维钧医生的号")
    assert "确认挂号吗" in said
    assert "挂好了" in bound("确认")


def test_a_whole_story_in_one_sentence_is_answered_with_half_hours_at_once(bound: Talk) -> None:
    said = bound("我52岁男的，膝盖疼一个多月了，走路疼，没有摔过，该看什么科")
    assert ADVICE in said
    assert bound.labels[0].startswith("今天")
