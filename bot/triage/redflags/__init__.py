"""Red flags: pure rules on the patient's own words, before any language model or dialogue.

`check` never raises on a str and is linear in its length. Importing costs nothing; the rules are read and
compiled on the first call (or by `warm`).
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.triage.cues import age_months_alone, parse_age_months
from bot.triage.text import Normal, normalise

UNDER_3_MONTHS, UNDER_6_MONTHS, CHILD = 3, 6, 14 * 12  # months
READ = 2_000  # characters in which an age is looked for
WORDS = 3  # how many of the patient's expressions the advice repeats
WORD_LENGTH = 12  # characters of one repeated expression


@dataclass(frozen=True)
class RedFlagResult:
    """`rules`: ids of all rules that fired; `category` and `advice` of the most pressing one ("" when none).

    `doubted`: a rule fired and everything else in the message speaks against it. That is no red flag and names no rule,
    but category, advice and words are there: whoever cannot tell it softer with his answer tells it as an alarm.
    """

    red_flag: bool
    rules: tuple[str, ...] = ()
    category: str = ""
    advice: str = ""
    words: tuple[str, ...] = ()  # the patient's expressions that made it fire
    doubted: bool = False

    @property
    def alarming(self) -> bool:
        """A rule or the second net found an emergency, doubted or not."""
        return self.red_flag or self.doubted


CLEAR = RedFlagResult(red_flag=False)


def warm() -> None:
    """Read and compile the rules now rather than with the first message."""
    from bot.triage.redflags.rulebook import rulebook

    rulebook()


def check(text: str, *, age_months: int | None = None, pregnant: bool | None = None) -> RedFlagResult:
    """Does this message describe an emergency? Age and pregnancy, when known, only add to what the text says.

    The advice holds the slots {emergency_place} and {emergency_phone}: see `fill`.
    """
    from bot.triage.redflags.engine import run
    from bot.triage.redflags.rulebook import rulebook

    book = rulebook()
    normal = normalise(text)
    found = run(book, normal, _given(normal, age_months, pregnant))
    if not found.fired:
        return CLEAR
    first = min(found.fired, key=lambda firing: (firing.rule.weighed, book.advice[firing.rule.advice].rank))
    spans = sorted({(hit.start, hit.end) for hit in first.hits})
    words = tuple(_clean(normal.words(start, end)) for start, end in _outer(spans)[:WORDS])
    advice = book.advice[first.rule.advice].text
    filled = advice.replace("{words}", "、".join(words)).replace("{why}", book.why[first.rule.category])
    rules = () if found.doubted else tuple(firing.rule.id for firing in found.fired)
    return RedFlagResult(not found.doubted, rules, first.rule.category, filled, words, found.doubted)


def by_rules(text: str) -> bool:
    """Do the rules alone find it, whatever the second net says?"""
    from bot.triage.redflags import engine
    from bot.triage.redflags.rulebook import rulebook

    normal = normalise(text)
    return bool(engine.by_rules(rulebook(), normal, _given(normal, None, None)))


def fill(advice: str, *, place: str, phone: str) -> str:
    """Put the hospital's emergency room into an advice text."""
    return advice.replace("{emergency_place}", place).replace("{emergency_phone}", phone)


def _given(normal: Normal, age_months: int | None, pregnant: bool | None) -> set[str]:  # noqa: FBT001
    """Facts about the person as concepts; the younger of the known and the written age counts."""
    said = parse_age_months(normal.original[:READ]), age_months_alone(normal)
    ages = [age for age in (age_months, *said) if age is not None]
    facts = {"pregnant"} if pregnant else set()
    youngest = min(ages, default=CHILD)
    limits = {"~age_under_3m": UNDER_3_MONTHS, "~age_under_6m": UNDER_6_MONTHS, "~age_child": CHILD}
    return facts | {name for name, months in limits.items() if youngest < months}


def _outer(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Without spans inside other spans."""
    kept: list[tuple[int, int]] = []
    for start, end in spans:
        if kept and start < kept[-1][1]:
            kept[-1] = (kept[-1][0], max(end, kept[-1][1]))
        else:
            kept.append((start, end))
    return kept


def _clean(words: str) -> str:
    """The patient's characters without anything that could be taken for a slot, kept short."""
    plain = " ".join(words.replace("{", "").replace("}", "").split())
    return plain if len(plain) <= WORD_LENGTH else plain[:WORD_LENGTH] + "…"
