"""What patients saw and what they say of it: shown, hit counts, 有帮助 and 没帮助."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from bot.db import faq as rows
from bot.db.base import insert_new
from bot.db.faq_history import FaqShown, FaqVote
from bot.ports import Ports
from bot.services import faq_rows


@dataclass(frozen=True)
class Votes:
    """How many people said what of one entry."""

    helpful: int = 0
    unhelpful: int = 0


def shown(ports: Ports, *, person_id: int, entry_ids: Iterable[int]) -> None:
    """Remember that a person read these entries, for the day on which one turns out wrong; each counts as a hit."""
    with ports.transaction() as session:
        for entry_id in dict.fromkeys(entry_ids):
            new = {"entry_id": entry_id, "person_id": person_id, "at": ports.now()}
            if not insert_new(session, FaqShown, **new):
                mine = sa.update(FaqShown).where(FaqShown.entry_id == entry_id, FaqShown.person_id == person_id)
                session.execute(mine.values(at=ports.now()).execution_options(synchronize_session=False))
            count = sa.update(rows.FaqEntry).where(rows.FaqEntry.id == entry_id)
            step = count.values(hits=rows.FaqEntry.hits + 1)
            session.execute(step.execution_options(synchronize_session=False))


def vote(ports: Ports, *, person_id: int, entry_id: int, helpful: bool) -> None:
    """Say whether an entry helped; one a person and entry, the last one counts. Raises NotFound (not published)."""
    with ports.transaction() as session:
        entry_id = faq_rows.live(session, entry_id).id
        facts = {"helpful": helpful, "at": ports.now()}
        if not insert_new(session, FaqVote, entry_id=entry_id, person_id=person_id, **facts):
            mine = sa.update(FaqVote).where(FaqVote.entry_id == entry_id, FaqVote.person_id == person_id)
            session.execute(mine.values(**facts).execution_options(synchronize_session=False))


def counts(ports: Ports, *, entry_ids: Iterable[int]) -> dict[int, Votes]:
    """Votes by entry; an entry without any is not there."""
    yes = sa.func.sum(sa.case((FaqVote.helpful, 1), else_=0))
    query = sa.select(FaqVote.entry_id, yes, sa.func.count()).group_by(FaqVote.entry_id)
    with ports.transaction() as session:
        found = session.execute(query.where(FaqVote.entry_id.in_(list(entry_ids))))
        return {entry_id: Votes(int(good), int(every - good)) for entry_id, good, every in found}
