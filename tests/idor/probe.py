"""Asking every door with every reference as everybody, and reading the answers for what must not be in them."""

from __future__ import annotations

import html
import io
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.parse import quote

from flask import Flask
from werkzeug.routing import Rule

from bot import wiring
from bot.services import callers, follow_ups, views
from bot.web import doors
from tests.idor.matrix import (
    ANSWERS,
    BESIDE,
    FINISHED,
    FORMS,
    IMPERSONAL,
    REVEALS,
    ROUTES,
    TELLS_GONE,
    VIEWS,
    Row,
)
from tests.idor.offers import beyond
from tests.idor.world import MALFORMED, UNKNOWN, Principal, World

REF, HOLDER, VERSION = "=ref", "=holder", "=version"
inbox_ids = count(1)
READING = ("GET", "HEAD")
CLOSED = frozenset({302, 303, 400, 401, 403, 404, 405, 409, 422})


@dataclass
class Findings:
    """What came out: requests asked, leaks by door, answers that tell another's from none, doors that broke."""

    asked: int = 0
    doors: set[str] = field(default_factory=set)
    leaks: Counter[str] = field(default_factory=Counter)
    told_apart: list[str] = field(default_factory=list)
    broke: list[str] = field(default_factory=list)
    useless: set[str] = field(default_factory=set)
    offers: set[str] = field(default_factory=set)
    changed: int = 0

    @property
    def clean(self) -> bool:
        return not (self.leaks or self.told_apart or self.broke or self.useless or self.offers or self.changed)


@dataclass(frozen=True)
class Answered:
    """One answer: status and text, with what was asked for and one-time tokens taken out."""

    status: int
    text: str


def missing(app: Flask, intents: frozenset[str], forms: set[str]) -> list[str]:
    """Doors that nobody wrote a row for, and rows without a door."""
    routes = {rule.endpoint for rule in app.url_map.iter_rules() if rule.endpoint.split(".")[0] != "wechat"}
    unknown = routes ^ set(ROUTES) | (intents ^ (set(ANSWERS) | IMPERSONAL)) | (forms ^ set(FORMS))
    return sorted(unknown | (set(views.VIEWS) ^ set(VIEWS)))


def probe(
    world: World, app: Flask, people: list[Principal], *, malformed: int = len(MALFORMED), own: bool = True
) -> Findings:
    """Ask everything that is not one's own first; nothing may have changed by it; then one's own, so that no row is idle.

    Without `own` the second half is left out: a control wants the leaks alone.
    """
    found, before = Findings(), world.tables()
    useful: set[str] = set()
    for stage in (_foreign(malformed), _mine()) if own else (_foreign(malformed),):
        for rule, row in _rules(app, last=(False, True) if stage.foreign else (False,)):
            _ask_route(world, app, found, useful, (rule, row), people, stage)
        for door in _actions():
            patients = [p for p in people if p.person_id and (p.sibling or door.form not in FINISHED)]
            _ask_action(world, found, useful, door, patients, stage)
        if stage.foreign:
            found.changed = int(world.tables() != before)
    if own:
        for rule, row in _rules(app, last=(True,)):
            _ask_route(world, app, found, useful, (rule, row), people, _mine())
        found.useless = {door for door in found.doors if door.startswith("~")} - {f"~{door}" for door in useful}
    found.doors = {door.lstrip("~") for door in found.doors}
    return found


@dataclass(frozen=True)
class Stage:
    foreign: bool
    malformed: int = 0

    def references(self, who: Principal, family: str) -> list[tuple[str, str]]:
        """(kind, reference) of one family to be asked for."""
        if not self.foreign:
            mine = (who.own.get(family), who.sibling.get(family) if who.owner else None)
            return [("own", ref) for ref in mine if ref]
        kinds = [("unknown", UNKNOWN[family]), *(("malformed", text) for text in MALFORMED[: self.malformed])]
        foreign = [("other", who.other.get(family)), ("deleted", who.deleted.get(family))]
        return [(kind, ref) for kind, ref in foreign if ref] + kinds


def _foreign(malformed: int) -> Stage:
    return Stage(foreign=True, malformed=malformed)


def _mine() -> Stage:
    return Stage(foreign=False)


# -- routes ------------------------------------------------------------------------------------------------------
def _rules(app: Flask, *, last: tuple[bool, ...]) -> Iterator[tuple[Rule, Row]]:
    for rule in app.url_map.iter_rules():
        row = ROUTES.get(rule.endpoint)
        if row is not None and row.last in last:
            yield rule, row


def _ask_route(
    world: World,
    app: Flask,
    found: Findings,
    useful: set[str],
    door: tuple[Rule, Row],
    people: list[Principal],
    stage: Stage,
) -> None:
    rule, row = door
    families = [*row.path.values(), *row.query.values(), *row.form.values()]
    for method in sorted((rule.methods or set()) & {"GET", "POST", "PUT", "PATCH", "DELETE"}):
        name = f"{method} {rule.endpoint}"
        found.doors.add(f"~{name}" if families else name)
        for who in people:
            answers: dict[str, set[Answered]] = {}
            if not families and (
                (stage.foreign and method in READING) or (not stage.foreign and method not in READING)
            ):
                _take(world, found, who, name, _send(world, rule, row, method, "", who), "")
            for kind, ref in stage.references(who, families[0]) if families else ():
                if row.after and kind == "own":
                    _go_first(world, app, row, ref, who)
                got = _send(world, rule, row, method, ref, who)
                answers.setdefault(kind, set()).add(_take(world, found, who, name, got, ref, own=kind == "own"))
                if who.role in doors.ROLES:
                    found.offers |= {f"{who.role}: {name} offers {one}" for one in beyond(app, who.role, got.text)}
                useful |= {name} if kind == "own" and got.status < 400 and got.status != 302 else set()
            _compare(found, who, name, answers)


def _go_first(world: World, app: Flask, row: Row, ref: str, who: Principal) -> None:
    rule = next(rule for rule in app.url_map.iter_rules() if rule.endpoint == row.after)
    _send(world, rule, ROUTES[row.after], "POST", ref, who)


def _send(world: World, rule: Rule, row: Row, method: str, ref: str, who: Principal) -> Answered:
    path = re.sub(r"<(?:[^:<>]+:)?(\w+)>", lambda m: quote(_fill(world, row, m[1], ref), safe="%"), rule.rule)
    fixed = {name: _meant(world, value, ref) for name, value in row.fixed.items()}
    form = {**fixed, **dict.fromkeys(row.form, ref), "form_token": who.form_token}
    files = {name: (io.BytesIO(content), name) for name, content in row.files.items()}
    more: dict[str, Any] = {"data": {**form, **files}} if method != "GET" else {}
    asked = {**dict.fromkeys(row.query, ref), **{name: _meant(world, value, ref) for name, value in row.asked.items()}}
    got = who.browser.open(path, method=method, query_string=asked, **more)
    headers = "\n".join(value for name, value in got.headers if name not in {"Set-Cookie", "ETag", "Content-Length"})
    return Answered(got.status_code, f"{headers}\n{html.unescape(got.data.decode(errors='replace'))}")


def _fill(world: World, row: Row, name: str, ref: str) -> str:
    if name in row.path:
        return ref
    return _meant(world, row.fill[name], ref)


def _meant(world: World, value: str, ref: str) -> str:
    """What a row says with `=`, for the reference that is asked for."""
    if value == HOLDER:
        return world.holder(ref)
    return world.version(ref) if value == VERSION else world.meant.get(value, value)


# -- actions -----------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Action:
    """One way into the dialogue: an answer, a form's slot or a view, with the entities of the message."""

    name: str
    family: str
    run: Any  # (ports, tracker) → replies
    intent: str
    entities: dict[str, str]
    slots: dict[str, str]

    @property
    def form(self) -> str:
        return str(getattr(self.run, "form", ""))


def _actions() -> Iterator[Action]:
    answers, forms = registered()
    for view, family in VIEWS.items():
        yield Action(f"view {view}", family, None, view, {}, {})
    for form, slots in FORMS.items():
        for slot, family in slots.items():
            yield _form(form, forms[form], slot, family)
    for intent, entities in ANSWERS.items():
        family = next((f for f in entities.values() if not f.startswith("=")), "")
        yield Action(f"answer {intent}", family, answers, intent, entities, {})


def _form(name: str, form: Any, slot: str, family: str) -> Action:
    """The message that gives one slot its reference, or that finishes a form which holds it already."""
    door = f"form {name}.{slot}"
    if name in FINISHED:
        known, (asked, answer) = FINISHED[name]
        slots = {**known, slot: REF, "requested_slot": asked}
        return Action(door, family, form, "choose", {"slot": f"={asked}", "value": f"={answer}"}, slots)
    entities = {slot: family} if family == "vault" else {"slot": f"={slot}", "value": family}
    slots = {"requested_slot": slot, **({BESIDE[slot]: REF} if slot in BESIDE else {})}
    return Action(door, family, form, "provide" if family == "vault" else "choose", entities, slots)


def registered() -> tuple[Any, dict[str, Any]]:
    """The answering action, and all forms by name: the action list of the dialogue."""
    import importlib
    import pkgutil

    import actions

    for module in pkgutil.iter_modules(actions.__path__):
        if module.name != "server":
            importlib.import_module(f"actions.{module.name}")
    from actions.answers import Answer
    from actions.forms import ServiceForm

    return Answer(), {form.form: form() for form in _below(ServiceForm)}


def _below(base: type) -> Iterator[Any]:
    for one in base.__subclasses__():
        yield from _below(one)
        if hasattr(one, "form"):
            yield one


def _ask_action(
    world: World, found: Findings, useful: set[str], door: Action, people: list[Principal], stage: Stage
) -> None:
    found.doors.add(f"~{door.name}" if door.family else door.name)
    for who in people:
        answers: dict[str, set[Answered]] = {}
        if not door.family and not stage.foreign:
            _take(world, found, who, door.name, _said(world, door, who, ""), "")
        for kind, ref in stage.references(who, door.family) if door.family else ():
            got = _take(world, found, who, door.name, _said(world, door, who, ref), ref, own=kind == "own")
            answers.setdefault(kind, set()).add(got)
            none = _said(world, door, who, UNKNOWN[door.family])
            useful |= {door.name} if kind == "own" and got.text != none.text else set()
        _compare(found, who, door.name, answers)


def _said(world: World, door: Action, who: Principal, ref: str) -> Answered:
    ports = world.ports
    if door.run is None:
        replies: list[Any] = [{"view": door.intent, "ref": ref}]
    else:
        replies = [follow_ups._said(utterance) for utterance in _utterances(world, door, who, ref)]
    drawn = views.render(ports, person_id=int(who.person_id or 0), replies=replies)
    return Answered(0, json.dumps(drawn, ensure_ascii=False, sort_keys=True))


def _utterances(world: World, door: Action, who: Principal, ref: str) -> list[dict[str, Any]]:
    from rasa_sdk import Tracker
    from rasa_sdk.executor import CollectingDispatcher

    said = {HOLDER: world.holder(ref)}
    told = {n: said.get(v, v[1:]) if v.startswith("=") else ref for n, v in door.entities.items()}
    message = {
        "text": f"/{door.intent}" if door.intent != "provide" else "给您",
        "intent": {"name": door.intent, "confidence": 1.0},
        "entities": [{"entity": name, "value": value, "start": 0, "end": 0} for name, value in told.items()],
        "metadata": {"inbox": callers.token(world.ports, person_id=int(who.person_id or 0), inbox_id=next(inbox_ids))},
    }
    loop = {"name": door.form} if door.slots else {}
    meant = {REF: ref, **world.meant}
    slots = {name: meant.get(value, value) for name, value in door.slots.items()}
    tracker = Tracker("c", slots, message, [], False, None, loop, None)
    dispatcher, before = CollectingDispatcher(), wiring.ports
    wiring.ports = lambda: world.ports
    try:
        door.run._guarded(dispatcher, tracker)
    finally:
        wiring.ports = before
    return list(dispatcher.messages)


# -- judging -----------------------------------------------------------------------------------------------------
def _take(
    world: World, found: Findings, who: Principal, door: str, got: Answered, ref: str, *, own: bool = False
) -> Answered:
    """Count leaks and broken doors; gives the answer as it can be compared with another's."""
    found.asked += 1
    if got.status >= 500:
        found.broke.append(f"{who.name}: {door} {got.status}")
    plain = _without(got.text, ref)
    revealed = own and door.rsplit(" ", maxsplit=1)[-1] in REVEALS
    for canary in world.canaries:
        if canary.stands_in(plain) and not who.may_see(canary) and not (revealed and canary.kind == "identity"):
            found.leaks[f"{who.name}: {door} shows {canary.kind} of {canary.owner}"] += 1
    return Answered(got.status, plain)


def _without(text: str, ref: str) -> str:
    """Without what was asked for, in any spelling, and without what is new in every answer."""
    if not ref:
        return re.sub(r"state=[0-9a-f]{32}", "state=", text)
    for spelling in {ref, quote(ref, safe=""), quote(ref), quote(quote(ref, safe=""), safe="")} - {""}:
        text = text.replace(spelling, "⟨asked⟩")
    return re.sub(r"state=[0-9a-f]{32}", "state=", text)


def _compare(found: Findings, who: Principal, door: str, answers: dict[str, set[Answered]]) -> None:
    """Another's, a deleted one's and an unknown one's are one answer."""
    unknown = answers.get("unknown")
    for kind in ("other",) if door in TELLS_GONE else ("other", "deleted"):
        if unknown is not None and answers.get(kind, unknown) != unknown:
            found.told_apart.append(f"{who.name}: {door} tells {kind} from unknown")
