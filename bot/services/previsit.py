"""预问诊: one page of what the interview heard, which goes with a booking to its doctor when the patient says yes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from bot.triage.lexicon import spans

if TYPE_CHECKING:
    from bot.services.complaint import Complaint

SEXES = {"m": "男", "f": "女"}
URGENCIES = {"emergency": "急症", "urgent": "今天就看", "routine": "普通门诊", "self_care": "不急"}


@dataclass(frozen=True)
class Page:
    """What a doctor reads, all in words; `answers` are question and answer, `denied` findings that are not there."""

    complaint: str
    person: str
    duration: str
    answers: tuple[tuple[str, str], ...]
    findings: tuple[str, ...]
    denied: tuple[str, ...]
    urgency: str
    departments: tuple[str, ...]


def page(complaint: Complaint, *, urgency: str, departments: Sequence[str]) -> Page:
    """The page of a finished interview."""
    found = spans(complaint.story.words)
    asked = {answer.key: answer.label for answer in complaint.answers if answer.question.option(answer.told)}
    live = dict.fromkeys(span.words for span in found if not span.denied)
    denied = dict.fromkeys([span.words for span in found if span.denied] + list(complaint.story.denied))
    return Page(
        complaint=complaint.words,
        person=_person(complaint, asked),
        duration=asked.get("duration") or _lasted(complaint),
        answers=tuple((complaint.ask(a.question), a.label) for a in complaint.answers),
        findings=tuple(live),
        denied=tuple(word for word in denied if word not in live),
        urgency=URGENCIES[urgency],
        departments=tuple(departments),
    )


def _person(complaint: Complaint, asked: dict[str, str]) -> str:
    """女，28岁，怀孕; an age that was tapped is a span of years and stays one."""
    story = complaint.story
    age = asked.get("age", "" if story.age is None else f"{story.age}岁")
    expecting = "怀孕" if story.pregnant else ""
    return "，".join(part for part in (SEXES.get(story.sex or "", ""), age, expecting) if part) or "没有说"


def _lasted(complaint: Complaint) -> str:
    """How long it has been by the words, in days."""
    days = complaint.story.days
    if days is None:
        return ""
    return "不到一天" if days < 1 else f"约{days:g}天"


def dumped(shown: Page) -> str:
    """As it is kept."""
    return json.dumps(asdict(shown), ensure_ascii=False)


def loaded(text: str) -> Page:
    """As it was kept."""
    body: dict[str, Any] = json.loads(text)
    lists = {name: tuple(value) for name, value in body.items() if isinstance(value, list)}
    return Page(**{**body, **lists, "answers": tuple((ask, told) for ask, told in body["answers"])})
