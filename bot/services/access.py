"""Every look at personal data is one row of the audit trail, a refused one too, and a look without a row shows nothing.

A reading use case is marked once, `@access.reads("reports.read", why="own")`; who looks comes from its `person_id`
or `staff`, at what from its reference. What it calls inside is part of the same look.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from bot.db.base import reading
from bot.errors import PeizhenError
from bot.ports import Ports
from bot.services import audit
from bot.services.staff import Staff

P = ParamSpec("P")
T = TypeVar("T")
UseCase = Callable[Concatenate[Ports, P], T]

# References as we make them; whatever else was typed into an address may be a name or a number.
OURS = re.compile(r"[a-z]_[0-9a-f]{10}(\.[a-z]{1,8}\.[\w\-]{1,40})?", re.ASCII)
REFERENCES = ("ref", "question_ref", "card_ref")
MALFORMED = "malformed"
LONGEST_SUBJECT = 160  # as the column


@dataclass
class Look:
    """One look while it happens."""

    action: str
    actor_kind: str
    actor_id: str
    subject: str
    about: str
    reason: str


_look: ContextVar[Look | None] = ContextVar("look", default=None)
_kept: ContextVar[list[tuple[Look, str]] | None] = ContextVar("kept", default=None)
_machine: ContextVar[bool] = ContextVar("machine", default=False)


def reads(action: str, *, why: str, changes: bool = False) -> Callable[[UseCase[P, T]], UseCase[P, T]]:
    """Mark a use case that gives personal data away; `why` is a word for the trail: own, answering, editing.

    One that changes nothing beside waits for no writer; `changes`: it does, or may.
    """
    return lambda use_case: _marked(use_case if changes else _only_read(use_case), action, why, success=True)


def acts(action: str, *, why: str) -> Callable[[UseCase[P, T]], UseCase[P, T]]:
    """Mark a use case that changes something and writes its own row with the change: only its refusals are written."""
    return lambda use_case: _marked(use_case, action, why, success=False)


def concerning(*subjects: str, person_id: int | None = None) -> None:
    """Say more exactly what the look that goes on is at, and whose data that is."""
    look = _look.get()
    if look is None:
        return
    if subjects:
        look.subject = ",".join(subjects)[:LONGEST_SUBJECT]
    if person_id is not None:
        look.about = f"person/{person_id}"


def because(reason: str) -> None:
    """Say why the look that goes on happens."""
    look = _look.get()
    if look is not None:
        look.reason = reason


def denied(ports: Ports, *, staff: Staff, door: str) -> None:
    """Write down that a member of staff was turned away at a door that is not for his role."""
    _write(ports, Look("console.enter", "staff", str(staff.id), door[:LONGEST_SUBJECT], "", "door"), "forbidden")


@contextmanager
def unseen() -> Iterator[None]:
    """What is read inside is for the program alone; nobody sees it."""
    token = _machine.set(True)
    try:
        yield
    finally:
        _machine.reset(token)


@contextmanager
def deferred(ports: Ports) -> Iterator[Callable[[], None]]:
    """Hold the rows of the looks inside back until it is known that something was shown: `with … as write: write()`."""
    kept: list[tuple[Look, str]] = []
    token = _kept.set(kept)
    try:
        yield lambda: _write_all(ports, kept)
    finally:
        _kept.reset(token)


def _only_read(use_case: UseCase[P, T]) -> UseCase[P, T]:
    @wraps(use_case)
    def read(ports: Ports, *args: P.args, **wanted: P.kwargs) -> T:
        with reading():
            return use_case(ports, *args, **wanted)

    return cast("UseCase[P, T]", read)


def _marked(use_case: UseCase[P, T], action: str, why: str, *, success: bool) -> UseCase[P, T]:
    @wraps(use_case)
    def looked_at(ports: Ports, *args: P.args, **wanted: P.kwargs) -> T:
        if _look.get() is not None or _machine.get():
            return use_case(ports, *args, **wanted)
        with _looking(ports, _begin(action, why, wanted), success=success):
            return use_case(ports, *args, **wanted)

    return cast("UseCase[P, T]", looked_at)


@contextmanager
def _looking(ports: Ports, look: Look, *, success: bool) -> Iterator[None]:
    token = _look.set(look)
    try:
        yield
    except PeizhenError as error:
        _settle(ports, look, error.code)
        raise
    else:
        if success:
            _settle(ports, look, "ok")
    finally:
        _look.reset(token)


def _begin(action: str, why: str, wanted: Any) -> Look:
    given = next((str(wanted[name]) for name in REFERENCES if wanted.get(name)), None)
    subject = given if given is None or OURS.fullmatch(given) else MALFORMED
    member = wanted.get("staff")
    if isinstance(member, Staff):
        scope = member.department_id or member.role
        return Look(action, "staff", str(member.id), subject or f"scope/{scope}", "", why)
    person = f"person/{wanted['person_id']}"
    return Look(action, "person", str(wanted["person_id"]), subject or person, person, why)


def _settle(ports: Ports, look: Look, result: str) -> None:
    kept = _kept.get()
    if kept is not None and result == "ok":
        kept.append((look, result))
    else:
        _write(ports, look, result)


def _write_all(ports: Ports, kept: list[tuple[Look, str]]) -> None:
    for look, result in kept:
        _write(ports, look, result)


def _write(ports: Ports, look: Look, result: str) -> None:
    with ports.transaction() as session:
        audit.record(session, at=ports.now(), result=result[:32], once=True, **vars(look))
