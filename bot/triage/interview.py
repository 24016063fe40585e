"""What to ask next: the question whose answers are expected to change the departments or the urgency most.

Each answer of each candidate is tried on the story, as if it had been tapped. What it would teach is the divergence
of the departments' probabilities (bits) plus the levels of urgency that it would raise; the sum over the answers, by
how often they are given, is the worth of the question. Below LEAST nothing is asked any more.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from bot.triage import belief, redflags, urgency
from bot.triage.answers import answered
from bot.triage.lexicon import lexicon, spans
from bot.triage.names import CHILD_UNTIL
from bot.triage.questions import YES, Option, Question, questions
from bot.triage.story import Story

QUESTIONS = 3
LEAST = 0.02  # bits: a question worth less changes nothing that a patient or a doctor would notice
RAISED = {urgency.URGENT: 1.0, urgency.EMERGENCY: 8.0}  # bits that an answer is worth which raises to this level
TAUGHT = 2.0  # bits that one answer can teach of the department: four times as likely; the table knows no doubt beyond
IN_QUESTION, MOST = 0.15, 3  # departments whose findings are worth asking for: how likely, how many
BELONGS = 0.25  # a department's part of a finding's weights, from which the finding is one of its own
PAIRED = 0.12  # how often a companion of an urgent pair is there, when the departments say less
CHILDBEARING = range(14, 51)  # years
COMPLAINT = "哪里不舒服？请用您自己的话说说。"
YOUNG, GROWN = 6, 30  # years assumed of a child, and of who is not said to be one, until the age is known
_CHILD = re.compile("孩子|小孩|宝宝|宝贝|娃|小朋友|新生儿|婴儿|孙子|孙女")
_ELDER = re.compile("妈妈|爸爸|[我俺老](?:妈|爸)|爷|奶奶|母亲|父亲|外[公婆]|姥|岳|公公|婆婆|老伴")
_SPOUSE = re.compile("老公|老婆|丈夫|妻子|媳妇|爱人|对象")


def next_question(story: Story) -> Question | None:
    """The question worth most, or None: nothing would change, three were answered, or it is an emergency."""
    return next(iter(worth_asking(story)), None)


def worth_asking(story: Story) -> list[Question]:
    """All questions worth asking now, the best first, as many as may still be asked."""
    left = QUESTIONS - len(story.asked)
    if left <= 0 or not story.words or level(story) == urgency.EMERGENCY:
        return []
    likely = belief.believed(story)
    worth = {q.key: _worth(q, story, likely) for q in _candidates(story, likely)}
    best = sorted((key for key in worth if worth[key] >= LEAST), key=lambda key: -worth[key])
    return [questions()[key] for key in best[:left]]


def texts(story: Story) -> Sequence[str]:
    """What would be asked of this story; of one without any finding first what the matter is."""
    asked = [wording(question, story) for question in worth_asking(story)]
    vague = level(story) != urgency.EMERGENCY and not _live(story.words)
    return [COMPLAINT, *asked][:QUESTIONS] if vague else asked


def wording(question: Question, story: Story) -> str:
    """The question as it is put to this patient."""
    child = story.age is not None and story.age < CHILD_UNTIL
    return question.ask_child if child and question.ask_child else question.ask


def possible(option: Option, story: Story) -> bool:
    """Whether an answer can be this patient's: 我妈 is no child, and whoever is 70 expects none."""
    if option.facts.get("pregnant"):
        return _may_expect(story)
    age = option.facts.get("age")
    if age is None:
        return True
    grown = _ELDER.search(story.words) or _SPOUSE.search(story.words)
    if grown:
        return age >= CHILD_UNTIL
    return age < CHILD_UNTIL or not _CHILD.search(story.words)


def level(story: Story) -> str:
    """The urgency of the whole story; what a rule found and all else speaks against is for today."""
    found = spans(story.words)
    facts = {"age": story.age, "pregnant": story.pregnant, "days": story.days}
    flags = alarm(story)
    reached = urgency.level(story.words, found, red_flag=flags.red_flag, **facts)  # type: ignore[arg-type]
    return urgency.higher(reached, urgency.URGENT) if flags.doubted else reached


@lru_cache(maxsize=256)
def alarm(story: Story) -> redflags.RedFlagResult:
    """The red flags of the whole story, not of its single messages."""
    return redflags.check(story.words, age_months=story.months, pregnant=story.pregnant)


# -- what may be asked ------------------------------------------------------------------------------------------
def _candidates(story: Story, likely: belief.Belief) -> Iterable[Question]:
    """What fits this patient, was not asked, and is not said yet."""
    named = {span.concept for span in spans(story.words)} | set(story.denied)
    live = _live(story.words)
    near = set(belief.plausible(likely, least=IN_QUESTION, most=MOST))
    for question in questions().values():
        if question.key in story.asked or question.concept in named or not _fits(question, story):
            continue
        if question.kind == "person" or (set(question.of) & live if question.of else _near(question, near, live)):
            yield question


def _fits(question: Question, story: Story) -> bool:
    """Whether it can be asked of this person at all."""
    if question.kind == "person":
        return _open(question.key, story)
    years = story.age if story.age is not None else (YOUNG if _CHILD.search(story.words) else GROWN)
    return question.since <= years <= question.until and question.sex in {"", story.sex}


def _open(key: str, story: Story) -> bool:
    if key == "pregnant":
        return story.sex == "f" and story.pregnant is None and _may_expect(story)
    return {"age": story.age, "sex": story.sex, "duration": story.days}[key] is None


def _may_expect(story: Story) -> bool:
    if story.age is None:
        return not (_ELDER.search(story.words) or _CHILD.search(story.words))
    return story.age in CHILDBEARING


def _near(question: Question, near: set[str], live: set[str]) -> bool:
    """Whether a finding belongs to a department in question, to one that is there, or to an urgent pair with it."""
    return bool(near & _owners(question.concept) or set(question.beside) & live) or (
        question.concept in _pairs(frozenset(live))
    )


@lru_cache(maxsize=128)
def _owners(concept: str) -> frozenset[str]:
    """The departments a finding belongs to; 头晕 is seen by 耳鼻咽喉科 too, and yet says nothing of a sore throat."""
    to = lexicon().entries[concept].to
    return frozenset(name for name, weight in to.items() if weight >= BELONGS * sum(to.values()))


@lru_cache(maxsize=512)
def _pairs(live: frozenset[str]) -> frozenset[str]:
    """Names that are urgent beside one of these findings."""
    found: set[str] = set()
    for line in urgency.rules()["urgent"]:
        for group in line["if"]:
            if live & set(group):
                found |= {name for other in line["if"] if other is not group for name in other}
    return frozenset(found)


# -- what it is worth -------------------------------------------------------------------------------------------
def _worth(question: Question, story: Story, likely: belief.Belief) -> float:
    before = level(story)
    return sum(_teaches(question, option, story, likely, before) for option in question.options)


def _teaches(question: Question, option: Option, story: Story, likely: belief.Belief, before: str) -> float:
    """Bits that one answer is expected to teach."""
    share = _share(question, option, story, likely)
    if not share:
        return 0.0
    after = answered(story, question.key, option.key)
    rank = urgency.LEVELS.index
    level_after = level(after)
    raised = RAISED[level_after] if rank(level_after) < rank(before) and level_after in RAISED else 0.0
    return share * (min(belief.changed(likely, belief.believed(after)), TAUGHT) + raised)


def _share(question: Question, option: Option, story: Story, likely: belief.Belief) -> float:
    """How often this answer is given here."""
    if not possible(option, story):
        return 0.0
    if question.kind != "findings":
        left = sum(each.share for each in question.options if possible(each, story))
        given = sum(each.share for each in question.options)
        return option.share * given / left  # what cannot be is what the others are
    there = min(belief.expected(question.concept, likely), question.options[0].share)
    if question.concept in _pairs(frozenset(_live(story.words))):
        there = max(there, min(PAIRED, question.options[0].share))
    return there if option.key == YES else 1 - there


def _live(words: str) -> set[str]:
    return {span.concept for span in spans(words) if not span.denied}
