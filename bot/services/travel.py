"""How long a person needs to the hospital: asked once, kept, used for 现在出发."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.db.base import insert_new
from bot.db.queue import Travel
from bot.errors import BadInput
from bot.ports import Ports

LONGEST = 300  # minutes; who needs longer sleeps in town


def may_ask(ports: Ports, *, person_id: int) -> bool:
    """Whether to ask this person now; yes once in his life."""
    with ports.transaction() as session:
        return insert_new(session, Travel, person_id=person_id, minutes=None, asked_at=ports.now())


def tell(ports: Ports, *, person_id: int, minutes: object) -> int:
    """Keep what he said; 0 = no reminder. Saying it again replaces it. Raises BadInput."""
    text = str(minutes)
    if not text.isascii() or not text.isdigit() or int(text) > LONGEST:
        raise BadInput
    with ports.transaction() as session:
        insert_new(session, Travel, person_id=person_id, minutes=None, asked_at=ports.now())
        told = sa.update(Travel).where(Travel.person_id == person_id).values(minutes=int(text))
        session.execute(told.execution_options(synchronize_session=False))
    return int(text)


def minutes(ports: Ports, session: Session, *, person_id: int) -> int:
    """His way in minutes, or the rules' default; 0 = he is not told when to leave."""
    said = session.scalar(sa.select(Travel.minutes).where(Travel.person_id == person_id))
    return int(ports.rules["travel_default_minutes"] if said is None else said)
