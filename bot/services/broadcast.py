"""Articles and notices to followers: written by one, approved by another, sent by the jobs, stopped by anybody of them.

draft → proposed → approved → sending → sent | stopped | failed. Every step is one conditional UPDATE on the version
that its form showed; an edit takes proposal and approval back.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.db.base import insert_new, new_ref
from bot.db.broadcast import Broadcast as Row
from bot.db.broadcast import BroadcastWriter
from bot.errors import BadInput, Conflict, Refused
from bot.plot import cover
from bot.ports import Ports
from bot.services import broadcast_reach as reach
from bot.services import broadcast_steps as steps
from bot.services import broadcast_words as words_of
from bot.services.broadcast_shown import Broadcast, found, named, shown
from bot.services.broadcast_words import Words
from bot.services.staff import Staff

WRITES = frozenset({"editor"})
APPROVES = frozenset({"editor", "operator"})
OPEN = ("draft", "proposed", "approved")  # can still be edited
STOPPABLE = ("approved", "sending")
LISTED = 200  # broadcasts in the list
LARGEST_PICTURE = 200 * 1024  # bytes of an upload


def listed(ports: Ports, *, staff: Staff) -> list[Broadcast]:
    """All, newest change first. Raises Refused (role)."""
    _must(staff, APPROVES)
    with ports.transaction() as session:
        rows = session.scalars(sa.select(Row).order_by(Row.updated_at.desc(), Row.id.desc()).limit(LISTED)).all()
        return [shown(session, staff, row) for row in rows]


def one(ports: Ports, *, staff: Staff, ref: str) -> Broadcast:
    """Give one. Raises NotFound, Refused (role)."""
    _must(staff, APPROVES)
    with ports.transaction() as session:
        return shown(session, staff, found(session, ref))


def picture(ports: Ports, *, staff: Staff, ref: str) -> bytes:
    """The cover as it will be shown, a JPEG; a plain one where none was given. Raises NotFound, Refused (role)."""
    _must(staff, APPROVES)
    with ports.transaction() as session:
        return bytes(found(session, ref).picture or b"") or cover.plain()


def create(ports: Ports, *, staff: Staff, words: Words, key: str, picture: bytes = b"") -> Broadcast:
    """Begin a draft; the same `key` of the same writer is the same draft. Raises BadInput('bad_picture'), Refused."""
    _must(staff, WRITES)
    facts = {"ref": new_ref("n"), "made_key": f"{staff.id}:{key}"[:80], "author_id": staff.id}
    facts |= {"picture": _redrawn(picture), "updated_at": ports.now(), "ticked": []}
    with ports.transaction() as session:
        new = insert_new(session, Row, **facts, **vars(words))
        row = session.scalars(sa.select(Row).where(Row.made_key == facts["made_key"])).one()
        if new:
            _wrote(ports, session, staff, row)
            steps.note(session, staff, "create", row.ref, at=ports.now())
        return shown(session, staff, row)


def save(
    ports: Ports, *, staff: Staff, ref: str, version: int, words: Words, picture: bytes | None = None
) -> Broadcast:
    """Change the words (and the picture, b"" = none); what was proposed or approved is a draft again.

    Raises BadInput('bad_picture'), NotFound, Conflict (stale, or on its way), Refused (role).
    """
    _must(staff, WRITES)
    values: dict[str, Any] = {"state": "draft", "ticked": [], "proposed_by": None, "approver_id": None}
    values |= {"approved_at": None, "expected": None, "key": None, "look_at": None, "reason": ""}
    if picture is not None:
        values |= {"picture": _redrawn(picture), "thumb": None}

    def wrote(session: Session, row: Any) -> None:
        _wrote(ports, session, staff, row)

    return _step(ports, staff, "save", ref, stands(version, OPEN), also=wrote, **values, **vars(words))


def propose(ports: Ports, *, staff: Staff, ref: str, version: int, ticked: Collection[str]) -> Broadcast:
    """Hand a draft to whoever approves; the whole check list has to be ticked.

    Raises BadInput('unticked'), Refused('forbidden_words', words), NotFound, Conflict, Refused (role).
    """
    _must(staff, WRITES)
    if words_of.unticked(ticked):
        raise BadInput("unticked")
    if said := words_of.forbidden(one(ports, staff=staff, ref=ref).words):
        raise Refused("forbidden_words", words="、".join(said))
    values: dict[str, Any] = {"state": "proposed", "proposed_by": staff.id, "ticked": sorted(set(ticked)), "reason": ""}
    return _step(ports, staff, "propose", ref, stands(version, ("draft",)), **values)


def approve(ports: Ports, *, staff: Staff, ref: str, version: int) -> Broadcast:
    """Let it be sent, as this version shows it, by somebody who wrote no word of it.

    Raises Refused('own_broadcast' | 'broadcasts_stopped' | 'mass_quota'), NotFound, Conflict, Unavailable (whom it
    would reach cannot be counted), Refused (role).
    """
    _must(staff, APPROVES)
    seen = one(ports, staff=staff, ref=ref)
    _may_go(ports, seen)
    expected = reach.dry_run(ports, words=seen.words).told
    values: dict[str, Any] = {
        "state": "approved",
        "approver_id": staff.id,
        "approved_at": ports.now(),
        "look_at": ports.now(),
    }
    values |= {"expected": expected, "key": f"{seen.ref}-{version + 1}"}
    conditions = (*stands(version, ("proposed",)), *_another(staff), steps.not_halted())
    return _step(ports, staff, "approve", ref, conditions, **values)


def give_back(ports: Ports, *, staff: Staff, ref: str, version: int, why: str) -> Broadcast:
    """Make a proposed or approved one a draft again, with a word why. Raises BadInput, NotFound, Conflict, Refused."""
    _must(staff, APPROVES)
    reason = steps.reason_of(why)
    values: dict[str, Any] = {"state": "draft", "approver_id": None, "approved_at": None, "expected": None}
    values |= {"key": None, "look_at": None, "ticked": [], "proposed_by": None, "reason": reason}
    return _step(ports, staff, "give_back", ref, stands(version, ("proposed", "approved")), why=reason, **values)


def stop(ports: Ports, *, staff: Staff, ref: str, why: str) -> Broadcast:
    """Stop one that is approved or on its way, or take away an article that was sent; whatever its version is now.

    Raises BadInput('bad_why'), NotFound, Conflict (nothing to stop), Refused (role).
    """
    _must(staff, APPROVES)
    reason = steps.reason_of(why)
    stoppable = sa.or_(Row.state.in_(STOPPABLE), sa.and_(Row.state == "sent", Row.way != "notice"))

    def drop(session: Session, row: Any) -> None:
        steps.drop(session, steps.notices_of(row.ref))

    values = steps.stopped_as(staff, reason, ports.now())
    return _step(ports, staff, "stop", ref, (stoppable,), also=drop, why=reason, **values)


def copy(ports: Ports, *, staff: Staff, ref: str, key: str) -> Broadcast:
    """Begin a new draft with the words and the picture of another. Raises NotFound, Refused (role)."""
    _must(staff, WRITES)
    seen = one(ports, staff=staff, ref=ref)
    with ports.transaction() as session:
        held = bytes(found(session, ref).picture or b"")
    return create(ports, staff=staff, words=seen.words, key=key, picture=held)


def discard(ports: Ports, *, staff: Staff, ref: str, version: int) -> None:
    """Delete a draft. Raises NotFound, Conflict (stale, or no draft), Refused (role)."""
    _must(staff, WRITES)
    with ports.transaction() as session:
        row = found(session, ref)
        taken = steps.move(session, Row.ref == row.ref, *stands(version, ("draft",)), version=version + 1)
        if taken != 1:
            raise Conflict(version=row.version)
        for table, column in ((BroadcastWriter, BroadcastWriter.broadcast_id), (Row, Row.id)):
            session.execute(sa.delete(table).where(column == row.id).execution_options(synchronize_session=False))
        steps.note(session, staff, "discard", row.ref, at=ports.now())


def stands(version: int, states: Collection[str]) -> tuple[Any, ...]:
    """The conditions that it still is what the form showed."""
    return (Row.version == version, Row.state.in_(states))


def _another(staff: Staff) -> tuple[Any, ...]:
    """The conditions that this member of staff wrote no word of it."""
    wrote = sa.exists().where(BroadcastWriter.broadcast_id == Row.id, BroadcastWriter.staff_id == staff.id)
    return (~wrote, Row.author_id != staff.id)


def _may_go(ports: Ports, seen: Broadcast) -> None:
    """Say by name what is in the way; the UPDATE asks again."""
    if seen.mine:
        raise Refused("own_broadcast")
    with ports.transaction() as session:
        if not session.scalar(sa.select(steps.not_halted())):
            raise Refused("broadcasts_stopped")
    if seen.words.way == "mass" and reach.month(ports, words=seen.words).full:
        raise Refused("mass_quota")


def _step(
    ports: Ports,
    staff: Staff,
    action: str,
    ref: str,
    conditions: Collection[Any],
    *,
    also: Callable[[Session, Any], None] | None = None,
    why: str = "",
    **values: Any,
) -> Broadcast:
    """Take one step if it still stands as the conditions say. Raises NotFound, Conflict."""
    now = ports.now()
    with ports.transaction() as session:
        moved = steps.move(
            session, named(ref), *conditions, **{"version": Row.version + 1, **values, "updated_at": now}
        )
        row = found(session, ref)
        if moved != 1:
            raise Conflict(version=row.version)
        if also is not None:
            also(session, row)
        now_is = shown(session, staff, row)
        steps.note(session, staff, action, row.ref, at=now, reason=why)
    return now_is


def _must(staff: Staff, roles: Collection[str]) -> None:
    if staff.role not in roles:
        raise Refused


def _wrote(ports: Ports, session: Session, staff: Staff, row: Any) -> None:
    insert_new(session, BroadcastWriter, broadcast_id=row.id, staff_id=staff.id, at=ports.now())


def _redrawn(content: bytes) -> bytes | None:
    """An upload as a cover of ours; None for none. Raises BadInput('bad_picture')."""
    if not content:
        return None
    if len(content) > LARGEST_PICTURE:
        raise BadInput("bad_picture")
    try:
        return cover.redrawn(content)
    except ValueError:
        raise BadInput("bad_picture") from None
