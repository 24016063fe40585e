"""One message → urgency, red flags, departments, questions: the JSON of `peizhen triage` and `peizhen redflag`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from bot.errors import BadInput
from bot.triage import departments, interview, redflags
from bot.triage.names import EMERGENCY
from bot.triage.story import Story, told

OLDEST = 120
SHOWN = 3  # departments that people read


def assess(
    text: str, *, age: int | None = None, sex: str | None = None, hospital: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The contract's object. `age` in years, `sex` m or f; `hospital` maps a standard name to the hospital's."""
    age, sex = check_age(age), check_sex(sex)
    story = told(text, age=age, sex=sex)
    flags = interview.alarm(story)
    best = departments.score(text, age=story.age, sex=sex)  # words may name a relative's sex
    return {
        "urgency": interview.level(story),
        "red_flags": list(flags.rules),
        "departments": [_line(one, hospital or {}) for one in _with_emergency(text, flags, best)],
        "ask": [] if flags.red_flag else _ask(story, best),
    }


def _ask(story: Story, best: Sequence[departments.Suggestion]) -> list[str]:
    """The questions that would change something; who named nothing that a department rests on is asked what it is."""
    asked = list(interview.texts(story))
    grounded = bool(best and best[0].because)
    return asked if asked or grounded else [interview.COMPLAINT]


def _with_emergency(
    text: str, flags: redflags.RedFlagResult, best: Sequence[departments.Suggestion]
) -> Sequence[departments.Suggestion]:
    """The departments as they are, the emergency room after the first three when a rule fired.

    The level says that it is an emergency; where it belongs after that is what the ranking says.
    """
    if not flags.red_flag or EMERGENCY in [one.name for one in best[:SHOWN]]:
        return best
    others = [one for one in best if one.name != EMERGENCY]
    score = others[:SHOWN][-1].score if others else 1.0
    because = [word for word in flags.words if not redflags.check(text.replace(word, "")).red_flag]
    return [*others[:SHOWN], departments.Suggestion(EMERGENCY, score, because), *others[SHOWN:]]


def emergency_first(
    flags: redflags.RedFlagResult, best: Sequence[departments.Suggestion]
) -> Sequence[departments.Suggestion]:
    """Before all others the emergency room when a rule fired, because of the words that made it fire."""
    if not flags.red_flag:
        return best
    others = [one for one in best if one.name != EMERGENCY]
    return [departments.Suggestion(EMERGENCY, 1.0, list(flags.words)), *others]


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
