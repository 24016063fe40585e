"""The whole name and numbers of somebody who asked: for one question, for a reason, and written down."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.errors import BadInput, NotFound
from bot.ports import Ports
from bot.services import access, desk
from bot.services.staff import Staff

REASONS = {
    "call_back": "要给患者打电话",
    "identify": "要核对是不是本人",
    "emergency": "情况危急",
    "complaint": "处理投诉",
}


@dataclass(frozen=True)
class Identity:
    """The holder of the card that a question was asked with."""

    name: str = field(repr=False)
    id_number: str = field(repr=False)
    phone: str = field(repr=False)


@access.reads("consult.reveal", why="none given")
def identity(ports: Ports, *, staff: Staff, ref: str, reason: str) -> Identity:
    """Show who asked, unmasked. The reason is one of `REASONS`: free words could hold the very name.

    Raises BadInput('bad_reason'), NotFound (also without a bound card), Refused (role).
    """
    if reason not in REASONS:
        raise BadInput("bad_reason")
    access.because(reason)
    with ports.transaction() as session:
        question, card, _holder = desk.found(session, staff, ref)
        access.concerning(question.ref, person_id=question.person_id)
        if card is None:
            raise NotFound
        opened = ports.crypto.open
        return Identity(opened(card.name_sealed), opened(card.id_sealed), opened(card.phone_sealed))
