"""Looking up what was answered before: by keyword, in a sentence, with several hits or none."""

from __future__ import annotations

from bot.db.consult import Question
from bot.db.faq import FaqEntry
from bot.services import faq
from tests.conversations.house import Talk
from tests.conversations.visits import editor, rows


def test_a_sentence_finds_the_one_entry_that_fits(talk: Talk) -> None:
    said = talk("请问散瞳以后多久恢复")
    assert "散瞳检查以后多久能恢复" in said
    assert "几个小时到一天" in said
    assert "不是针对您的诊断" in said
    assert talk.labels == ["问医生", "有帮助", "没帮助"]


def test_a_keyword_is_enough(talk: Talk) -> None:
    assert "分餐、用公筷" in talk("幽门螺杆菌")


def test_a_bare_word_that_only_an_entry_knows_is_a_search(talk: Talk) -> None:
    said = talk("量血压")
    assert "可能有帮助" in said
    assert "袖带和心脏一样高" in talk.tap("在家量血压怎么量才准")


def test_of_several_hits_one_is_chosen_by_number(talk: Talk) -> None:
    talk("高血压平时吃饭要注意什么，在家怎么量血压")
    assert len(talk.labels) == 3
    assert talk.labels[-1] == "问医生"
    second = talk.labels[1]
    assert second in talk("第二个")
    assert talk.labels == ["问医生", "有帮助", "没帮助"]


def test_of_several_hits_one_is_chosen_by_its_words(talk: Talk) -> None:
    talk("孩子发烧拉肚子还能吃奶打疫苗吗")
    assert "口服补液盐" in talk("宝宝拉肚子还能吃奶吗？")


def test_nothing_fits_and_the_doctor_is_offered(talk: Talk) -> None:
    assert "没有找到合适的" in talk("早搏的人能喝浓茶吗")
    assert "想问哪个科室" in talk.tap("问医生")
    assert rows(talk.ports, Question) == []


def test_an_entry_that_was_taken_back_is_not_found_any_more(talk: Talk) -> None:
    talk("崴脚以后冷敷还是热敷")
    entry = next(e for e in rows(talk.ports, FaqEntry) if "崴脚" in e.question)
    faq.recall(talk.ports, staff=editor(talk.ports), entry_id=entry.id)
    assert "头两天冷敷" not in talk("崴脚冷敷")


def test_an_entry_recalled_between_list_and_choice_is_said_honestly(talk: Talk) -> None:
    talk("高血压平时吃饭要注意什么，在家怎么量血压")
    wanted = talk.labels[0]
    entry = rows(talk.ports, FaqEntry, question=wanted)[0]
    faq.recall(talk.ports, staff=editor(talk.ports), entry_id=entry.id)
    assert "可能已经变动了" in talk("1")


def test_a_lookup_in_the_middle_of_binding_comes_back_to_the_binding(talk: Talk) -> None:
    talk("绑定就诊卡")
    said = talk("湿疹能天天洗澡吗")
    assert "涂保湿霜" in said
    assert said.rstrip().endswith("信息会加密保存。")
