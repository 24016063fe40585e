"""Following and unfollowing the account.

Who unfollows is erased, as WeChat demands of whoever hears of it: his openid is cut off with the event itself
(inbox.accept), so that whatever he sends next comes from a stranger; the rest goes when the event is worked on, or by
the hourly job where that failed. What the law has kept stays without a name.
"""

from __future__ import annotations

import sqlalchemy as sa

from bot.db.messages import Person
from bot.ports import Ports
from bot.services import mydata

AT_ONCE = 100  # people erased in one run of the job


def left(ports: Ports, *, person_id: int) -> None:
    """Erase somebody who has unfollowed, also one with a number that is still booked: it stays at the hospital."""
    mydata.forget(ports, person_id=person_id, action="following.erase")


def finish(ports: Ports) -> int:
    """Erase whoever has unfollowed and is not erased yet; gives how many."""
    query = sa.select(Person.id).where(
        Person.subscribed.is_(False), Person.unsubscribed_at.is_not(None), Person.erased_at.is_(None)
    )
    with ports.transaction() as session:
        waiting = list(session.scalars(query.order_by(Person.id).limit(AT_ONCE)))
    for person_id in waiting:
        left(ports, person_id=person_id)
    return len(waiting)
