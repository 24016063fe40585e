"""常见问答: find what was answered before; say honestly when nothing fits, and offer to ask."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Heard, choice
from actions.digressions import responds_to
from bot.errors import NotFound
from bot.ports import Ports
from bot.services import faq

ASK = choice("问医生", "ask_expert")
DIGITS = 9  # of an entry id, at most; the column is an integer
LONGEST_KEYWORD = 8  # characters; a bare word says too little to be told from talk that is not ours


@responds_to("faq_question", "drug_guidance")
def faq_question(ports: Ports, dispatcher: CollectingDispatcher, tracker: Tracker, heard: Heard) -> None:
    """Search the published answers with the patient's own words."""
    hits = faq.search(ports, text=heard.text)
    if not hits:
        dispatcher.utter_message(response="utter_faq_nothing", buttons=[ASK])
        return
    if len(hits) == 1:
        say_entry(dispatcher, hits[0].question, hits[0].answer, ask=True)
        return
    buttons = [choice(hit.question, "show_faq", entry=str(hit.id)) for hit in hits]
    dispatcher.utter_message(response="utter_faq_hits", buttons=[*buttons, ASK])


@responds_to("out_of_scope")
def keyword(ports: Ports, dispatcher: CollectingDispatcher, tracker: Tracker, heard: Heard) -> None:
    """A bare word that an entry holds (浓茶) is a search; everything else that is not ours is said plainly."""
    in_form = (tracker.active_loop or {}).get("name")
    hits = faq.search(ports, text=heard.text) if len(heard.text) <= LONGEST_KEYWORD and not in_form else []
    if not hits:
        dispatcher.utter_message(response="utter_out_of_scope")
        return
    buttons = [choice(hit.question, "show_faq", entry=str(hit.id)) for hit in hits]
    dispatcher.utter_message(response="utter_faq_hits", buttons=[*buttons, choice("都不是", "help")])


@responds_to("show_faq")
def show_faq(ports: Ports, dispatcher: CollectingDispatcher, tracker: Tracker, heard: Heard) -> None:
    """One entry that the patient chose from the list."""
    entry_id = heard.first("entry") or ""
    if not (entry_id.isascii() and entry_id.isdecimal() and len(entry_id) <= DIGITS):
        raise NotFound
    entry = faq.one(ports, entry_id=int(entry_id))
    say_entry(dispatcher, entry.question, entry.answer, ask=True)


def say_entry(dispatcher: CollectingDispatcher, question: str, answer: str, *, ask: bool = False) -> None:
    """An entry with its honest frame: general knowledge, not about this patient."""
    dispatcher.utter_message(response="utter_faq_entry", question=question, answer=answer, buttons=[ASK] if ask else [])
