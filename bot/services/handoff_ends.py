"""How a talk with a person ends: closed at WeChat, nobody speaks any more, a transfer that came too late."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.db.base import new_ref
from bot.db.handoff import Handoff
from bot.ports import Ports, Reply
from bot.services import handoff_rows as rows

WECHAT = "wechat"
DOCTOR = "doctor"  # appointed talks have their own ends: talk_ends
CROSSING = timedelta(seconds=60)  # a message that was on its way when WeChat's staff took its sender


def live(ports: Ports, person_id: int) -> Any:
    """The talk with customer service that goes on, unless its time is over."""
    with ports.transaction() as session:
        talk = rows.live(session, person_id)
    if talk is not None and talk.way == DOCTOR:
        return None
    if talk is None or not _is_over(ports, talk):
        return talk
    _time_is_up(ports, talk)
    return None


def with_wechat(talk: Any) -> bool:
    """Whether WeChat's own staff have the patient: then his messages go there and not here."""
    return bool(talk.way == WECHAT and talk.state == "open")


def missed(ports: Ports, session: Session, *, person_id: int, replies: Sequence[Reply]) -> Sequence[Reply]:
    """What can still be said when WeChat's own reply is over: a transfer cannot, so that is said, and offered again."""
    if not any("transfer" in reply for reply in replies):
        return replies
    talk = rows.live(session, person_id)
    if talk is not None and talk.state != "open" and rows.end(ports, session, talk, by="missed"):
        rows.tell(ports, session, talk, view="handoff_missed", key="missed")
    return [reply for reply in replies if "transfer" not in reply]


def event(ports: Ports, *, person_id: int, event: str, key: str, extra: Mapping[str, str]) -> None:
    """Hear what WeChat's customer service tells: somebody took the patient, passed him on, closed the talk."""
    with ports.transaction() as session:
        talk = rows.live(session, person_id)
        if talk is not None and talk.way == DOCTOR:
            return
        if event == "kf_close_session":
            if talk is not None and rows.end(ports, session, talk, by="platform"):
                rows.tell(ports, session, talk, view="handoff_over", key="over")
            return
        account = extra.get("KfAccount") or extra.get("ToKfAccount") or ""
        if talk is None:  # begun by the staff
            talk = rows.begin(ports, session, person_id=person_id, key=new_ref("kf"), way=WECHAT, state="open")
        rows.step(session, talk.id, Handoff.live == 1, state="open", account=account[:64], heard_at=ports.now())


def sweep(ports: Ports) -> int:
    """End the talks in which nobody has said anything for too long; returns how many."""
    with ports.transaction() as session:
        quiet = (Handoff.live == 1, Handoff.way != DOCTOR, Handoff.heard_at <= rows.since(ports))
        over = session.scalars(sa.select(Handoff).where(*quiet)).all()
    return sum(_time_is_up(ports, talk) for talk in over)


def _is_over(ports: Ports, talk: Any) -> bool:
    """Whether nobody has spoken for too long, or WeChat's staff cannot have him: then his message had not come here."""
    if with_wechat(talk):
        return bool(talk.heard_at <= ports.now() - CROSSING)
    return bool(talk.heard_at <= rows.since(ports))


def _time_is_up(ports: Ports, talk: Any) -> bool:
    """A question that nobody took is left to the staff; a talk is over, and the bot back."""
    with ports.transaction() as session:
        if talk.state == "queued":
            done = rows.keep(ports, session, talk)
        else:
            done = rows.end(ports, session, talk, by="timeout")
        if done and talk.state != "asked":
            view = "handoff_unanswered" if talk.state == "queued" else "handoff_over"
            rows.tell(ports, session, talk, view=view, key="over")
    return done
