"""Questions to doctors: asked, guarded by the FAQ and by red flags, answered, and the answer comes back."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from bot.db.consult import Question
from bot.db.messages import Vault
from bot.db.push import Notice
from bot.errors import PeizhenError
from bot.push.port import PushRefused
from bot.services import callers, consult, delivery
from tests.conversations.house import InProcessRasa, Talk
from tests.conversations.visits import answer, doctor_of, rows, said_to, seen, send_due, sent_to

HEART, BONES, GLANDS = "yh.k01", "yh.k12", "yh.k05"
STAIRS = "最近爬楼总觉得累，需要做什么检查吗"


def _questions(talk: Talk) -> list[Any]:
    return rows(talk.ports, Question, person_id=talk.person_id)


def _ask(talk: Talk, whom: str, text: str) -> str:
    talk("问医生")
    assert "请写下要问" in talk(whom)
    return seen(talk, talk(text))


def test_a_question_to_a_department_waits_for_any_of_its_doctors(bound: Talk) -> None:
    said = _ask(bound, "心内科", STAIRS)
    assert "已经送到医生那里" in said
    assert re.search("预计(?:今天|明天|周.).+前回答", said)
    assert f"「{STAIRS}」" in said
    [question] = _questions(bound)
    assert (question.department_id, question.doctor_id, question.state) == (HEART, None, "waiting")
    assert bound.ports.crypto.open(question.text_sealed) == STAIRS
    [waiting] = consult.inbox(bound.ports, staff=doctor_of(bound.ports, HEART))
    assert (waiting.ref, waiting.masked_name, waiting.age) == (question.ref, "闫**", 68)
    assert consult.inbox(bound.ports, staff=doctor_of(bound.ports, BONES)) == []


def test_a_question_without_a_card_is_taken_too(talk: Talk) -> None:
    assert "已经送到医生那里" in _ask(talk, "骨科", "膝盖上下楼咔咔响，平时怎么保养")
    assert _questions(talk)[0].card_id is None


def test_a_named_doctor_gets_the_question_himself(bound: Talk) -> None:
    assert "请写下要问谭霞医生的问题" in bound("有个问题想问谭霞医生")
    seen(bound, bound("甲状腺结节三类，多久要来复查一次"))
    [question] = _questions(bound)
    assert (question.department_id, question.doctor_id) == (GLANDS, "yh.d024")


def test_of_two_doctors_with_one_surname_the_patient_picks_one(bound: Talk) -> None:
    bound("问医生")
    assert "想问哪一位" in bound("王医生")
    assert bound.labels == ["王艳 副主任医师（心血管内科）", "王沛文 主治医师（骨科）"]
    assert "要问王沛文医生的问题" in bound("第二个")
    seen(bound, bound("打了石膏以后手指发胀正常吗，要不要回来看"))
    assert _questions(bound)[0].doctor_id == "yh.d049"


def test_an_earlier_answer_that_helps_spares_the_doctor(bound: Talk) -> None:
    said = _ask(bound, "内分泌科", "糖尿病人能吃水果吗，比如西瓜苹果")
    assert "先看看" in said
    assert "两餐之间" in bound.tap("糖尿病人能吃水果吗")
    assert "帮上忙" in bound("有帮助，不问了")
    assert _questions(bound) == []
    assert "还没有提过问题" in bound("我的提问")


def test_an_earlier_answer_that_does_not_help_is_no_obstacle(bound: Talk) -> None:
    _ask(bound, "消化内科", "做胃镜之前要准备什么，我在吃阿司匹林要停吗")
    assert "前一天晚上吃清淡" in bound("１")
    assert bound.labels == ["有帮助，不问了", "还是要问医生"]
    assert "已经送到医生那里" in seen(bound, bound("２"))
    assert [q.state for q in _questions(bound)] == ["waiting"]


def test_the_offer_of_earlier_answers_can_be_passed_over_at_once(bound: Talk) -> None:
    said = _ask(bound, "消化内科", "幽门螺杆菌阳性，家里小孩要不要一起查")
    assert "先看看" in said
    assert "已经送到医生那里" in seen(bound, bound.tap("还是要问医生"))
    assert len(_questions(bound)) == 1


def test_a_red_flag_in_a_question_is_answered_at_once_and_stands_on_top_of_the_list(
    bound: Talk, another: Callable[[], Talk]
) -> None:
    _ask(another(), "心内科", STAIRS)
    said = _ask(bound, "心内科", "我爸胸口突然剧痛，喘不上气，出冷汗，是不是要吃救心丸？")
    assert said.index("120") < said.index("已经送到医生那里")
    assert "急诊楼1层" in said
    waiting = consult.inbox(bound.ports, staff=doctor_of(bound.ports, HEART))
    assert [w.red_flag for w in waiting] == [True, False]
    assert waiting[0].ref == _questions(bound)[0].ref


def test_a_red_flag_stops_at_no_offer_of_earlier_answers(bound: Talk) -> None:
    said = _ask(bound, "儿科", "孩子打完疫苗发烧怎么办，刚才抽搐翻白眼叫不醒")
    assert "120" in said
    if not _questions(bound):
        bound("还是要问医生")
    assert [q.red_flag for q in _questions(bound)] == [True]


def test_a_question_too_short_is_asked_for_again(bound: Talk) -> None:
    bound("问医生")
    bound("眼科")
    assert "写得具体一点" in bound("眼干")
    assert _questions(bound) == []
    assert "已经送到医生那里" in seen(bound, bound("眼睛干涩一个月，滴哪种人工泪液比较好"))
    assert len(_questions(bound)) == 1


def test_leaving_in_the_middle_sends_nothing(bound: Talk) -> None:
    bound("想问问医生")
    bound("皮肤科")
    assert "先停在这儿" in bound("不问了")
    assert "还没有提过问题" in bound("我问过的问题")
    assert _questions(bound) == []
    assert rows(bound.ports, Vault, kind="question") == []


def test_going_back_changes_whom_to_ask(bound: Talk) -> None:
    bound("问医生")
    bound("骨科")
    assert "想问哪个科室" in bound("返回")
    assert "要问康复医学科的问题" in bound("康复医学科")
    seen(bound, bound("半月板手术后多久可以开始跑步训练"))
    assert _questions(bound)[0].department_id == "yh.k32"


def test_something_else_in_between_keeps_the_question_open(bound: Talk) -> None:
    bound("问医生")
    bound("心内科")
    said = bound("停车")
    assert "地下停车场" in said
    assert "请写下要问心血管内科的问题" in said
    assert "已经送到医生那里" in seen(bound, bound(STAIRS))


def test_a_late_tap_on_an_old_offer_asks_nothing_twice(bound: Talk) -> None:
    _ask(bound, "内分泌科", "糖尿病人能吃水果吗，葡萄可以吗")
    kept = next(c for c in bound.choices if c["label"] == "还是要问医生")
    seen(bound, bound.tap("还是要问医生"))
    bound(kept["label"], menu_id=kept["id"])
    assert len(_questions(bound)) == 1


def test_the_answer_comes_as_a_message_and_stays_readable(bound: Talk) -> None:
    _ask(bound, "心内科", STAIRS)
    ref = _questions(bound)[0].ref
    assert "（等待医生回答）" in bound("我的提问")
    doctor = doctor_of(bound.ports, HEART)
    consult.claim(bound.ports, staff=doctor, ref=ref)
    assert "（医生正在看）" in bound("我的提问")
    consult.answer(bound.ports, staff=doctor, ref=ref, text="先做个心电图和心脏彩超，空腹来抽血。")
    assert send_due() == 1
    [notice] = sent_to(bound)
    assert "先做个心电图和心脏彩超" in notice
    assert f"心血管内科 {doctor.name}" in notice
    assert "仅供参考" in notice
    assert "（已回答）" in bound("医生回复我了吗")
    assert "先做个心电图和心脏彩超" in bound.tap("看心血管内科的回答")
    assert [n.state for n in rows(bound.ports, Notice)] == ["sent"]
    assert send_due() == 0


def test_the_question_of_somebody_who_left_is_taken_back_and_not_his_when_he_returns(bound: Talk) -> None:
    _ask(bound, "心内科", STAIRS)
    ref = _questions(bound)[0].ref
    bound.event("unsubscribe")
    with pytest.raises(PeizhenError):
        answer(bound.ports, doctor_of(bound.ports, HEART), ref, "来门诊做个心电图看看。")
    send_due()
    assert sent_to(bound) == []
    assert "欢迎关注" in bound.event("subscribe")
    assert "没有提过" in bound("我的提问")


def test_a_push_that_wechat_refuses_is_not_lost(bound: Talk) -> None:
    _ask(bound, "心内科", STAIRS)
    ref = _questions(bound)[0].ref
    answer(bound.ports, doctor_of(bound.ports, HEART), ref, "建议先测一周血压再来。")
    bound.ports.push.failures.append(PushRefused("out_of_window"))
    send_due()
    assert [u.reason for u in delivery.undelivered(bound.ports)] == ["out_of_window"]


def test_anothers_answer_cannot_be_opened(bound: Talk, another: Callable[[], Talk]) -> None:
    _ask(bound, "心内科", STAIRS)
    ref = _questions(bound)[0].ref
    answer(bound.ports, doctor_of(bound.ports, HEART), ref, "先做个心电图。")
    stranger = another()
    replies = bound.ports.dialogue.talk(
        conversation="e" * 32,
        text=f'/my_questions{{"asked": "{ref}"}}',
        metadata={"inbox": callers.token(bound.ports, person_id=_known(stranger), inbox_id=1)},
        fresh=False,
    )
    from bot.services import views

    drawn = views.render(bound.ports, person_id=_known(stranger), replies=replies)
    assert "没有找到" in drawn[0]["text"]
    assert "心电图" not in str(drawn)


def _known(talk: Talk) -> int:
    talk("你好")
    return talk.person_id


# -- a question typed before anybody asked for it -----------------------------------------------------------------
TYPED = "我叫钱宇，吃阿司匹林两个月了，拔智齿以前需要停药吗？"


def _typed_outside(talk: Talk) -> None:
    talk(TYPED)
    talk.tap("问医生")


def test_a_question_typed_outside_is_kept_and_only_confirmed(bound: Talk) -> None:
    _typed_outside(bound)
    assert "想问哪个科室" in bound.replies[-1]["text"]
    said = bound("口腔科")
    assert f"「{TYPED}」" in said
    assert bound.labels == ["发给医生", "改一改"]
    assert "已经送到医生那里" in seen(bound, bound.tap("发给医生"))
    [question] = _questions(bound)
    assert bound.ports.crypto.open(question.text_sealed) == TYPED


def test_the_kept_question_can_be_written_anew(bound: Talk) -> None:
    _typed_outside(bound)
    bound("口腔科")
    assert "请写下要问口腔科的问题" in bound.tap("改一改")
    assert "已经送到医生那里" in seen(bound, bound("拔牙以前要停阿司匹林几天，停了有没有风险"))
    assert "停几天" not in bound.ports.crypto.open(_questions(bound)[0].text_sealed)
    assert "风险" in bound.ports.crypto.open(_questions(bound)[0].text_sealed)


@pytest.mark.parametrize(("word", "sent"), [("好的", 1), ("不要", 0)])
def test_the_kept_question_is_confirmed_in_words_too(bound: Talk, word: str, sent: int) -> None:
    _typed_outside(bound)
    bound("口腔科")
    seen(bound, bound(word))
    assert len(_questions(bound)) == sent


def test_the_kept_question_never_reaches_rasa(bound: Talk, rasa: InProcessRasa) -> None:
    _typed_outside(bound)
    bound("口腔科")
    bound("发给医生")
    assert "钱宇" not in said_to(rasa, bound)


# -- help in between -------------------------------------------------------------------------------------------
@pytest.mark.parametrize("word", ["菜单", "帮助", "人工", "你好"])
def test_help_in_between_leaves_the_forms_own_choices_alone(bound: Talk, word: str) -> None:
    bound("问医生")
    own = bound.labels
    said = bound(word)
    assert "想问哪个科室" in bound.replies[-1]["text"]
    assert said.count("想问哪个科室") == 1
    assert bound.labels == own


def test_one_way_to_the_other_thing_stands_after_the_forms_own_choices(bound: Talk) -> None:
    bound("问医生")
    own = bound.labels
    bound("骨科在几楼")
    assert bound.labels in (own, [*own, "挂骨科"])
