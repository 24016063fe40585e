"""What was answered before that is like the question in front of a doctor."""

from __future__ import annotations

import sqlalchemy as sa

from bot.db import consult as questions
from bot.db import faq as rows
from bot.ports import Ports
from bot.services import access, consult, faq_library
from bot.services.faq_library import Shown
from bot.services.staff import Staff

SIMILAR = 3  # entries beside a question


@access.reads("faq.similar", why="answering")
def similar(ports: Ports, *, staff: Staff, ref: str, top: int = SIMILAR) -> list[Shown]:
    """Give the published entries most like a question that this doctor may open, best first, what fits marked.

    The entry that was made of this very question is left out. Raises NotFound (unknown, out of scope), Refused (role).
    """
    text = consult.open_one(ports, staff=staff, ref=ref).text
    own = _made_of(ports, ref)
    found = [shown for shown in faq_library.look(ports, wanted=text) if shown.id != own]
    return found[:top]


def _made_of(ports: Ports, ref: str) -> int | None:
    entry, asked = rows.FaqEntry, questions.Question
    query = sa.select(entry.id).join(asked, asked.id == entry.source_question_id).where(asked.ref == str(ref)[:32])
    with ports.transaction() as session:
        found = session.scalar(query)
    return None if found is None else int(found)
