"""Voices that belong to a question: kept as they came, for the doctor's ears, beside the words that were understood."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot import clock
from bot.db import consult as rows
from bot.db.base import insert_new, new_ref
from bot.db.messages import Vault
from bot.errors import NotFound, Refused, Unavailable
from bot.ports import Ports
from bot.services import access, desk_scope, inbound_media, voices
from bot.services.photos import ASKED_FOR, IN_HAND
from bot.services.staff import Staff
from bot.services.vault import KEPT_HOURS, named_after

KIND = "voice"
AMR, WAV = "audio/amr", "audio/wav"
MANY = 9  # replies and further questions bring voices of their own


def take(ports: Ports, *, person_id: int, inbox_id: int, media_id: str, expects: str | None, words: str) -> bool:
    """Keep a voice with the question that is being written; the same message keeps one. False = it is not kept.

    By its first bytes: nothing but AMR of at most the size that WeChat records.
    """
    ref = named_after(ports, KIND, inbox_id)
    if expects not in ASKED_FOR or ports.media is None or _full(ports, person_id, ref):
        return False
    try:
        sound = inbound_media.fetch(ports, media_id=media_id)
    except (Refused, Unavailable):  # its words are there; what could not be fetched keeps nobody waiting
        return False
    if not voices.is_voice(sound):
        return False
    value = json.dumps({"sound": base64.b64encode(sound).decode(), "words": words}, ensure_ascii=False)
    ends = {"created_at": clock.wire(), "expires_at": clock.wire() + timedelta(hours=KEPT_HOURS)}
    with ports.transaction() as session:
        sealed = ports.crypto.seal(value)
        insert_new(session, Vault, ref=ref, person_id=person_id, kind=KIND, value_sealed=sealed, **ends)
    return True


def attach(ports: Ports, session: Session, *, person_id: int, question_id: int) -> None:
    """Give a question that is being sent the voices that came while it was written."""
    mine = (Vault.person_id == person_id, Vault.kind == KIND)
    fresh = Vault.created_at >= clock.wire() - IN_HAND
    for row in session.scalars(sa.select(Vault).where(*mine, fresh).order_by(Vault.id)).all():
        _add(ports, session, question_id, person_id, row)
    session.execute(sa.delete(Vault).where(*mine).execution_options(synchronize_session=False))


def of(ports: Ports, session: Session, *, question_id: int) -> list[str]:
    """The words of each voice of a question, in the order in which they came; whoever calls may read it."""
    voice = rows.QuestionVoice
    found = session.scalars(sa.select(voice.words_sealed).where(voice.question_id == question_id).order_by(voice.id))
    return [ports.crypto.open(sealed) for sealed in found]


@access.reads("consult.voice", why="answering")
def sound(ports: Ports, *, staff: Staff, ref: str, number: int) -> bytes:
    """Give one voice of a question of his scope, counted from 1, AMR. Raises NotFound, Refused (role)."""
    voice = rows.QuestionVoice
    with ports.transaction() as session:
        question = desk_scope.found(session, staff, ref)[0]
        access.concerning(question.ref, person_id=question.person_id)
        query = sa.select(voice.content_sealed).where(voice.question_id == question.id).order_by(voice.id)
        within = 0 < number <= int(ports.rules["voices_per_question"]) * MANY
        sealed = session.scalars(query.offset(number - 1).limit(1)).first() if within else None
        if sealed is None:
            raise NotFound
        return base64.b64decode(ports.crypto.open(sealed))


def playable(ports: Ports, *, staff: Staff, ref: str, number: int) -> tuple[bytes, str]:
    """(the same for any browser to play, its type): made now and kept nowhere; as it came where that cannot be done.

    Raises as `sound`, which writes the look down.
    """
    recorded = sound(ports, staff=staff, ref=ref, number=number)
    if ports.audio is None:
        return recorded, AMR
    try:
        return ports.audio.playable(recorded), WAV
    except (Refused, Unavailable):
        return recorded, AMR


def _full(ports: Ports, person_id: int, ref: str) -> bool:
    mine = sa.select(sa.func.count()).where(Vault.person_id == person_id, Vault.kind == KIND, Vault.ref != ref)
    with ports.transaction() as session:
        return int(session.scalar(mine) or 0) >= int(ports.rules["voices_per_question"])


def _add(ports: Ports, session: Session, question_id: int, person_id: int, kept: Any) -> None:
    said = json.loads(ports.crypto.open(kept.value_sealed))
    facts = {"question_id": question_id, "person_id": person_id, "added_at": ports.now()}
    sealed = {"content_sealed": ports.crypto.seal(said["sound"]), "words_sealed": ports.crypto.seal(said["words"])}
    insert_new(session, rows.QuestionVoice, ref=new_ref("s"), key=f"{KIND}:{kept.ref}", **facts, **sealed)
