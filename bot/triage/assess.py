"""One message → urgency, red flags, departments, questions: the JSON of `peizhen triage` and `peizhen redflag`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from bot.errors import BadInput
from bot.triage import departments, interview, redflags, urgency
from bot.triage.cues import MONTHS, parse_age_months, parse_duration, parse_sex
from bot.triage.lexicon import spans
from bot.triage.names import CHILDREN, EMERGENCY, MEN_ONLY, WOMEN_ONLY

CERTAIN = 0.6  # probability from which one more question would hardly change the department
OLDEST = 120


def assess(
    text: str, *, age: int | None = None, sex: str | None = None, hospital: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The contract's object. `age` in years, `sex` m or f; `hospital` maps a standard name to the hospital's."""
    age, sex = check_age(age), check_sex(sex)
    said_age = age if age is not None else _said_age(text)
    said_sex = sex or parse_sex(text)
    flags = redflags.check(text, age_months=None if age is None else age * MONTHS)
    found = spans(text)
    best = departments.score(text, age=said_age, sex=sex)  # words may name a relative's sex
    return {
        "urgency": urgency.level(text, found, red_flag=flags.red_flag, age=said_age),
        "red_flags": list(flags.rules),
        "departments": [_line(one, hospital or {}) for one in _emergency_first(flags, best)],
        "ask": list(interview.questions(_known(text, found, best, said_age, said_sex))),
    }


def _emergency_first(flags: redflags.RedFlagResult, best: list[departments.Suggestion]) -> list[departments.Suggestion]:
    """Before all others the emergency room when a rule fired, because of the words that made it fire."""
    if not flags.red_flag:
        return best
    others = [one for one in best if one.name != EMERGENCY]
    return [departments.Suggestion(EMERGENCY, 1.0, list(flags.words)), *others]


def _said_age(text: str) -> int | None:
    """The age in the words; only a stated one, never a bare number."""
    months = parse_age_months(text)
    return None if months is None else months // MONTHS


def _known(text: str, found: list[Any], best: list[Any], age: int | None, sex: str | None) -> interview.Known:
    """What the message already answers."""
    live = tuple(span.concept for span in found if not span.denied)
    return interview.Known(
        age=age,
        sex=sex or ("-" if best and best[0].name in WOMEN_ONLY | MEN_ONLY | {CHILDREN} else None),
        duration=parse_duration(text),
        symptoms=live or (("-",) if best and best[0].score >= CERTAIN else ()),
        certain=bool(best) and best[0].score >= CERTAIN,
    )


def _line(one: departments.Suggestion, hospital: Mapping[str, str]) -> dict[str, Any]:
    """One department of the answer."""
    name = hospital.get(one.name)
    return {"name": one.name, "hospital_department": name, "score": one.score, "because": list(one.because)}


def check_age(age: int | None) -> int | None:
    """Years 0–120, else BadInput("bad_age")."""
    if age is None:
        return None
    if isinstance(age, bool) or not isinstance(age, int) or not 0 <= age <= OLDEST:
        raise BadInput("bad_age")
    return age


def check_sex(sex: str | None) -> str | None:
    """m, f or None, else BadInput("bad_sex")."""
    if sex not in (None, "m", "f"):
        raise BadInput("bad_sex")
    return sex


def triage_lines(lines: Iterable[str], *, hospital: Mapping[str, str] | None = None) -> Iterator[str]:
    """JSON lines `{"text", "age"?, "sex"?}` → JSON lines. Raises BadInput("bad_line", line=n)."""
    for number, row in _rows(lines):
        try:
            answer = assess(row["text"], age=row.get("age"), sex=row.get("sex"), hospital=hospital)
        except BadInput as error:
            raise BadInput(error.code, line=number) from error
        yield json.dumps(answer, ensure_ascii=False)


def redflag_lines(lines: Iterable[str]) -> Iterator[str]:
    """JSON lines `{"text"}` → `{"red_flag", "rules"}`. Raises BadInput("bad_line", line=n)."""
    for _, row in _rows(lines):
        result = redflags.check(row["text"])
        yield json.dumps({"red_flag": result.red_flag, "rules": list(result.rules)}, ensure_ascii=False)


def _rows(lines: Iterable[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Numbered objects with a text; empty lines are passed over."""
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield number, _row(line, number)


def _row(line: str, number: int) -> dict[str, Any]:
    """One object with a text."""
    try:
        row = json.loads(line)
    except ValueError as error:
        raise BadInput("bad_line", line=number) from error
    if not isinstance(row, dict) or not isinstance(row.get("text"), str):
        raise BadInput("bad_line", line=number)
    return row


__all__ = ["assess", "redflag_lines", "triage_lines"]
