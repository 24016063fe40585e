"""Pictures that come with a question from a page: as in the chat, made anew, sealed, no more than the rules allow.

One that is being written has them in the vault until it is sent; an open one gets them at once.
"""

from __future__ import annotations

import base64
import threading
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot import clock, photo
from bot.db.base import insert_new
from bot.db.consult import QuestionPicture
from bot.db.messages import Vault, hold_person
from bot.errors import BadInput, Refused
from bot.ports import Ports
from bot.services import access, consult, photos
from bot.services.consult_rows import held
from bot.services.vault import KEPT_HOURS, named_after

PLACES = 2  # pictures that one process decodes at a time: each takes tens of megabytes for a moment
_places = threading.BoundedSemaphore(PLACES)


@dataclass(frozen=True)
class Album:
    """How many pictures a question has, and how many it may have."""

    there: int
    most: int


@access.reads("consult.album", why="own")
def album(ports: Ports, *, person_id: int, ref: str = "") -> Album:
    """Of the question that is being written, or of an open one. Raises NotFound."""
    with ports.transaction() as session:
        question = held(session, person_id, ref) if ref else None
        return _album(ports, session, person_id, question)


@access.acts("consult.pictures", why="own")
def keep(ports: Ports, *, person_id: int, content: bytes, once: str, ref: str = "") -> Album:
    """Keep one picture; the same `once` keeps one, also when its answer was lost on the way.

    Raises BadInput('bad_shot'), Refused('many_pictures' | 'not_waiting'), NotFound.
    """
    name = named_after(ports, photos.KIND, f"h5:{person_id}:{once}")
    with ports.transaction() as session:
        question = _open(session, person_id, ref)
        if _known(session, name):
            return _album(ports, session, person_id, question)
        _room(ports, session, person_id, question)
    sealed = ports.crypto.seal(base64.b64encode(_renewed(content)).decode())
    with ports.transaction() as session:
        hold_person(session, person_id)
        question = _open(session, person_id, ref)
        if not _known(session, name):
            _room(ports, session, person_id, question)
            _put(ports, session, person_id, question, name, sealed)
        return _album(ports, session, person_id, question)


@access.acts("consult.pictures", why="own")
def drop(ports: Ports, *, person_id: int) -> None:
    """Take the pictures away that lie with the question that is being written."""
    mine = (Vault.person_id == person_id, Vault.kind == photos.KIND)
    with ports.transaction() as session:
        session.execute(sa.delete(Vault).where(*mine).execution_options(synchronize_session=False))


def _open(session: Session, person_id: int, ref: str) -> Any:
    if not ref:
        return None
    question = held(session, person_id, ref)
    if question.state not in photos.OPEN:
        raise Refused("not_waiting")
    return question


def _known(session: Session, name: str) -> bool:
    """Whether this picture came before, and perhaps went with a question that was sent meanwhile."""
    key = photos.key_of(name)
    sent = session.scalar(sa.select(QuestionPicture.id).where(QuestionPicture.key == key))
    return sent is not None or session.scalar(sa.select(Vault.ref).where(Vault.ref == name)) is not None


def _room(ports: Ports, session: Session, person_id: int, question: Any) -> None:
    found = _album(ports, session, person_id, question)
    if found.there >= found.most:
        raise Refused("many_pictures", limit=found.most)


def _album(ports: Ports, session: Session, person_id: int, question: Any) -> Album:
    there = len(photos.kept(session, person_id, question))
    return Album(there, int(ports.rules["pictures_per_question"]))


def _renewed(content: bytes) -> bytes:
    with _places:
        try:
            return photo.renew(content)
        except photo.Unreadable:
            raise BadInput("bad_shot") from None


def _put(ports: Ports, session: Session, person_id: int, question: Any, name: str, sealed: bytes) -> None:
    if question is None:
        ends = {"created_at": clock.wire(), "expires_at": clock.wire() + timedelta(hours=KEPT_HOURS)}
        insert_new(session, Vault, ref=name, person_id=person_id, kind=photos.KIND, value_sealed=sealed, **ends)
        return
    photos.add(ports, session, question.id, person_id, photos.key_of(name), sealed)
    consult.audit(session, person_id, "consult.pictures", question.ref, ports.now())
