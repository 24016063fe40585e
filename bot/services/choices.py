"""Numbered choices: offered with a signed id, picked by tap, by number or by label; only the newest ones count."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot import clock
from bot.db.messages import ChoiceSet
from bot.ports import Ports, Reply
from bot.services import late_taps

MAC_LENGTH = 6  # bytes; an id is bound to its person and worthless elsewhere
ROOM = 7  # choices that go out in one piece with a question
LATE = "/choose"  # what rasa gets for a tap on an answer whose question is over: it changes nothing
NONE_OPEN = '/choose{"slot": "no_choice"}'  # … and for a number where nothing is to be chosen
SET_ID = re.compile(r"[0-9]{1,9}")  # a longer one overflows the column, and none of ours is
SETS = 20  # newest sets looked through; nobody taps on an older notice
CHINESE = {c: n for n, c in enumerate("一二三四五六七八九十", start=1)}
# Made once, as those of the inbox: every message asks what is open and closes what was.
SHOWN, PARAM = ChoiceSet.__table__, sa.bindparam
OPEN = SHOWN.c.person_id == PARAM("person"), SHOWN.c.used.is_(False)
CLOSE = SHOWN.update().where(*OPEN, SHOWN.c.until.is_(None)).values(used=True)
NEWEST = sa.select(SHOWN.c.id, SHOWN.c.options_json, SHOWN.c.until).order_by(SHOWN.c.id.desc()).limit(SETS)
TAPPABLE = NEWEST.where(*OPEN)
TYPABLE = NEWEST.where(*OPEN, sa.or_(SHOWN.c.until.is_(None), SHOWN.c.until > PARAM("now")))
ADD = SHOWN.insert()
NUMBER = re.compile(r"^(?:我?选|回复)?第?\(?([0-9]{1,2}|[一二三四五六七八九十])\)?(?:个|号|项|条)?[.。、]?$")


def offer(ports: Ports, session: Session, *, person_id: int, inbox_id: int, replies: Sequence[Reply]) -> list[Reply]:
    """Number all choices of one answer, remember them as the only valid ones, and put them on its last message."""
    session.execute(CLOSE, {"person": person_id})
    options = _options(replies)
    plain = [{k: v for k, v in reply.items() if k not in {"choices", "aside"}} for reply in replies]
    if not options or not plain:
        return plain
    plain[-1]["choices"] = _kept(ports, session, person_id, options, inbox_id=inbox_id)
    return plain


def _kept(
    ports: Ports, session: Session, person_id: int, options: Sequence[Mapping[str, Any]], **more: Any
) -> list[dict[str, Any]]:
    """Number and remember these options; what is shown of them."""
    numbered = [{"n": n, **option} for n, option in enumerate(options, start=1)]
    added = {"person_id": person_id, "options_json": numbered, "created_at": clock.wire(), **more}
    set_id = session.execute(ADD, added).inserted_primary_key[0]
    return [{"label": option["label"], "id": _id(ports, person_id, set_id, option["n"])} for option in numbered]


def _options(replies: Sequence[Reply]) -> list[dict[str, str]]:
    """Choices in the order of numbering.

    What answers a question between two questions of a form (`aside`) brings one way on at most, after the form's
    own: two lists under one question would be numbered through, and the number of one be taken for the other's.
    """
    own = [option for reply in replies if not reply.get("aside") for option in reply.get("choices") or []]
    beside = [reply["choices"] for reply in replies if reply.get("aside") and reply.get("choices")]
    ways = [found[0] for found in beside if len(found) == 1]
    return [*own, *(ways[:1] if len(own) < ROOM else [])]


def stand(ports: Ports, *, person_id: int, reply: Reply, until: datetime) -> Reply:
    """Number the choices of one notice; they close no open question and stand beside it until a moment."""
    with ports.transaction() as session:
        return {**reply, "choices": _kept(ports, session, person_id, reply.get("choices") or [], until=until)}


@dataclass(frozen=True)
class Shown:
    """The newest choices of an answer that still count."""

    id: int
    inbox_id: int
    labels: frozenset[str]


def newest(session: Session, *, person_id: int) -> Shown | None:
    """The choices of the person's last answer; None = it had none, or they are over."""
    query = sa.select(SHOWN.c.id, SHOWN.c.inbox_id, SHOWN.c.options_json).where(*OPEN, SHOWN.c.until.is_(None))
    found = session.execute(query.order_by(SHOWN.c.id.desc()).limit(1), {"person": person_id}).one_or_none()
    if found is None:
        return None
    return Shown(found.id, found.inbox_id or 0, frozenset(str(option["label"]) for option in found.options_json))


def without_closed(reply: Reply, open_set: int | None) -> Reply:
    """A reply as it can be shown later: choices of another answer than the newest are over, and left out."""
    kept = {name: value for name, value in reply.items() if name not in {"choices", "then"}}
    counting = [c for c in reply.get("choices") or () if str(c["id"]).partition("-")[0] == str(open_set)]
    below = [without_closed(more, open_set) for more in reply.get("then") or ()]
    return kept | ({"choices": counting} if counting else {}) | ({"then": below} if below else {})


def pick(ports: Ports, *, person_id: int, text: str, menu_id: str, asked: bool = False) -> str | None:
    """The payload of a choice that is still open; None = this message is plain text.

    `asked`: a number may be the answer to what was asked for; else, where nothing is open, it is `NONE_OPEN`.

    A late tap on a wish (我要挂号) is plain text; a late tap on an answer (确认挂号) is `LATE`, whatever is asked now.
    A tap on a notice always counts: its service says when it is too late. A number means the newest choices shown.
    A tap may come without its id: then its label decides, and 确认挂号 of an earlier question is as late as with one.
    """
    with ports.transaction() as session:
        if menu_id and _answered_late(ports, session, person_id, menu_id):
            return LATE
        sets = _open_sets(ports, session, person_id, menu_id)
        for found in sets:
            options = {option["n"]: option for option in found.options_json}
            wanted = _tapped(ports, person_id, found.id, menu_id) if menu_id else _typed(text, list(options.values()))
            if wanted in options:
                return str(options[wanted]["payload"])
            if not menu_id and number(text) is not None:
                return None
        if not menu_id and late_taps.confirms(session, person_id=person_id, text=text):
            return LATE
        return NONE_OPEN if not sets and number(text) is not None and not asked else None


def _open_sets(ports: Ports, session: Session, person_id: int, menu_id: str) -> list[Any]:
    """The choices that count now, newest first: those of the last answer, and those of notices."""
    if menu_id:
        found = session.execute(TAPPABLE, {"person": person_id}).all()
    else:
        found = session.execute(TYPABLE, {"person": person_id, "now": ports.now()}).all()
    answered = [one for one in found if one.until is None][:1]
    return [one for one in found if one.until is not None or one in answered]


def _answered_late(ports: Ports, session: Session, person_id: int, menu_id: str) -> bool:
    """Whether a tap answers a question of an earlier message of this person."""
    set_id = menu_id.partition("-")[0]
    found = session.get(ChoiceSet, int(set_id)) if SET_ID.fullmatch(set_id) else None
    if found is None or found.person_id != person_id or not found.used:
        return False
    n = _tapped(ports, person_id, found.id, menu_id)
    return any(o["n"] == n and (str(o["payload"]).startswith(LATE) or late_taps.changes(o)) for o in found.options_json)


def _id(ports: Ports, person_id: int, set_id: int, n: int) -> str:
    value = f"{set_id}-{n}"
    return f"{value}-{ports.crypto.sign(f'choice:{person_id}:{value}', length=MAC_LENGTH)}"


def _tapped(ports: Ports, person_id: int, set_id: int, menu_id: str) -> int | None:
    parts = menu_id.split("-", 2)
    if len(parts) != 3 or parts[0] != str(set_id) or not parts[1].isdigit():  # noqa: PLR2004 - set, n, mac
        return None
    value = f"{parts[0]}-{parts[1]}"
    genuine = ports.crypto.verify(f"choice:{person_id}:{value}", parts[2], length=MAC_LENGTH)
    return int(parts[1]) if genuine else None


def _typed(text: str, options: list[dict[str, object]]) -> int | None:
    """１ 一 ① 第一个 1. or the label itself."""
    n = number(text)
    return (
        n if n is not None else next((int(str(o["n"])) for o in options if late_taps.same(str(o["label"]), text)), None)
    )


def number(text: str) -> int | None:
    """The number that a message consists of, if it is one that picks."""
    found = NUMBER.match(unicodedata.normalize("NFKC", text).strip())
    return CHINESE.get(found[1]) or int(found[1]) if found else None
