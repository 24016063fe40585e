"""What the hospital wrote for bound cards (prescriptions, bills): read, checked, written down who looked."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from typing import Any, Generic, TypeVar

from bot import clock
from bot.errors import HisUnavailable
from bot.ports import Ports
from bot.services import access, cards, offered, privacy, reports
from bot.services.cards import Card

log = logging.getLogger(__name__)
T = TypeVar("T", bound=Any)


@dataclass(frozen=True)
class Mine(Generic[T]):
    """A paper and whose it is."""

    card_ref: str
    masked_name: str
    paper: T = field(repr=False)


def of_cards(
    ports: Ports,
    *,
    person_id: int,
    card_ref: str | None,
    ask: Callable[..., Sequence[T]],
    moment: Callable[[T], datetime],
) -> list[Mine[T]]:
    """Papers of one card, or of all, newest first; `ask(patient_id, since=day)` is a call of HisPort.

    `moment` says when a paper was written. Raises NotFound (card), Refused('consent_reports'),
    HisRefused('not_offered') and HisUnavailable.
    """
    if card_ref is None:
        chosen = cards.mine(ports, person_id=person_id)
    else:
        chosen = [cards.one(ports, person_id=person_id, ref=card_ref)]
    if chosen:
        privacy.require(ports, person_id=person_id, purpose=reports.PURPOSE)
    since = reports.since(ports)
    found = offered.gathered(partial(_of, card, ask, since) for card in chosen)
    recent = [(card, paper) for card, paper in found if clock.local(moment(paper)).date() >= since]
    access.concerning(*(card.patient_id for card in chosen))
    newest = sorted(recent, key=lambda each: moment(each[1]), reverse=True)
    return [Mine(card.ref, card.masked_name, paper) for card, paper in newest]


def _of(card: Card, ask: Callable[..., Sequence[T]], since: date) -> list[tuple[Card, T]]:
    return [(card, paper) for paper in _checked(card, ask(card.patient_id, since=since))]


def _checked(card: Card, papers: Sequence[T]) -> Sequence[T]:
    """Another patient's paper is never shown, and none twice: it is an alarm."""
    if any(paper.patient_id != card.patient_id for paper in papers):
        log.error("HIS ALARM another patient's paper for card %s", card.ref)
        raise HisUnavailable
    if len({paper.id for paper in papers}) != len(papers):
        log.error("HIS ALARM a paper twice for card %s", card.ref)
        raise HisUnavailable
    return papers
