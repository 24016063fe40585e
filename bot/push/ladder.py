"""The ways to reach a patient, one after the other.

Two rungs for now: the customer-service message, then the list of undelivered notices that staff see.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bot.db.messages import Person
from bot.db.privacy import consent_state
from bot.errors import NotFound, Refused, Unavailable
from bot.push import outbox
from bot.push.outbox import Notice
from bot.push.port import PushLater, PushRefused

if TYPE_CHECKING:
    from bot.ports import Ports, Reply

    Render = Callable[..., Reply]

CUSTOMER, STAFF_LIST = "customer", "staff_list"
ANSWERS = frozenset({"late_answer", "follow_up"})  # what a patient asked for in the chat, come late
LONGEST_WAIT = 3600  # seconds between two tries


def deliver(ports: Ports, notice: Notice, render: Render) -> str:
    """Try one claimed notice and write down how it ended; gives the state it is in now.

    `render(ports, person_id=…, reply=payload)` turns a view into words and checks the patient again; it
    raises NotFound or Refused (not shown to him any more) and Unavailable (later).
    """
    if _worn_out(ports, notice):
        return _give_up(ports, notice, "too_many_attempts")
    try:
        _must_be_wanted(ports, notice)
        openid = _openid(ports, notice.person_id)
        ports.push.send(openid=openid, reply=render(ports, person_id=notice.person_id, reply=notice.payload))
    except PushRefused as refusal:
        return _give_up(ports, notice, refusal.reason)
    except (NotFound, Refused) as gone:
        return _give_up(ports, notice, f"not_shown:{gone.code}")
    except PushLater as later:
        return _put_off(ports, notice, later.reason)
    except Unavailable as later:
        return _put_off(ports, notice, later.code)
    outbox.settle(ports, notice=notice, state="sent", rung=CUSTOMER)
    return "sent"


def _must_be_wanted(ports: Ports, notice: Notice) -> None:
    """Raise PushRefused unless this is an answer to his own message, or he agreed to be told and still does."""
    if notice.kind in ANSWERS:
        return
    version = str(ports.rules["consent"]["push"])
    with ports.transaction() as session:
        state = consent_state(session, person_id=notice.person_id, purpose="push", version=version)
    if state != "given":
        raise PushRefused(f"consent_{state}")


def _openid(ports: Ports, person_id: int) -> str:
    with ports.transaction() as session:
        person = session.get(Person, person_id)
    if person is None or not person.subscribed:
        raise PushRefused("unsubscribed")
    return ports.crypto.open(person.openid_sealed)


def _worn_out(ports: Ports, notice: Notice) -> bool:
    """Tell whether the tries are used up; a worker that died on a notice has had a try."""
    return notice.attempts > int(ports.rules["notice_attempts"])


def _give_up(ports: Ports, notice: Notice, reason: str) -> str:
    outbox.settle(ports, notice=notice, state="undelivered", rung=STAFF_LIST, error=reason)
    return "undelivered"


def _put_off(ports: Ports, notice: Notice, reason: str) -> str:
    """Wait twice as long each time; a notice that cannot wait any more is expired."""
    seconds = min(int(ports.rules["notice_backoff_seconds"]) * 2 ** (notice.attempts - 1), LONGEST_WAIT)
    again = ports.now() + timedelta(seconds=seconds)
    ended = notice.expires_at is not None and again >= notice.expires_at
    facts: dict[str, Any] = {"state": "expired"} if ended else {"state": "waiting", "due_at": again}
    outbox.settle(ports, notice=notice, rung=CUSTOMER, error=reason, **facts)
    return str(facts["state"])
