"""Answers that come after their turn: an action outlived it, so what it had to say goes out by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from bot.db.messages import Inbox
from bot.db.push import Notice
from bot.errors import NotFound
from bot.ports import Ports, Reply
from bot.push import outbox
from bot.services import choices, replying, words


def send(ports: Ports, *, inbox_id: int, utterances: Sequence[Mapping[str, Any]]) -> None:
    """An action outlived its turn: what it had to say goes out as customer messages."""
    with ports.transaction() as session:
        person_id = session.scalar(sa.select(Inbox.person_id).where(Inbox.id == inbox_id))
    if person_id is None:
        raise NotFound
    with ports.transaction() as session:
        if session.scalar(sa.select(Notice.id).where(Notice.dedupe_key == f"follow:{inbox_id}:0")) is not None:
            return
        replies = [_said(utterance) for utterance in utterances]
        if any(reply.get("choices") for reply in replies):  # else what was offered since stays open
            replies = choices.offer(ports, session, person_id=person_id, inbox_id=inbox_id, replies=replies)
        if not ports.channel.later:
            replying.keep(ports, session, inbox_id=inbox_id, replies=replies)
            return
        for n, reply in enumerate(replies):
            outbox.enqueue(
                session,
                crypto=ports.crypto,
                person_id=person_id,
                kind="follow_up",
                payload=reply,
                dedupe_key=f"follow:{inbox_id}:{n}",
                due_at=ports.now(),
            )


def _said(utterance: Mapping[str, Any]) -> Reply:
    """One utterance of an action, without rasa's help."""
    reply: Reply = dict(utterance.get("custom") or {})
    name = utterance.get("response")
    if name:
        reply |= words.say(name, **{k: v for k, v in utterance.items() if isinstance(v, (str, int, float))})
    elif utterance.get("text"):
        reply["text"] = utterance["text"]
    if utterance.get("buttons"):
        reply["choices"] = [{"label": b["title"], "payload": b["payload"]} for b in utterance["buttons"]]
    return reply
