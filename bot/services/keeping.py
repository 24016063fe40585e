"""What waits until its person asks: late answers where nothing can follow a reply, and the rest of long ones."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from bot import clock
from bot.db.messages import Inbox
from bot.ports import Ports, Reply
from bot.services import choices, replying, words
from bot.services.inbox import PARAM, ROWS, Leased

# What was added since it was read stays, and comes with the next asking.
GIVEN = (
    ROWS.update()
    .where(ROWS.c.id == PARAM("row"), ROWS.c.kept_sealed == PARAM("sealed"))
    .values(kept_sealed=None, state="delivered", delivered_at=PARAM("now"))
)
QUOTED = 20  # characters of a message that tell which one an answer belongs to


@dataclass(frozen=True)
class Kept:
    """What waits of one message. `late`: its whole answer, of which the person has seen nothing."""

    id: int
    late: bool
    question: str
    replies: list[Reply]
    sealed: bytes


def give(ports: Ports, leased: Leased) -> list[Reply] | None:
    """Answer a message that asks for what waits, with all of it, oldest first. None = it does not ask.

    What was given waits no longer from the moment on at which this answer is stored.
    """
    found = _asked(ports, leased)
    if found is None:
        return None
    shown = _shown(ports, leased)
    replies = list(_replies(found, shown.id if shown else None)) or _again(ports, leased)
    with ports.transaction() as session:
        if replying.answered(ports, session, leased, replies=replies, expects=None, talked=False):
            for kept in found:
                session.execute(GIVEN, {"row": kept.id, "sealed": kept.sealed, "now": clock.wire()})
    return replies


def _asked(ports: Ports, leased: Leased) -> list[Kept] | None:
    """What waits, where this message asks for it. By words alone only where they can mean nothing else."""
    text, menu_id = str(leased.body.get("text") or ""), str(leased.body.get("menu_id") or "")
    wish = ports.channel.asks(text, menu_id) if leased.body.get("kind") == "text" else ""
    first = not menu_id and choices.number(text) == 1
    if not wish and (not first or ports.channel.later):
        return None
    found = _waiting(ports, leased)
    if wish == "view" or (wish and menu_id):
        return found
    shown = _shown(ports, leased)
    if wish == "more":
        other = shown is not None and text.strip() in shown.labels and shown.inbox_id not in {k.id for k in found}
        return found if found and not other else None
    late = [kept.id for kept in found if kept.late]
    seen = shown is not None and shown.inbox_id not in late and shown.inbox_id > max(late, default=0)
    return found if late and not seen else None


def _shown(ports: Ports, leased: Leased) -> choices.Shown | None:
    with ports.transaction() as session:
        return choices.newest(session, person_id=leased.person_id)


def _waiting(ports: Ports, leased: Leased) -> list[Kept]:
    query = (
        sa.select(Inbox.id, Inbox.channel, Inbox.body_sealed, Inbox.kept_sealed)
        .where(Inbox.person_id == leased.person_id, Inbox.id < leased.id, Inbox.kept_sealed.is_not(None))
        .order_by(Inbox.id)
    )
    with ports.transaction() as session:
        rows = session.execute(query).all()
    return [
        Kept(
            id=row.id,
            late=row.channel == "kept",
            question=str(json.loads(ports.crypto.open(row.body_sealed)).get("text") or ""),
            replies=json.loads(ports.crypto.open(row.kept_sealed)),
            sealed=row.kept_sealed,
        )
        for row in rows
    ]


def _replies(found: Sequence[Kept], open_set: int | None) -> Iterator[Reply]:
    """In order, several with the question that each belongs to; only choices that still count can be tapped."""
    for kept in found:
        if kept.late and len(found) > 1 and kept.question:
            yield words.say("utter_kept_of", question=kept.question[:QUOTED])
        yield from (choices.without_closed(reply, open_set) for reply in kept.replies)


def _again(ports: Ports, leased: Leased) -> list[Reply]:
    """Nothing waits: a finger that came down twice gets the same once more, anybody else is told so."""
    menu_id = str(leased.body.get("menu_id") or "")
    same = replying.tapped_before(ports, leased, menu_id=menu_id) if menu_id else None
    return same or [words.say("utter_nothing_kept")]
