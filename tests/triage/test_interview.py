"""Which question comes next, what an answer in a tap or in words does, and when nothing more is asked."""

from __future__ import annotations

import pytest

from bot.triage import belief, interview, redflags, urgency
from bot.triage.answers import answered, heard
from bot.triage.interview import next_question
from bot.triage.lexicon import lexicon, spans
from bot.triage.questions import UNSURE, UNSURE_LABEL, YES, questions
from bot.triage.story import Story, told

COMPLAINTS = (
    "头疼",
    "肚子疼两天了",
    "胸口疼",
    "膝盖疼",
    "孩子发烧",
    "小肚子疼",
    "咳嗽",
    "腰疼",
    "皮肤痒",
    "我妈头晕",
    "拉肚子",
)


def asked(story: Story, answer: str = UNSURE) -> list[str]:
    """The keys of all questions of an interview in which every answer is the same."""
    keys = []
    while (question := next_question(story)) is not None:
        keys.append(question.key)
        story = answered(story, question.key, answer if question.option(answer) else UNSURE)
    return keys


@pytest.mark.parametrize("complaint", COMPLAINTS)
def test_an_interview_ends_after_three_questions_and_asks_none_twice(complaint: str) -> None:
    keys = asked(told(complaint))
    assert len(keys) <= interview.QUESTIONS
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("complaint", COMPLAINTS)
def test_the_question_asked_is_the_one_worth_most(complaint: str) -> None:
    story = told(complaint)
    likely = belief.believed(story)
    worth = {q.key: interview._worth(q, story, likely) for q in interview._candidates(story, likely)}
    question = next_question(story)
    if question is None:
        assert max(worth.values(), default=0) < interview.LEAST
    else:
        assert worth[question.key] == max(worth.values()) >= interview.LEAST


def test_nothing_is_asked_where_no_answer_would_change_anything() -> None:
    assert next_question(told("膝盖疼，走路疼", age=52, sex="m")) is None
    assert next_question(told("胸口疼，出冷汗")) is None  # an emergency is no interview
    assert next_question(Story()) is None


@pytest.mark.parametrize(
    ("said", "key"),
    [
        ("头疼，我今年34岁", "age"),
        ("肚子疼，我是女的", "sex"),
        ("怀孕三个月，肚子疼", "pregnant"),
        ("孩子3岁，发烧两天", "duration"),
        ("头疼，没有恶心", "恶心呕吐"),
        ("头疼，想吐", "恶心呕吐"),
    ],
)
def test_what_was_said_or_denied_is_not_asked(said: str, key: str) -> None:
    story = told(said)
    likely = belief.believed(story)
    assert key not in {q.key for q in interview._candidates(story, likely)}


@pytest.mark.parametrize(
    ("said", "key", "why_not"),
    [
        ("嗓子疼，70岁，男", "头晕", "the throat's department sees it, yet seldom"),
        ("鼻塞", "淋巴结肿大", "the same"),
        ("头晕三天了，70岁，男", "便血", "a department that is hardly in question"),
        ("头疼两天了，35岁，男", "膝盖痛", "the same"),
    ],
)
def test_a_finding_of_other_patients_is_not_asked(said: str, key: str, why_not: str) -> None:
    story = told(said)
    assert key not in {q.key for q in interview._candidates(story, belief.believed(story))}, why_not


@pytest.mark.parametrize(("said", "key"), [("耳朵嗡嗡响", "头晕"), ("咳嗽", "胸痛"), ("头晕，70岁", "恶心呕吐")])
def test_a_finding_that_goes_with_the_complaint_is_asked(said: str, key: str) -> None:
    story = told(said)
    assert key in {q.key for q in interview._candidates(story, belief.believed(story))}


def test_whoever_expects_no_child_is_not_sent_to_obstetrics_but_after_a_birth() -> None:
    for words in ("没怀孕，女，28岁，反酸烧心一周了", "女，30岁，没有怀孕，肚子胀"):
        assert "产科" not in [one.name for one in belief.ranked(told(words)) if one.score > 0]
    assert belief.ranked(told("产后一个月，没怀孕，女，30岁，伤口疼"))[0].score > 0
    assert "产科" in [one.name for one in belief.ranked(told("产后一个月，没怀孕，女，30岁")) if one.score > 0]


def test_sweating_is_asked_of_whoever_has_chest_pain_before_the_third_question() -> None:
    assert "chest_sweat" in asked(told("胸口疼"))[:2]


def test_men_children_and_the_old_are_not_asked_whether_they_expect_a_child() -> None:
    for person in ({"sex": "m"}, {"sex": "f", "age": 70}, {"sex": "f", "age": 8}):
        story = told("肚子疼", **person)
        assert "pregnant" not in {q.key for q in interview._candidates(story, belief.believed(story))}
    labels = {o.label for o in questions()["sex"].options if interview.possible(o, told("肚子疼", age=70))}
    assert labels == {"男", "女"}


def test_somebodys_mother_is_no_baby_and_a_child_no_grown_up() -> None:
    ages = questions()["age"].options
    assert {o.key for o in ages if interview.possible(o, told("我妈头晕"))} == {"adult", "older", "old"}
    assert {o.key for o in ages if interview.possible(o, told("孩子发烧"))} == {"newborn", "infant", "toddler", "child"}


def test_a_yes_to_a_companion_makes_the_emergency_of_the_whole_story() -> None:
    story = told("胸口疼")
    assert not interview.alarm(story).red_flag
    after = answered(story, "chest_sweat", YES)
    assert interview.alarm(after).red_flag
    assert interview.level(after) == urgency.EMERGENCY
    assert not redflags.check("出冷汗").red_flag  # the answer alone is none
    assert not interview.alarm(answered(story, "chest_sweat", "no")).red_flag


@pytest.mark.parametrize(
    "key",
    [key for key, q in questions().items() if q.kind == "companions"],
)
def test_every_companion_makes_an_emergency_of_a_finding_it_is_asked_beside(key: str) -> None:
    question = questions()[key]
    says = {concept: body.options[0].says for concept, body in questions().items() if body.kind == "findings"}
    words = [says.get(concept, "怀孕了") for concept in question.of]
    age = 3 if question.until < 14 else 40
    assert any(interview.alarm(answered(told(word, age=age), key, YES)).red_flag for word in words)


def test_a_newborns_fever_is_one_tap_from_the_emergency() -> None:
    story = told("宝宝发烧")
    assert interview.level(answered(story, "age", "newborn")) == urgency.EMERGENCY
    assert interview.level(answered(story, "age", "infant")) == urgency.URGENT


def test_a_no_speaks_against_the_departments_that_see_the_finding() -> None:
    story = told("下腹疼", age=30, sex="f")
    before = belief.believed(story)
    after = belief.believed(answered(story, "便血", "no"))
    assert after["肛肠科"] < before["肛肠科"]
    assert sum(after.values()) == pytest.approx(1)
    assert "便血" in answered(story, "便血", "no").denied


@pytest.mark.parametrize(
    ("key", "words", "option"),
    [
        ("发热", "有", "yes"),
        ("发热", "没有", "no"),
        ("发热", "不烧", "no"),
        ("发热", "嗯，38度5", "yes"),
        ("发热", "对", "yes"),
        ("发热", "发烧了", "yes"),
        ("发热", "没有发烧", "no"),
        ("发热", "不知道，没量", "unsure"),
        ("发热", "今天天气好", ""),
        ("severity", "很厉害，受不了", "bad"),
        ("severity", "还能忍", "fair"),
        ("sex", "女的", "f"),
        ("sex", "男", "m"),
        ("sex", "我怀孕了", "expecting"),
        ("pregnant", "没有", "none"),
        ("pregnant", "是的，五个月了", "expecting"),
        ("age", "三十四", "words"),
        ("age", "34", "words"),
        ("age", "不知道", "unsure"),
        ("age", "随便吧", "unsure"),
        ("发热", "都行", "unsure"),
        ("severity", "随便动一下就疼", ""),
        ("age", "还打嗝", ""),
        ("duration", "三四天了", "words"),
    ],
)
def test_answers_in_free_words(key: str, words: str, option: str) -> None:
    assert heard(questions()[key], words) == option


def test_free_words_fill_the_story_as_a_tap_does() -> None:
    assert answered(told("头疼"), "age", "34").age == 34
    assert answered(told("头疼"), "sex", "女的").sex == "f"
    assert answered(told("头疼，我35岁"), "age", "40").age == 40  # the answer said last counts
    assert answered(told("头疼", sex="m"), "sex", "不对，是女的").sex == "f"
    assert answered(told("发烧"), "duration", "四天了").days == 4
    said_yes = answered(told("咳嗽"), "发热", "有的")
    assert "发热" in {span.concept for span in spans(said_yes.words) if not span.denied}
    with_more = answered(told("咳嗽"), "发热", "没有发烧，但是胸口疼")
    assert {"咳嗽", "胸痛"} <= {span.concept for span in spans(with_more.words) if not span.denied}
    assert with_more.denied == ("发热",)


def test_not_knowing_teaches_nothing_and_is_not_asked_again() -> None:
    story = answered(told("头疼"), "age", UNSURE)
    assert (story.words, story.age, story.asked) == ("头疼", None, ("age",))


def test_each_question_is_one_tap_in_patients_words_with_a_way_out() -> None:
    for question in questions().values():
        labels = [label for _key, label in question.taps]
        assert labels[-1] == UNSURE_LABEL
        assert len(set(labels)) == len(labels) <= 8
        assert len(question.ask) <= 24
        assert all(len(label) <= 14 for label in labels)
        assert sum(option.share for option in question.options) <= 1


def test_a_yes_to_a_finding_names_that_finding_for_the_lexicon() -> None:
    for question in questions().values():
        if question.concept:
            found = {span.concept for span in spans(question.options[0].says) if not span.denied}
            assert question.concept in found
        assert set(question.of) <= set(lexicon().entries)


def test_the_questions_are_data_that_the_lexicon_still_knows() -> None:
    known = [q for q in questions().values() if q.kind == "findings"]
    assert len(known) >= 45
