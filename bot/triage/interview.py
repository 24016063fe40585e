"""What to ask next: at most three questions, nothing that was said already, each with a way out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

QUESTIONS = 3
SKIP = "说不清"


@dataclass(frozen=True)
class Known:
    """What has been said so far; None or empty = not yet."""

    age: int | None = None
    sex: str | None = None
    duration: float | None = None
    symptoms: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    certain: bool = False  # one department stands out: the duration need not be asked


@dataclass(frozen=True)
class Question:
    """One question with its quick replies. `slot`: age, sex, duration or symptoms."""

    slot: str
    text: str
    options: tuple[str, ...]


_ASK = {
    "symptoms": Question("symptoms", "哪里不舒服？请用您自己的话说说。", ("头晕头痛", "肚子不舒服", "咳嗽发烧", "皮肤痒", SKIP)),  # noqa: E501
    "age": Question("age", "请问看病的人多大年纪？", ("3岁以下", "3到13岁", "14到44岁", "45到64岁", "65岁以上", SKIP)),
    "sex": Question("sex", "请问是男士还是女士？", ("男", "女", SKIP)),
    "duration": Question("duration", "这样多久了？还有别的不舒服吗？", ("今天刚开始", "两三天", "一两周", "一个月以上", SKIP)),  # noqa: E501
}  # fmt: skip


def next_question(known: Known) -> Question | None:
    """The next question, or None when enough is known or three were asked."""
    left = waiting(known)
    return _ASK[left[0]] if left and len(known.asked) < QUESTIONS else None


def waiting(known: Known) -> list[str]:
    """What is not known and was not asked yet, in the order of asking."""
    missing = {
        "symptoms": not known.symptoms,
        "age": known.age is None,
        "sex": known.sex is None,
        "duration": known.duration is None and not known.certain,
    }
    return [slot for slot, open_ in missing.items() if open_ and slot not in known.asked]


def questions(known: Known) -> Sequence[str]:
    """Texts of all questions that would still be asked (at most three less those asked)."""
    return [_ASK[slot].text for slot in waiting(known)[: max(QUESTIONS - len(known.asked), 0)]]
