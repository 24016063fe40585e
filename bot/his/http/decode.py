"""JSON → the port's dataclasses, strictly: a missing field, a wrong type, an odd value is no answer."""

from __future__ import annotations

import math
import types
from collections.abc import Callable, Hashable
from datetime import date, datetime, timezone
from functools import cache
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from bot.his.port import (
    Appointment,
    Bill,
    BillItem,
    Observation,
    Patient,
    PrescriptionItem,
    QueueState,
    Report,
    Session,
    Slot,
)

T = TypeVar("T")
Reader = Callable[[object], Any]
LONGEST_TEXT = 20_000  # characters
LARGEST_NUMBER = 10**9
MAY_BE_EMPTY = frozenset(
    {
        "standard_name",
        "specialty",
        "intro",
        "unit",
        "reference",
        "flag",
        "finding",
        "impression",
        "spec",
        "usage",
        "department_name",
        "floor",
    }
) | frozenset(
    {"building", "phone", "address", "emergency_phone", "emergency_place", "title", "room", "doctor_name", "campus"}
)


class MalformedError(Exception):
    """What is wrong, in words that hold no value from the answer."""


def one(kind: type[T], data: object) -> T:
    """One object of the port. Raises MalformedError naming the field."""
    if not isinstance(data, dict):
        raise MalformedError(f"{kind.__name__}: not an object")
    values = {}
    for name, reader in _readers(cast(Hashable, kind)).items():
        if name not in data:
            raise MalformedError(f"{kind.__name__}.{name}: missing")
        try:
            values[name] = reader(data[name])
        except MalformedError as error:
            raise MalformedError(f"{kind.__name__}.{name}: {error}") from None
        if values[name] == "" and name not in MAY_BE_EMPTY:
            raise MalformedError(f"{kind.__name__}.{name}: empty")
    made = kind(**values)
    _check(made)
    return made


def many(kind: type[T], data: object) -> list[T]:
    """A list of objects in `{"items": [...]}`; one that comes twice is one, two under one id are none."""
    if not isinstance(data, dict) or not isinstance(data.get("items"), list):
        raise MalformedError(f"{kind.__name__}: no items")
    found = list(dict.fromkeys(one(kind, item) for item in data["items"]))
    ids = [getattr(item, "id", number) for number, item in enumerate(found)]
    if len(set(ids)) != len(ids):
        raise MalformedError(f"{kind.__name__}.id: taken twice")
    return found


def moments(data: object) -> list[datetime]:
    """A list of moments in `{"items": [...]}`, which must not go back in time."""
    if not isinstance(data, dict) or not isinstance(data.get("items"), list):
        raise MalformedError("moments: no items")
    read = [_moment(item) for item in data["items"]]
    if read != sorted(read):
        raise MalformedError("moments: not in order")
    return read


def maybe(kind: type[T], data: object, name: str) -> T | None:
    """An object or null under a name."""
    if not isinstance(data, dict) or name not in data:
        raise MalformedError(f"{name}: missing")
    return None if data[name] is None else one(kind, data[name])


@cache
def _readers(kind: Hashable) -> dict[str, Reader]:
    return {name: _reader(hint) for name, hint in get_type_hints(kind).items()}


def _reader(hint: Any) -> Reader:
    if hint in PLAIN:
        return PLAIN[hint]
    origin, inside = get_origin(hint), get_args(hint)
    if origin is Literal:
        return lambda value: _among(value, inside)
    if origin in {Union, types.UnionType}:
        rest = _reader(next(each for each in inside if each is not type(None)))
        return lambda value: None if value is None else rest(value)
    if origin is tuple:
        return _words(inside[0]) if get_origin(inside[0]) is Literal else lambda value: _several(value, inside[0])
    raise TypeError(hint)


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > LONGEST_TEXT or "\0" in value:
        raise MalformedError("not a text")
    return value


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LARGEST_NUMBER:
        raise MalformedError("not a whole number from 0")
    return value


def _yes_or_no(value: object) -> bool:
    if not isinstance(value, bool):
        raise MalformedError("not true or false")
    return value


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise MalformedError("not a number")
    return float(value)


def _day(value: object) -> date:
    try:
        return date.fromisoformat(_text(value))
    except ValueError:
        raise MalformedError("not a day") from None


def _moment(value: object) -> datetime:
    """ISO 8601 with an offset → naive UTC."""
    try:
        moment = datetime.fromisoformat(_text(value))
    except ValueError:
        raise MalformedError("not a moment") from None
    if moment.tzinfo is None:
        raise MalformedError("without offset")
    return moment.astimezone(timezone.utc).replace(tzinfo=None)


def _among(value: object, choices: tuple[object, ...]) -> object:
    if not isinstance(value, str) or value not in choices:
        raise MalformedError("not one of the known words")
    return value


def _several(value: object, kind: type[Any]) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise MalformedError("not a list")
    return tuple(one(kind, item) for item in value)


def _words(kind: Any) -> Reader:
    """A list of known words, each once: what a newer contract has beside them is nothing that we would ask for."""
    known = get_args(kind)

    def read(value: object) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise MalformedError("not a list")
        said = [_text(word) for word in value]
        return tuple(word for word in known if word in said)

    return read


def _truth(value: object) -> bool:
    if not isinstance(value, bool):
        raise MalformedError("not true or false")
    return value


PLAIN: dict[Any, Reader] = {
    str: _text,
    int: _whole,
    float: _number,
    bool: _truth,
    date: _day,
    datetime: _moment,
}


def _report_is_sound(report: Report) -> bool:
    """Nothing of a report is there before it is ready, and nobody releases what is not."""
    if report.ready_at is None:
        early = report.items or report.finding or report.impression or report.released_at
        return report.status == "registered" and not early
    return report.status != "registered"


# What must hold between the fields of one object.
SENSE: dict[type[Any], Callable[[Any], bool]] = {
    Slot: lambda slot: (
        slot.left <= (0 if slot.closed else slot.share or slot.capacity)
        and slot.share <= slot.capacity
        and slot.start < slot.end
    ),
    Session: lambda session: session.start < session.end,
    Appointment: lambda booked: booked.number > 0 and (booked.state == "held") == (booked.hold_until is not None),
    QueueState: lambda state: state.number > 0 and state.minutes_low <= state.minutes_high,
    Observation: lambda line: line.low is None or line.high is None or line.low <= line.high,
    Patient: lambda person: person.birth_date.year > 1850,  # noqa: PLR2004 - nobody alive is older
    Report: _report_is_sound,
    PrescriptionItem: lambda item: item.quantity > 0,
    BillItem: lambda item: item.quantity > 0,
    Bill: lambda bill: bill.fen == sum(item.fen for item in bill.items),
}


def _check(made: object) -> None:
    if type(made) in SENSE and not SENSE[type(made)](made):
        raise MalformedError(f"{type(made).__name__}: fields contradict each other")
