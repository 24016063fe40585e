"""The interview's page and the way to the body map, drawn after rasa."""

from __future__ import annotations

from collections.abc import Callable

from bot.errors import NotFound
from bot.ports import Ports, Reply
from bot.services import previsit_giving, words
from bot.services.previsit import Page


def summary(ports: Ports, person_id: int, ref: str) -> Reply:
    """The whole page beside a booking, and what can be done with it."""
    kept = previsit_giving.beside(ports, person_id=person_id, booking_ref=ref)
    if kept is None:
        raise NotFound
    return words.say("utter_summary_offer", page=lines(kept.page))


def body_map(ports: Ports, _person_id: int, _ref: str) -> Reply:
    """A way in for whoever would rather point."""
    return {**words.say("utter_body_map"), "link": {"title": "人体图", "url": f"{ports.public_url}/h5/body"}}


def lines(page: Page) -> str:
    """The page as text, empty parts left out."""
    parts = (
        ("主诉", page.complaint),
        ("本人", page.person),
        ("多久", page.duration),
        *page.answers,
        ("有", "、".join(page.findings)),
        ("没有", "、".join(page.denied)),
        ("急不急", page.urgency),
        ("建议科室", "、".join(page.departments)),
    )
    return "\n".join(f"{name if name.endswith('？') else name + '：'}{told}" for name, told in parts if told)


VIEWS: dict[str, Callable[[Ports, int, str], Reply]] = {"summary": summary, "body_map": body_map}
