"""A complaint in the making: the patient's own words, his answers, and what a card says of the person."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from bot import clock
from bot.ports import Ports
from bot.services import access, cards
from bot.triage.answers import FACTS, answered, heard
from bot.triage.interview import next_question, possible, wording
from bot.triage.lexicon import spans
from bot.triage.questions import Question, questions
from bot.triage.story import Story, said, told

# Whom a patient may speak of; one word of each group stands for the group.
PEOPLE = {
    "孩子": "孩子|小孩|宝宝|宝贝|娃|儿子|女儿|闺女|丫头|小朋友|孙子|孙女|外孙|新生儿|婴儿",
    "母亲": "妈妈|我妈|老妈|俺妈|母亲|我娘|俺娘|婆婆|丈母娘|岳母",
    "父亲": "爸爸|我爸|老爸|俺爸|父亲|我爹|俺爹|公公|老丈人|岳父",
    "祖母": "奶奶|外婆|姥姥",
    "祖父": "爷爷|外公|姥爷",
    "伴侣": "老婆|媳妇|妻子|太太|老公|丈夫|爱人|老伴|先生|对象",
    "兄弟姐妹": "[我俺老]哥|哥哥|[我俺老]弟|弟弟|[我俺老]姐|姐姐|[我俺老]妹|妹妹",
    "朋友": "朋友|同事|同学|室友|邻居",
    "本人": "我自己|我本人|俺自己",
}
YEAR = 12  # months
SPOKEN_OF = {who: re.compile(words) for who, words in PEOPLE.items()}


@dataclass(frozen=True)
class Answer:
    """One answer: the question's key, and an option's key or the patient's own words; "" = taken back, asked again."""

    key: str
    told: str

    @property
    def question(self) -> Question:
        return questions()[self.key]

    @property
    def is_tap(self) -> bool:
        """Whether it is one of the quick replies."""
        return self.told in {key for key, _label in self.question.taps}

    @property
    def label(self) -> str:
        """What he tapped or said."""
        return next((label for key, label in self.question.taps if key == self.told), self.told)


@dataclass(frozen=True)
class Complaint:
    """`words` as typed; `months` of life and `sex` of the card when it was said whose."""

    words: str
    answers: tuple[Answer, ...] = ()
    months: int | None = None
    sex: str | None = None

    @cached_property
    def story(self) -> Story:
        """The words with every answer told in its turn. What the words say of the person goes before the card."""
        spoken = told(self.words)
        months = self.months if spoken.months is None else spoken.months
        story = told(self.words, months=months, sex=spoken.sex or self.sex)
        for answer in self.answers:
            story = answered(story, answer.key, answer.told) if answer.told else story
        return story

    @property
    def next(self) -> Question | None:
        """What was taken back, else what is worth asking now; None = nothing."""
        taken_back = next((answer.question for answer in self.answers if not answer.told), None)
        return taken_back or next_question(self.story)

    @property
    def taps(self) -> tuple[tuple[str, str], ...]:
        """Key and label of each quick reply to the next question that this patient may give."""
        question = self.next
        options = question.options if question else ()
        impossible = {option.key for option in options if not possible(option, self.story)}
        return tuple(tap for tap in (question.taps if question else ()) if tap[0] not in impossible)

    @property
    def spoken(self) -> str:
        """The story with the facts of the person in words, for whatever reads words alone."""
        infant = (
            f"，宝宝{self.story.months}个月大" if self.story.months is not None and self.story.months < YEAR else ""
        )
        return self.story.words + infant + ("，怀孕" if self.story.pregnant else "")

    def ask(self, question: Question) -> str:
        return wording(question, self.story)


def told_by(
    ports: Ports, *, person_id: int, words: str, answers: tuple[Answer, ...] = (), card_ref: str | None = None
) -> Complaint:
    """The complaint of whoever the card is for. A card that is not this person's any more says nothing."""
    with access.unseen():
        mine = {card.ref: card for card in cards.mine(ports, person_id=person_id)} if card_ref else {}
    card = mine.get(card_ref or "")
    if card is None:
        return Complaint(words, answers)
    return Complaint(words, answers, months=_months(card.birth_date, clock.local(ports.now()).date()), sex=card.sex)


def meant(key: str, words: str) -> bool:
    """Whether free words answer the question that was asked."""
    return bool(heard(questions()[key], words))


def put_right(known: Complaint, asked: str, words: str) -> tuple[Answer, ...]:
    """不对，是女的: answers about the person that the words give anew, other than the one asked for."""
    spoken, story = said(words), known.story
    renewed = (key for key, (fact, *_) in FACTS.items() if spoken[fact] not in {None, getattr(story, fact)})
    return tuple(Answer(key, words) for key in renewed if key != asked and getattr(story, FACTS[key][0]) is not None)


def of_person(key: str) -> bool:
    """Whether the question is about who is ill, not about what he has."""
    return key in FACTS


def asks(key: str) -> bool:
    """Whether there is such a question."""
    return key in questions()


def tells(words: str) -> bool:
    """Whether the words say anything of the complaint or of the person, whatever was asked."""
    return bool(spans(words)) or any(value is not None for value in said(words).values())


def other_person(before: str, now: str) -> bool:
    """Whether `now` names somebody else than `before` was about; who names nobody speaks of himself."""
    named, known = _people(now), _people(before) or {"本人"}
    return bool(named) and not named & known


def _people(text: str) -> set[str]:
    return {who for who, words in SPOKEN_OF.items() if words.search(text)}


def _months(born: date, today: date) -> int:
    return (today.year - born.year) * 12 + today.month - born.month - (today.day < born.day)
