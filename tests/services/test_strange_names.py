"""References from addresses, forms and payloads: whatever they hold, the answer is one of our errors, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bot.errors import BadInput, NotFound
from bot.ports import Ports
from bot.services import booking, callers, consult, faq, reports, staff
from bot.services.staff import Staff
from tests.factories import a_staff

STRANGE = ["", "\0", "c_0\0.yh.r1", "\ud800", "\u202e", "' OR 1=1 --", "١", "x" * 5000]
Ask = Callable[[Ports, Staff, str], Any]
ASKED: dict[str, tuple[type[Exception], Ask]] = {
    "booking": (NotFound, lambda p, s, ref: booking.one(p, person_id=1, ref=ref)),
    "report": (NotFound, lambda p, s, ref: reports.one(p, person_id=1, ref=ref)),
    "reports of a card": (NotFound, lambda p, s, ref: reports.mine(p, person_id=1, card_ref=ref or "-")),
    "own question": (NotFound, lambda p, s, ref: consult.mine_one(p, person_id=1, ref=ref)),
    "question at the desk": (NotFound, lambda p, s, ref: consult.open_one(p, staff=s, ref=ref)),
    "draft of a question": (NotFound, lambda p, s, ref: faq.draft_from(p, staff=s, question_ref=ref)),
    "signing in": (BadInput, lambda p, s, name: staff.sign_in(p, username=name, password=name)),
    "caller": (NotFound, lambda p, s, token: callers.caller(p, token=token)),
}


@pytest.mark.parametrize("strange", STRANGE, ids=lambda text: ascii(text)[:20])
@pytest.mark.parametrize("what", ASKED)
def test_a_strange_name_is_unknown_and_nothing_worse(ports: Ports, what: str, strange: str) -> None:
    error, ask = ASKED[what]
    head = a_staff(ports, "head")
    with pytest.raises(error):
        ask(ports, head, strange)


@pytest.mark.parametrize("strange", STRANGE, ids=lambda text: ascii(text)[:20])
def test_strange_words_find_nothing(ports: Ports, strange: str) -> None:
    assert faq.search(ports, text=strange) == []
