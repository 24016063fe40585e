"""What each owner once said to the assistant, with his name in it, in a talk that went wrong."""

from __future__ import annotations

import sqlalchemy as sa

from bot.db.messages import Inbox
from bot.ports import Ports
from tests.web.talked import said

TALKS = 550000  # numbers that stand nowhere else
REVIEWERS = frozenset({"editor", "operator", "auditor"})
KIND = "review"  # of what is left of his words when the people are out of them
REVIEWED = frozenset({KIND, "line"})  # what staff said meanwhile is part of the talk


def words(owner: str) -> str:
    return f"那个{owner}本本怎么弄"


def talk(ports: Ports, person: int, owner: str, name: str) -> str:
    """Gives the number of the talk."""
    found = said(
        ports, person, text=f"我叫{name}，{words(owner)}", answer=f"{name}您好", outcome="person", wish="human_agent"
    )
    with ports.transaction() as session:
        session.execute(sa.update(Inbox).where(Inbox.id == found).values(id=TALKS + found))
    return str(TALKS + found)
