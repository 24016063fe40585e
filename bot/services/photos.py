"""Pictures that belong to a question: kept in the vault until it is sent, then with it, for the doctor's eyes."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot import clock, photo
from bot.db import consult as rows
from bot.db.base import insert_new, new_ref
from bot.db.messages import Vault
from bot.errors import NotFound, Refused, Unavailable
from bot.ports import Ports, Reply
from bot.services import inbound_media, words
from bot.services.vault import KEPT_HOURS, named_after

KIND = "picture"
ASKED_FOR = frozenset({"question", "picture", "reply"})  # what a form expects that has a question in hand
IN_HAND = timedelta(hours=1)  # an older picture belonged to a question that was never sent
OPEN = ("waiting", "claimed")
MOST = 100  # pictures of one question that anybody could have set in the rules


def take(
    ports: Ports, *, person_id: int, inbox_id: int, media_id: str, expects: str | None, last: bool = False
) -> Reply:
    """Keep a picture with the question it belongs to; the same message keeps one.

    Raises Unavailable, but at the `last` try.
    """
    in_hand = expects in ASKED_FOR
    question = None if in_hand else _just_asked(ports, person_id)
    if ports.media is None or not (in_hand or question):
        return words.say("utter_got_image")
    limit = int(ports.rules["pictures_per_question"])
    key = key_of(_ref_of(ports, inbox_id))
    with ports.transaction() as session:
        already = kept(session, person_id, question)
    if len(already - {key}) >= limit:
        return words.say("utter_picture_many", limit=limit)
    try:
        renewed = photo.renew(inbound_media.fetch(ports, media_id=media_id))
    except (Refused, Unavailable) as error:
        if isinstance(error, Unavailable) and not last:
            raise
        return words.say("utter_picture_lost")
    except photo.Unreadable:
        return words.say("utter_picture_bad")
    sealed = ports.crypto.seal(base64.b64encode(renewed).decode())
    if question is None:
        _put_by(ports, person_id, inbox_id, sealed)
        return words.say("utter_picture_kept_first" if expects == "question" else "utter_picture_kept")
    with ports.transaction() as session:
        add(ports, session, question.id, person_id, key, sealed)
    return words.say("utter_picture_added", department=question.department_name)


def attach(ports: Ports, session: Session, *, person_id: int, question_id: int) -> None:
    """Give a question that is being sent the pictures that came while it was written."""
    mine = (Vault.person_id == person_id, Vault.kind == KIND)
    for row in session.scalars(sa.select(Vault).where(*mine, _fresh()).order_by(Vault.id)).all():
        add(ports, session, question_id, person_id, key_of(row.ref), row.value_sealed)
    session.execute(sa.delete(Vault).where(*mine).execution_options(synchronize_session=False))


def count(session: Session, question_id: int) -> int:
    """How many pictures a question has."""
    mine = sa.select(sa.func.count()).select_from(rows.QuestionPicture)
    return int(session.scalar(mine.where(rows.QuestionPicture.question_id == question_id)) or 0)


def one(ports: Ports, session: Session, *, question_id: int, number: int) -> bytes:
    """The JPEG of a question's picture, counted from 1 in the order in which they came. Raises NotFound."""
    picture = rows.QuestionPicture
    query = sa.select(picture.content_sealed).where(picture.question_id == question_id).order_by(picture.id)
    sealed = session.scalars(query.offset(number - 1).limit(1)).first() if 0 < number <= MOST else None
    if sealed is None:
        raise NotFound
    return base64.b64decode(ports.crypto.open(sealed))


def _just_asked(ports: Ports, person_id: int) -> Any:
    """The question that he sent last, while it is still open and he may be thinking of it."""
    question = rows.Question
    since = ports.now() - timedelta(minutes=int(ports.rules["picture_after_minutes"]))
    query = sa.select(question).where(question.person_id == person_id, question.state.in_(OPEN))
    with ports.transaction() as session:
        return session.scalars(query.where(question.asked_at >= since).order_by(question.id.desc()).limit(1)).first()


def kept(session: Session, person_id: int, question: Any) -> set[str]:
    """Keys of the pictures of a question, or (None) of the one that is being written."""
    picture = rows.QuestionPicture
    if question is not None:
        return set(session.scalars(sa.select(picture.key).where(picture.question_id == question.id)))
    mine = sa.select(Vault.ref).where(Vault.person_id == person_id, Vault.kind == KIND, _fresh())
    return {key_of(ref) for ref in session.scalars(mine)}


def _fresh() -> Any:
    return Vault.created_at >= clock.wire() - IN_HAND


def _put_by(ports: Ports, person_id: int, inbox_id: int, sealed: bytes) -> None:
    now = clock.wire()
    ends = {"created_at": now, "expires_at": now + timedelta(hours=KEPT_HOURS)}
    with ports.transaction() as session:
        ref = _ref_of(ports, inbox_id)
        insert_new(session, Vault, ref=ref, person_id=person_id, kind=KIND, value_sealed=sealed, **ends)


def _ref_of(ports: Ports, inbox_id: int) -> str:
    return named_after(ports, KIND, inbox_id)


def key_of(ref: str) -> str:
    """The key of a question's picture whose name in the vault is this."""
    return f"picture:{ref}"


def add(ports: Ports, session: Session, question_id: int, person_id: int, key: str, sealed: bytes) -> None:
    """Give a question a picture, in the caller's transaction; the same key is one."""
    facts = {"question_id": question_id, "person_id": person_id, "content_sealed": sealed, "added_at": ports.now()}
    insert_new(session, rows.QuestionPicture, ref=new_ref("p"), key=key, **facts)
