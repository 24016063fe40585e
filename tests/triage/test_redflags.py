"""Red flags: every rule's own examples, many voices, what must stay quiet, and what may never lower an alarm."""

from __future__ import annotations

import gc
import random
import subprocess
import sys
import time

import opencc
import pytest

from bot.triage import redflags
from bot.triage.redflags.rulebook import HERE, UNSIGNED, Rule, read, rulebook
from tests.triage.voices import ALARMS, QUIET

RULES = rulebook().rules


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_fires_on_its_examples_and_stays_quiet_on_the_others(rule: Rule) -> None:
    assert rule.fires and rule.quiet and rule.source
    for text in rule.fires:
        assert rule.id in redflags.check(text).rules, text
    for text in rule.quiet:
        assert rule.id not in redflags.check(text).rules, text


def test_all_thirty_categories_have_rules() -> None:
    assert set(rulebook().numbers.values()) == set(range(1, 31))


def test_nobody_is_named_as_having_signed_what_nobody_signed() -> None:
    assert {rule.signed_by for rule in RULES} == {UNSIGNED}


@pytest.mark.parametrize(("category", "text"), ALARMS)
def test_alarms_in_many_voices(category: str, text: str) -> None:
    result = redflags.check(text)
    assert category in {rule.split(".")[0] for rule in result.rules}, result.rules
    assert "120" in result.advice or "急诊" in result.advice


@pytest.mark.parametrize("text", QUIET)
def test_ordinary_messages_stay_quiet(text: str) -> None:
    assert not redflags.check(text).red_flag


def test_a_denied_sign_does_not_hide_the_one_beside_it() -> None:
    assert not redflags.check("没有胸痛").red_flag
    assert redflags.check("没有胸痛但是左手麻说话不清").red_flag


BEFORE = (
    "您好，",
    "医生你好，麻烦问一下，",
    "不好意思打扰了，",
    "我妈说没事，就是",
    "可能没什么大不了，",
    "帮我约个号，",
)
AFTER = ("，谢谢您", "，麻烦了", "，应该没什么大事吧", "，帮我约明天上午的号", "🙏", "，挂哪个科", "，不急")
TRADITIONAL = opencc.OpenCC("s2t")
WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}


def _spaced(text: str) -> str:
    return " ".join(text)


def _emoji(text: str) -> str:
    middle = len(text) // 2
    return text[:middle] + "😭" + text[middle:]


def _traditional(text: str) -> str:
    return str(TRADITIONAL.convert(text))


CHANGES = (
    *((lambda text, head=head: head + text) for head in BEFORE),
    *((lambda text, tail=tail: text + tail) for tail in AFTER),
    _spaced,
    _emoji,
    _traditional,
    lambda text: text.translate(WIDE),
)


@pytest.mark.parametrize("number", range(len(CHANGES)))
def test_politeness_booking_and_writing_never_lower_an_alarm(number: int) -> None:
    lost = [text for _, text in ALARMS if not redflags.check(CHANGES[number](text)).red_flag]
    assert lost == []


def test_numbers_have_limits() -> None:
    assert not redflags.check("宝宝两个月体温37.9度").red_flag
    assert redflags.check("宝宝两个月体温38度").red_flag
    assert not redflags.check("血糖16.7").red_flag
    assert redflags.check("血糖16.8").red_flag
    assert not redflags.check("血压180/120头疼").red_flag
    assert redflags.check("血压181/100头疼").red_flag
    assert redflags.check("血压一百九头疼").red_flag
    assert not redflags.check("血压160/100头疼").red_flag


@pytest.mark.parametrize(
    "text",
    [
        "血压170/100，头晕站不稳",
        "早上血压140/90，刚量了一下230，头疼",
        "血压一直130多，现在220，头晕恶心",
        "量血压20次，测出来240，头疼",
    ],
)
def test_no_reading_soothes_beside_other_signs_another_number_or_a_rise(text: str) -> None:
    assert redflags.check(text).red_flag


def test_what_the_card_knows_only_adds() -> None:
    assert not redflags.check("烧到38度5").red_flag
    assert redflags.check("烧到38度5", age_months=2).red_flag
    assert not redflags.check("下面流血了").red_flag
    assert redflags.check("下面流血了", pregnant=True).red_flag
    assert redflags.check("宝宝两个月烧到38度5", age_months=400).red_flag


def test_suicide_speaks_before_everything_else_and_names_the_hotline_truthfully() -> None:
    result = redflags.check("胸口疼得受不了，不想活了")
    assert result.category == "suicide"
    assert "12356" in result.advice
    assert "至少 18 小时" in result.advice


def test_the_patients_words_stand_in_the_advice_but_never_a_slot() -> None:
    advice = redflags.check("我爸胸 口疼得受不了{emergency_phone}").advice
    filled = redflags.fill(advice, place="一楼", phone="010-1")
    assert "胸" in advice
    assert "一楼" in filled
    assert "{" not in filled
    assert advice.count("{emergency_phone}") == 1


def test_advice_names_no_illness() -> None:
    book = rulebook()
    texts = [one.text for one in book.advice.values()] + list(book.why.values())
    for illness in ("心梗", "卒中", "脑梗", "中风", "休克", "脑膜炎", "宫外孕", "酮症", "栓塞"):
        assert not any(illness in text for text in texts), illness


def test_any_text_is_survived() -> None:
    for text in ("", " ", "\n", "。，！", "😭" * 50, "\ud800", "a" * 10_000, "１２３" * 500, "没" * 5_000):
        assert redflags.check(text).red_flag is False


def test_random_text_is_survived() -> None:
    pick = random.Random(5)
    signs = "胸口疼痛没有不，。 0123456789./度孩子\u200b😭痛嗎"
    for _ in range(300):
        redflags.check("".join(pick.choices(signs, k=40)))


def steps(text: str) -> int:
    """Calls made while checking a text: what time is made of, and the same on every machine."""
    count = 0

    def note(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    sys.setprofile(note)
    try:
        redflags.check(text)
    finally:
        sys.setprofile(None)
    return count


def test_work_grows_with_length_and_not_faster() -> None:
    sentence = "今天想问一下挂号的事情，我家里人前几天肚子有点不舒服，胸口闷，没有发烧，去年做过手术。"
    short, long = ((sentence * 1600)[: size * 1024 // 3] for size in (8, 64))
    redflags.check(short)
    assert steps(short) > 100
    assert steps(long) <= 10 * steps(short)


MONOTONOUS = ("没有", "没", "如果", "胸口疼", "胸口疼，", "胸 口 疼 ", "血", "胸痛中心", " ", "😭", "3", "一", "38.5", "180/120,",
              "血糖1", "血压", "xiongkou teng ", "胸口痛，沒有發燒")  # fmt: skip


def seconds(text: str) -> float:
    """Processor time of one check, the best of three; what the suite has in memory is not to be swept meanwhile."""
    gc.disable()
    times = []
    for _ in range(3):
        began = time.thread_time()
        redflags.check(text)
        times.append(time.thread_time() - began)
    gc.enable()
    return min(times)


@pytest.mark.parametrize("words", MONOTONOUS)
def test_the_same_words_again_and_again_cost_no_more_than_their_length(words: str) -> None:
    short, long = (words * (size // len(words.encode())) for size in (8 * 1024, 64 * 1024))
    assert seconds(long) <= 24 * seconds(short) + 0.005  # in proportion it is 8, were it quadratic 64


def test_importing_reads_no_rules_and_brings_no_heavy_library() -> None:
    code = (
        "import sys; seen = []; "
        "sys.addaudithook(lambda event, facts: event == 'open' and seen.append(str(facts[0]))); "
        "import bot.triage.redflags as r; read = [f for f in seen if not f.endswith(('.py', '.pyc', '.so'))]; "
        "assert 'numpy' not in sys.modules; r.check('胸口疼得受不了'); "
        "heavy = {'spacy', 'jieba', 'tensorflow', 'pypinyin', 'rasa'} & set(sys.modules); "
        "assert not heavy, heavy; assert not [f for f in read if f.endswith(('.yml', '.yaml', '.json', '.txt'))], read; "
        "assert [f for f in seen if f.endswith('.yml')]"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    ("story", "shouted"),
    [
        ("胸闷气短有两年了，感觉喘不上气", "胸闷气短有两年了，刚刚突然喘不上气"),
        ("经常呼吸困难，做了心电图正常", "做了心电图正常，现在突然呼吸困难"),
        ("腰椎间盘突出，左腿疼，没力气", "左腿突然没力气，说话也不清楚"),
        ("最近左眼看东西模糊，检查过了", "左眼突然看不见了，上周检查过"),
        ("得了癫痫，什么药能根治，发作时会口吐白沫吗", "癫痫病人今天连抽四次"),
    ],
)
def test_a_long_story_excuses_a_broad_rule_until_it_is_happening(story: str, shouted: str) -> None:
    assert not redflags.check(story).red_flag
    assert redflags.check(shouted).red_flag


@pytest.mark.parametrize(
    "text",
    ["最近总是不想活了，检查都正常", "反复发烧，宝宝两个月烧到38度5", "怀孕三个月，检查过，还是流血"],
)
def test_no_story_excuses_suicide_a_young_babys_fever_or_bleeding_in_pregnancy(text: str) -> None:
    assert redflags.check(text).red_flag


def test_how_long_it_lasts_is_told_from_how_old_somebody_is() -> None:
    assert not redflags.check("胸口疼得厉害，三年了").red_flag
    assert redflags.check("三岁，胸口疼得厉害").red_flag
    assert redflags.check("我今年七十三，胸口疼得厉害").red_flag


@pytest.mark.parametrize("text", ["小腿走路疼，穿不了带跟的鞋", "耳朵响，特别是安静的时候", "不能弯腰，站起来腰疼"])
def test_a_word_that_sounds_like_a_wording_is_itself(text: str) -> None:
    assert not redflags.check(text).red_flag


def test_months_that_stand_alone_are_an_age_unless_something_has_lasted_so_long() -> None:
    for text in ("七个月，奶也不喝水也不喝，从半夜到现在尿布是干的", "您好 二十个月，发烧，眼神发直，喊他不看人"):
        assert redflags.check(text).red_flag, text
    assert redflags.check("两个月，烧到38度5").red_flag
    assert not redflags.check("胃酸，两个月，发烧").red_flag


def test_what_comes_after_an_operation_is_new_and_what_was_operated_on_is_over() -> None:
    assert redflags.check("髋关节置换术后十天胸闷大喘心慌小腿又红又硬").red_flag
    assert not redflags.check("脑出血术后半年来开药").red_flag


@pytest.mark.parametrize("text", ["孕七周有褐色分泌物", "怀孕四十天总流浅褐色分泌物"])
def test_old_blood_without_pain_is_for_the_same_day(text: str) -> None:
    assert not redflags.check(text).red_flag
    assert redflags.check(text + "，今天变成鲜红的血了").red_flag
    assert redflags.check(text + "，肚子一边疼得厉害").red_flag


def test_a_sign_is_said_in_one_breath() -> None:
    """A pain before a comma and a part of the head after it are two complaints."""
    assert "stroke.headache_sudden" not in redflags.check("现在拔过牙的地方很痛，头发也掉得多").rules
    assert "stroke.headache_sudden" in redflags.check("现在头很痛").rules


def test_a_space_for_a_comma_parts_no_sign() -> None:
    assert "stroke.headache_sudden" in redflags.check("现在头  很痛").rules


@pytest.mark.parametrize("text", ["一壶开水，倒在腿上，起了大泡", "胸口，痛得受不了", "站在楼顶，想跳下去"])
def test_what_is_told_in_two_breaths_is_still_found(text: str) -> None:
    assert redflags.check(text).red_flag


def test_control_no_concept_that_is_told_across_a_comma_is_unknown() -> None:
    derived = {one.concept for ways in rulebook().derived.values() for one in ways}
    across = {one.concept for ways in rulebook().derived.values() for one in ways if one.across}
    assert set(read(HERE / "across.yml")["across"]) == across < derived


@pytest.mark.parametrize("text", ["甲胎蛋白定量142.7", "我胸口痛，但是不是特别疼"])
def test_a_number_inside_a_number_is_no_temperature_and_not_very_is_not_very(text: str) -> None:
    assert not redflags.check(text).red_flag


def test_a_number_after_another_is_a_temperature() -> None:
    assert redflags.check("宝宝两个月，11.20 38.9度").red_flag
