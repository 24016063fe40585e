"""What an answer adds to a story, be it a tap or the patient's own words."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.triage.cues import MONTHS, parse_age
from bot.triage.lexicon import spans
from bot.triage.questions import NO, UNSURE, YES, Option, Question, questions
from bot.triage.story import Story, said

FACTS = {"age": ("age", "months"), "sex": ("sex",), "pregnant": ("pregnant",), "duration": ("days",)}  # of the story

_UNSURE = re.compile(r"不知道|不清楚|说不[清准好]|不确定|没注意|不晓得|记不清")
_ANY = re.compile(
    "(?:那|就|我|也|都|真|这个|年龄|时间|具体|哪个|[，,。.！!~ ])*"
    "(?:随便|随你|都行|都可以|无所谓|看着办|你(?:们)?(?:看着办|定|选)|忘了|忘记了|不好说|没想好|不记得|没留意)"
    "(?:了|吧|啊|呀|呢|的|[，,。.！!~ ])*"
)
_NO = re.compile(r"(?:没有?|不|无|未|否|哪有|么有|冇|木有)")
_YES = re.compile(r"(?:有|是|对|嗯|会|疼|痛|肿|闷|能|就是|确实|一直|经常|偶尔|有点|好像有)")


def answered(story: Story, key: str, told: str) -> Story:
    """The story after one answer: `told` is an option's key, or the patient's own words."""
    question = questions()[key]
    read = told if told == UNSURE or question.option(told) else heard(question, told)
    option = question.option(read) if read else None
    after = story.adding(told if told != read and spans(told) else "")  # 34 and 没有 say nothing by themselves
    after = after.adding(option.says, **option.facts) if option and told == read else _filled(after, question, told)
    denied = (option.denies,) if option and option.denies else ()
    return replace(after, denied=(*after.denied, *denied), asked=(*story.asked, key))


def heard(question: Question, words: str) -> str:
    """The key of the option that free words mean; "" = they do not answer it."""
    labelled = next((o.key for o in question.options if words.strip("，,。.！! ") == o.label), "")
    if labelled or _UNSURE.search(words) or _ANY.fullmatch(words):
        return labelled or UNSURE
    if question.kind == "person":
        return _person(question, words)
    about = [span for span in spans(words) if span.concept == question.concept]
    if about:
        return NO if all(span.denied for span in about) else YES
    return _part_of_label(question, words) if question.kind == "manner" else _yes_or_no(words)


def _person(question: Question, words: str) -> str:
    """Which option of age, sex, pregnancy or duration the words name; the words themselves fill the story."""
    if question.key == "age":
        return "" if parse_age(words) is None else "words"
    facts = said(words)
    if question.key == "sex":
        return "expecting" if facts["pregnant"] else facts["sex"] or ""
    if question.key == "pregnant":
        known = facts["pregnant"]
        spoken = {True: "expecting", False: "none"}.get(known) if known is not None else None
        return spoken or {YES: "expecting", NO: "none"}.get(_yes_or_no(words), "")
    return "" if facts["days"] is None else "words"


def _part_of_label(question: Question, words: str) -> str:
    """The one option of which a part is said: 能忍 is 还能忍, 左边一侧 is none of them."""
    parts = {o.key: [part for part in re.split("[，、]", o.label) if len(part) > 1] for o in question.options}
    return next((key for key, labels in parts.items() if any(p in words or words in p for p in labels)), "")


def _yes_or_no(words: str) -> str:
    """有 and 没有 at the beginning of the words."""
    start = words.lstrip("，,。 啊哦就也都")
    if _NO.match(start):
        return NO
    return YES if _YES.match(start) else ""


def _filled(story: Story, question: Question, told: str) -> Story:
    """The fact that was asked for, from free words, whatever was known of it: a bare number is an age here."""
    asked = FACTS.get(question.key, ())
    spoken = {name: value for name, value in said(told).items() if value is not None}
    story = replace(story, **{n: v for n, v in spoken.items() if n in asked or getattr(story, n) is None})
    if question.key == "age" and "age" not in spoken:
        return _aged(story, parse_age(told))
    read = question.option(heard(question, told))
    return story.adding(read.says, **read.facts) if read and question.kind == "person" else _said_yes(story, read)


def _aged(story: Story, age: int | None) -> Story:
    return replace(story, age=age, months=None if age is None else age * MONTHS)


def _said_yes(story: Story, read: Option | None) -> Story:
    """对，有的 names no finding: what it agrees to is added."""
    if read is None or not read.says or read.says in story.words:
        return story
    return story.adding(read.says)
