"""What was asked and nothing fitted: kept without the people in it, grouped, and made drafts of."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.db.base import insert_new
from bot.db.cards import Card
from bot.db.faq_history import FaqMiss
from bot.errors import Conflict, NotFound
from bot.faq import deidentify
from bot.faq.similar import groups
from bot.ports import Ports
from bot.services import access, faq_drafting, faq_rows
from bot.services.cleaning import directory
from bot.services.faq_rows import Entry
from bot.services.faq_words import Words
from bot.services.staff import Staff

LENGTHS = range(4, 301)  # characters; a longer text is a story that belongs to one person
LISTED = 500  # texts that are grouped
CLEANED = 100  # texts of one round of the job
ALIKE = 0.4  # share of common pairs in one group: looser than for merging, the reader sees all of them
TO_BE_WRITTEN = "（请写回答）"
PUT_THERE = re.compile(r"\[[^\]]*\]|某某|患者|医生")  # by cleaning
WORDS = re.compile("[\u4e00-\u9fff]{2}|[A-Za-z]{2}")


@dataclass(frozen=True)
class Miss:
    """One text that nothing was found for; `times` it was asked."""

    ref: str
    text: str = field(repr=False)
    times: int
    last_at: datetime


@dataclass(frozen=True)
class Group:
    """Texts that ask much the same, the most frequent first; `times` of all of them."""

    misses: tuple[Miss, ...]

    @property
    def times(self) -> int:
        return sum(miss.times for miss in self.misses)


def note(ports: Ports, *, person_id: int, text: str) -> bool:
    """Keep a question that found nothing; False = it is none to write for. The same again counts up.

    Within a turn only what is known goes out of it; `clean_fresh` does the rest before anybody reads it.
    """
    known = deidentify.clean(deidentify.plain(text), names=_own_names(ports, person_id), doctors=())[0].strip()
    if len(known) not in LENGTHS or not WORDS.search(PUT_THERE.sub("", known)):
        return False
    ref = f"m_{ports.crypto.digest('faq_miss', known)[:10]}"
    new = {"text_sealed": ports.crypto.seal(known), "times": 1, "last_at": ports.now(), "state": "fresh"}
    with ports.transaction() as session:
        if not insert_new(session, FaqMiss, ref=ref, **new):
            again = sa.update(FaqMiss).where(FaqMiss.ref == ref).values(times=FaqMiss.times + 1, last_at=ports.now())
            session.execute(again.execution_options(synchronize_session=False))
    return True


def _own_names(ports: Ports, person_id: int) -> list[str]:
    with ports.transaction() as session:
        sealed: list[Any] = session.scalars(sa.select(Card.name_sealed).where(Card.person_id == person_id)).all()
    return [ports.crypto.open(name) for name in sealed if name]


def clean_fresh(ports: Ports) -> int:
    """Take everybody else out of what came in lately, for staff to read; gives how many. Raises HisUnavailable."""
    query = sa.select(FaqMiss).where(FaqMiss.state == "fresh").order_by(FaqMiss.id).limit(CLEANED)
    with ports.transaction() as session:
        fresh = {row.id: ports.crypto.open(row.text_sealed) for row in session.scalars(query)}
    doctors = directory(ports) if fresh else []
    for miss_id, text in fresh.items():
        sealed = ports.crypto.seal(deidentify.scrub(text, names=(), doctors=doctors)[0])
        with ports.transaction() as session:
            ours = sa.update(FaqMiss).where(FaqMiss.id == miss_id, FaqMiss.state == "fresh")
            step = ours.values(text_sealed=sealed, state="waiting")
            session.execute(step.execution_options(synchronize_session=False))
    return len(fresh)


@access.reads("faq.misses", why="editing")
def waiting(ports: Ports, *, staff: Staff) -> list[Group]:
    """What nobody has written for yet, grouped, the most asked first. Raises Refused (role)."""
    faq_rows.must_edit(staff)
    order = (FaqMiss.times.desc(), FaqMiss.last_at.desc())
    query = sa.select(FaqMiss).where(FaqMiss.state == "waiting").order_by(*order).limit(LISTED)
    with ports.transaction() as session:
        rows = session.scalars(query).all()
        found = [Miss(row.ref, ports.crypto.open(row.text_sealed), row.times, row.last_at) for row in rows]
    grouped = groups([miss.text for miss in found], least=ALIKE)
    return sorted((Group(tuple(found[n] for n in places)) for places in grouped), key=lambda group: -group.times)


@access.acts("faq.write", why="editing")
def write(ports: Ports, *, staff: Staff, refs: list[str]) -> Entry:
    """Begin a draft with the first of these questions; all of them are off the list. Raises NotFound, Conflict."""
    faq_rows.must_edit(staff)
    named = faq_drafting.departments(ports).get(staff.department_id or "", "") if staff.role == "head" else ""
    with ports.transaction() as session:
        first = session.scalars(sa.select(FaqMiss).where(FaqMiss.ref == refs[0][:16])).first() if refs else None
        if first is None:
            raise NotFound
        words = Words(ports.crypto.open(first.text_sealed), TO_BE_WRITTEN)
        where = {"department_id": staff.department_id if named else None, "department_name": named}
        entry = faq_drafting.insert(ports, session, staff, words, **where)
        _settle(session, refs, state="drafted", entry_id=entry.id)
        return faq_rows.entry(entry)


@access.acts("faq.drop_miss", why="editing")
def drop(ports: Ports, *, staff: Staff, refs: list[str]) -> None:
    """Take questions off the list that no entry is for. Raises Conflict when somebody was first."""
    faq_rows.must_edit(staff)
    with ports.transaction() as session:
        _settle(session, refs, state="dropped")


def _settle(session: Any, refs: list[str], **facts: Any) -> None:
    ours = sa.update(FaqMiss).where(FaqMiss.ref.in_([ref[:16] for ref in refs]), FaqMiss.state == "waiting")
    if not session.execute(ours.values(**facts).execution_options(synchronize_session=False)).rowcount:
        raise Conflict
