"""The ways to reach a patient, one after the other: rungs.

customer message → template message → 微信就医助手 → 订阅通知 → text message; the page of messages has every notice.
One rung is tried in one transaction of intention (tries.py), one call and one transaction of outcome:

    taken     it is out; where WeChat sends receipts (receipts.py) a failed one goes down from here
    refused   for good: the next rung
    later     nothing was sent: the same rung again, until the notice's own time makes waiting pointless
    unknown   the request left and no answer came. Where the way knows our key it is asked again under it. Else it is
              never repeated: what may not be missed goes on with the next rung, a pointer that may come beside it;
              everything else ends here, on the staff's list and unread on the page (docs/decisions/0019)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from bot.db.messages import Person
from bot.db.privacy import consent_state
from bot.errors import NotFound, Refused, Unavailable
from bot.push import calls, kinds, outbox, quiet, subscriptions, tries
from bot.push.calls import Outcome
from bot.push.kinds import Kind
from bot.push.outbox import Notice
from bot.push.port import PushRefused

if TYPE_CHECKING:
    from bot.ports import Ports, Reply
    from bot.push.brief import Brief

    Render = Callable[..., Reply]
    Tell = Callable[..., Brief]

LONGEST_WAIT = 3600  # seconds between two tries
OVER = frozenset({"window_closed", "window_used_up", "day_quota"})  # his next message opens the window again
# Ways that know a notice by our key, and for how long after the first request they do: less than WeChat's ten minutes.
KNOWS_KEY = {kinds.TEMPLATE: timedelta(minutes=9), kinds.CARE: timedelta.max, kinds.SMS: timedelta.max}
LOST = "lost"


@dataclass(frozen=True)
class Trip:
    """One notice on its way down, in the hands of one worker. `openid` None = WeChat cannot reach him.

    `reply` None = it goes as a pointer alone.
    """

    ports: Ports
    notice: Notice
    kind: Kind
    openid: str | None = field(repr=False)
    reply: Reply | None = field(repr=False)
    tell: Tell = field(repr=False)
    tried: list[Any] = field(repr=False)

    @cached_property
    def brief(self) -> Brief:
        """What a pointer outside the chat says; raises as `tell` does."""
        return self.tell(self.ports, person_id=self.notice.person_id, kind=self.kind, payload=self.notice.payload)

    def on(self, rung: str) -> list[Any]:
        """Earlier tries on one rung."""
        return [row for row in self.tried if row.rung == rung]

    def made(self, rung: str) -> int:
        """How often this rung was really tried: while it rested, nothing was."""
        return sum(row.state != tries.PAUSED for row in self.on(rung))

    def doubt(self, rung: str) -> datetime | None:
        """Since when something may be out on this rung; None = nothing is."""
        return next((row.at for row in self.on(rung) if row.state in tries.DOUBTFUL), None)


def deliver(ports: Ports, notice: Notice, render: Render, tell: Tell) -> str:
    """Try one claimed notice and write down how it ended; gives the state it is in now.

    `render(ports, person_id=…, reply=payload)` turns a view into words and checks the patient again; it raises
    NotFound or Refused (not shown to him any more) and Unavailable (later). `tell(ports, person_id=…, kind=…,
    payload=…)` gives the short form for the other rungs and raises the same.
    """
    kind, tried = kinds.of(ports.rules, notice.kind), tries.of(ports, notice)
    if notice.attempts - len(tried) > int(ports.rules["notice_attempts"]):  # worker after worker died on it
        return _give_up(ports, notice, "too_many_attempts")
    morning = quiet.waking(ports.rules, ports.now())
    if kind.night == "morning" and morning > ports.now():
        return _wait(ports, notice, morning, "night")
    try:
        _must_be_wanted(ports, notice, kind)
        reply = _words(ports, notice, kind, render)
        return _fall(Trip(ports, notice, kind, _openid(ports, notice.person_id), reply, tell, tried))
    except PushRefused as refusal:
        return _give_up(ports, notice, refusal.reason)
    except (NotFound, Refused) as gone:
        return _give_up(ports, notice, f"not_shown:{gone.code}")
    except Unavailable as later:
        return _put_off(ports, notice, later.code)


def _words(ports: Ports, notice: Notice, kind: Kind, render: Render) -> Reply | None:
    """The whole message; None = the hospital is silent, and what may not be missed has waited long enough for it."""
    try:
        return render(ports, person_id=notice.person_id, reply=notice.payload)
    except Unavailable:
        if kind.must and _backoff(ports, notice.attempts) >= timedelta(minutes=kind.wait):
            return None
        raise


def _must_be_wanted(ports: Ports, notice: Notice, kind: Kind) -> None:
    """Raise PushRefused unless this is an answer to his own message, or he agreed to be told and still does."""
    if kind.chat:
        return
    version = str(ports.rules["consent"]["push"])
    with ports.transaction() as session:
        state = consent_state(session, person_id=notice.person_id, purpose="push", version=version)
    if state != "given":
        raise PushRefused(f"consent_{state}")


def _openid(ports: Ports, person_id: int) -> str | None:
    with ports.transaction() as session:
        person = session.get(Person, person_id)
    return ports.crypto.open(person.openid_sealed) if person is not None and person.subscribed else None


def _fall(trip: Trip) -> str:
    """Rung after rung, from where it stands."""
    start = kinds.RUNGS.index(trip.notice.rung) if trip.notice.rung else 0
    reason = trip.tried[-1].reason if trip.tried else ""
    for rung in [rung for rung in kinds.RUNGS[start:] if _open(trip, rung)]:
        ended, said = _on(trip, rung)
        if ended:
            return ended
        reason = said or reason
    reason = reason or ("unsubscribed" if trip.openid is None else "no_way")
    doubtful = any(trip.doubt(rung) for rung in kinds.RUNGS)
    return _give_up(trip.ports, trip.notice, reason, state="unknown" if doubtful else "undelivered")


def _open(trip: Trip, rung: str) -> bool:
    """Whether this notice may take a rung: its kind, this account, this person."""
    if not trip.kind.goes(rung) or rung == kinds.SMS:
        return trip.kind.goes(rung)
    if rung == kinds.CUSTOMER and trip.reply is None:
        return False
    if trip.openid is None or not trip.ports.push.offers(rung, trip.kind.name):
        return False
    return rung != kinds.SUBSCRIPTION or _allowed(trip)


def _allowed(trip: Trip) -> bool:
    wanted = kinds.template_id(trip.ports.rules, trip.kind.subscription)
    with trip.ports.transaction() as session:
        return subscriptions.has(session, person_id=trip.notice.person_id, template_id=wanted)


def _on(trip: Trip, rung: str) -> tuple[str, str]:
    """One try on one rung: (how the notice ended or where it waits, why); ('', why) = go down."""
    if trip.doubt(rung) and not _known_there(trip, rung, trip.ports.now()):
        return _doubted(trip, "no_answer")
    if rung != kinds.CUSTOMER and not trip.brief.facts:
        return "", "nothing_to_say"
    try_id = tries.begin(trip.ports, trip.notice, rung)
    if try_id is None:
        return LOST, "lease"
    return _settled(trip, rung, try_id, calls.make(trip, rung))


def _settled(trip: Trip, rung: str, try_id: int, outcome: Outcome) -> tuple[str, str]:
    """Write down what one call came to."""
    ports, notice, reason = trip.ports, trip.notice, outcome.reason

    def end(session: Any) -> None:
        if outcome.asked:
            tries.end(session, try_id, state=outcome.state, reason=reason, message_id=outcome.message_id)
        else:
            tries.rested(session, try_id, notice, rung, reason=reason)

    trip.tried.append(tries.Now(rung, ports.now(), outcome.state if outcome.asked else tries.PAUSED, reason))
    if outcome.state == "taken":
        outbox.settle(ports, notice=notice, state="sent", rung=rung, also=end)
        return "sent", ""
    again = ports.now() + max(_backoff(ports, max(trip.made(rung), 1)), timedelta(seconds=outcome.rests))
    counted = outcome.asked
    if outcome.state != "refused" and _may_wait(trip, rung, again):
        outbox.settle(
            ports, notice=notice, state="waiting", rung=rung, error=reason, due_at=again, also=end, counted=counted
        )
        return "waiting", reason
    if trip.kind.chat and outcome.state == "refused" and OVER.intersection(reason.split()):
        until = quiet.waking(ports.rules, ports.now() + timedelta(seconds=outcome.rests)) if outcome.rests else None
        outbox.hold(ports, notice=notice, error=reason, also=end, until=until, counted=counted)
        return "held", reason
    with ports.transaction() as session:
        end(session)
    if trip.doubt(rung):
        return _doubted(trip, reason)
    if outcome.state == "later" and _expired(notice, again) and not _lower(trip, rung):
        return _give_up(ports, notice, reason, state="expired"), reason
    return "", reason


def _doubted(trip: Trip, reason: str) -> tuple[str, str]:
    """It may have arrived: what may not be missed goes on, the rest is not sent again."""
    if trip.kind.must:
        return "", reason
    return _give_up(trip.ports, trip.notice, reason, state="unknown"), reason


def _may_wait(trip: Trip, rung: str, again: datetime) -> bool:
    """Whether the same rung is worth another try at that moment."""
    if _expired(trip.notice, again) or trip.made(rung) >= int(trip.ports.rules["notice_attempts"]):
        return False
    if trip.doubt(rung) and not _known_there(trip, rung, again):
        return False
    began = trip.on(rung)[0].at
    return not _lower(trip, rung) or again < began + timedelta(minutes=trip.kind.wait)


def _lower(trip: Trip, rung: str) -> bool:
    """Whether any way is left below this one."""
    return any(_open(trip, below) for below in kinds.RUNGS[kinds.RUNGS.index(rung) + 1 :])


def _known_there(trip: Trip, rung: str, moment: datetime) -> bool:
    """Whether the way would still take a repetition for the same notice."""
    since, known = trip.doubt(rung), KNOWS_KEY.get(rung)
    return since is not None and known is not None and moment - since < known


def _expired(notice: Notice, moment: datetime) -> bool:
    return notice.expires_at is not None and moment >= notice.expires_at


def _give_up(ports: Ports, notice: Notice, reason: str, *, state: str = "undelivered") -> str:
    outbox.settle(ports, notice=notice, state=state, error=reason)
    return state


def _put_off(ports: Ports, notice: Notice, reason: str) -> str:
    """Wait twice as long each time; a notice that cannot wait any more is expired."""
    again = ports.now() + _backoff(ports, notice.attempts)
    if _expired(notice, again):
        return _give_up(ports, notice, reason, state="expired")
    return _wait(ports, notice, again, reason)


def _wait(ports: Ports, notice: Notice, moment: datetime, reason: str) -> str:
    outbox.settle(ports, notice=notice, state="waiting", error=reason, due_at=moment)
    return "waiting"


def _backoff(ports: Ports, times: int) -> timedelta:
    return timedelta(seconds=min(int(ports.rules["notice_backoff_seconds"]) * 2 ** (times - 1), LONGEST_WAIT))
