"""常见问答: find what was answered before; say honestly when nothing fits, and offer to ask."""

from __future__ import annotations

import re

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Heard, caller, choice
from actions.digressions import responds_to
from bot.errors import BadInput, NotFound
from bot.ports import Ports
from bot.services import consult, faq, faq_articles, faq_misses, faq_review, faq_votes, messages

DIGITS = 9  # of an entry id, at most; the column is an integer
KEYWORD = re.compile(r"[\u4e00-\u9fff]{2}|[A-Za-z]{2}")
LONGEST_KEYWORD = 8  # characters; a bare word says too little to be told from talk that is not ours


@responds_to("faq_question", "drug_guidance")
def faq_question(ports: Ports, dispatcher: CollectingDispatcher, tracker: Tracker, heard: Heard) -> None:
    """Search the published answers with the patient's own words."""
    hits = faq.search(ports, text=heard.text)
    kept = _kept(ports, tracker, heard)
    ask = choice("问医生", "ask_expert", **kept)
    if not hits:
        if not heard.tapped:
            faq_misses.note(ports, person_id=caller(ports, tracker).person_id, text=heard.text)
        dispatcher.utter_message(response="utter_faq_nothing", buttons=[ask])
    elif len(hits) == 1 or in_form(tracker):  # a list would lie between a form and its question
        show(ports, dispatcher, tracker, hits[0].id, ask)
    else:
        buttons = [choice(hit.question, "show_faq", entry=str(hit.id), **kept) for hit in hits]
        dispatcher.utter_message(response="utter_faq_hits", buttons=[*buttons, ask])


def _kept(ports: Ports, tracker: Tracker, heard: Heard) -> dict[str, str]:
    """What was asked, in the vault, so that a doctor can be asked without writing it again; empty = too short."""
    if heard.tapped:
        return {"question": kept} if (kept := heard.first("question")) else {}
    try:
        consult.parse_question(heard.text)
        return {"question": messages.keep_question(ports, inbox_id=caller(ports, tracker).inbox_id)}
    except BadInput:
        return {}


def in_form(tracker: Tracker) -> bool:
    return bool((tracker.active_loop or {}).get("name"))


@responds_to("out_of_scope")
def keyword(ports: Ports, dispatcher: CollectingDispatcher, tracker: Tracker, heard: Heard) -> None:
    """A bare word that an entry holds is a search; everything else that is not ours is said plainly."""
    if not found_by_keyword(ports, dispatcher, tracker, heard):
        dispatcher.utter_message(response="utter_out_of_scope")


def found_by_keyword(ports: Ports, dispatcher: CollectingDispatcher, tracker: Tracker, heard: Heard) -> bool:
    """Offer the entries that hold a bare word (浓茶); False = it is no bare word, or none holds it."""
    bare = KEYWORD.search(heard.text) and len(heard.text) <= LONGEST_KEYWORD and not in_form(tracker)
    hits = faq.search(ports, text=heard.text) if bare else []
    buttons = [choice(hit.question, "show_faq", entry=str(hit.id)) for hit in hits]
    if hits:
        dispatcher.utter_message(response="utter_faq_hits", buttons=[*buttons, choice("都不是", "help")])
    return bool(hits)


@responds_to("show_faq")
def show_faq(ports: Ports, dispatcher: CollectingDispatcher, tracker: Tracker, heard: Heard) -> None:
    """One entry that the patient chose from the list."""
    ask = choice("问医生", "ask_expert", **_kept(ports, tracker, heard))
    show(ports, dispatcher, tracker, _entry_id(heard), ask)


def show(
    ports: Ports,
    dispatcher: CollectingDispatcher,
    tracker: Tracker,
    entry_id: int,
    ask: dict[str, str] | None = None,
) -> None:
    """An entry with its honest frame, general knowledge; who saw it is kept, for the day on which it is wrong."""
    entry = faq.one(ports, entry_id=entry_id)
    faq_votes.shown(ports, person_id=caller(ports, tracker).person_id, entry_ids=[entry.id])
    buttons = [ask, *votes(entry.id)] if ask else []
    if entry.kind == "article":
        dispatcher.utter_message(response="utter_article", title=entry.question, body=entry.answer, buttons=buttons)
        return
    name = "utter_faq_entry_old" if faq_review.expired(ports, entry.review_on) else "utter_faq_entry"
    dispatcher.utter_message(response=name, question=entry.question, answer=entry.answer, buttons=buttons)


def votes(entry_id: int) -> list[dict[str, str]]:
    return [
        choice("有帮助", "faq_vote", entry=str(entry_id), helpful="yes"),
        choice("没帮助", "faq_vote", entry=str(entry_id), helpful="no"),
    ]


@responds_to("faq_vote")
def faq_vote(ports: Ports, dispatcher: CollectingDispatcher, tracker: Tracker, heard: Heard) -> None:
    """有帮助 or 没帮助 under an entry that was shown."""
    helpful = heard.first("helpful") == "yes"
    faq_votes.vote(ports, person_id=caller(ports, tracker).person_id, entry_id=_entry_id(heard), helpful=helpful)
    if helpful:
        dispatcher.utter_message(response="utter_faq_voted")
    else:
        dispatcher.utter_message(response="utter_faq_voted_down", buttons=[choice("问医生", "ask_expert")])


@responds_to("health_articles")
def health_articles(ports: Ports, dispatcher: CollectingDispatcher, tracker: Tracker, heard: Heard) -> None:
    """健康文章: the newest ones, to be read here; without any the way to those that were sent out."""
    found = faq_articles.newest(ports)
    buttons = [choice(article.question, "show_article", entry=str(article.id)) for article in found]
    dispatcher.utter_message(response="utter_articles" if found else "utter_health_articles", buttons=buttons)


@responds_to("show_article")
def show_article(ports: Ports, dispatcher: CollectingDispatcher, tracker: Tracker, heard: Heard) -> None:
    """One health article that the patient chose."""
    show(ports, dispatcher, tracker, _entry_id(heard), choice("问医生", "ask_expert"))


def _entry_id(heard: Heard) -> int:
    entry_id = heard.first("entry") or ""
    if not (entry_id.isascii() and entry_id.isdecimal() and len(entry_id) <= DIGITS):
        raise NotFound
    return int(entry_id)
