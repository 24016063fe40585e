"""给我妈挂号: which card a person word means, and what is said when none answers to it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Heard, caller, choice
from actions.digressions import responds_to
from bot.errors import PeizhenError
from bot.ports import Ports
from bot.services import access, cards
from bot.services.cards import Card

# 大哥帮我挂号 greets, 给我哥挂号 says for whom: a word for others than the nearest needs one of these before it.
FOR_HIM = re.compile(r"(?:[给帮替为]|[换切改][成到为]?|[是用])[我俺咱]?$")


@dataclass(frozen=True)
class Meant:
    """`ref` the card that is meant; None = no single one, then `word` is whom the patient named."""

    ref: str | None
    word: str = ""


def meant(ports: Ports, person_id: int, heard: Heard) -> Meant | None:
    """Whom a message is about: a card by name, a person word that one card answers to; None = nobody is named."""
    if heard.last("card"):
        return Meant(heard.last("card"))
    word = heard.last("person")
    relation = cards.relation_of(word) if word else None
    if word is None or relation is None or (relation == "other" and not for_somebody(heard)):
        return None
    return Meant(found(ports, person_id, word), word)


def for_somebody(heard: Heard) -> bool:
    """Whether a person word is said as 给…, 帮…, 换成…."""
    return bool(FOR_HIM.search(heard.before("person")))


def found(ports: Ports, person_id: int, word: str) -> str | None:
    """The one card that answers to a person word; his only card, never said whose, answers to 本人."""
    with access.unseen():
        mine = cards.mine(ports, person_id=person_id)
    same = cards.matching(mine, word)
    if not same and cards.relation_of(word) == "self" and len(mine) == 1 and mine[0].relation is None:
        return mine[0].ref
    return same[0].ref if len(same) == 1 else None


def choices(ports: Ports, person_id: int, word: str, intent: str, **entities: str) -> tuple[bool, list[dict[str, str]]]:
    """Whether it may be one of these cards, and taps for them (else for all), each as `intent` with its entities.

    A card that was never said whose it is brings the relation along, so that it is asked once only.
    """
    mine = cards.mine(ports, person_id=person_id)
    several, unknown = cards.matching(mine, word), cards.candidates(mine, word)
    name = "value" if intent == "choose" else "card"
    kin = cards.relation_of(word) if unknown and not several else None
    more = {**entities, **({"kin": kin} if kin else {})}
    taps = [choice(f"⟦card:{c.ref}⟧", intent, **{name: c.ref}, **more) for c in several or unknown or mine]
    new = choice("绑定新的就诊卡", "bind_card", **({"person": word} if word else {}))
    return bool(several or unknown), [*taps, new]


def ask(ports: Ports, dispatcher: CollectingDispatcher, person_id: int, word: str, intent: str, **more: str) -> None:
    """Which card is it: 哪一张是妈妈的卡, or 还没有绑定妈妈的就诊卡, or just whose."""
    among, taps = choices(ports, person_id, word, intent, **more)
    response = ("utter_want_kin_card" if among else "utter_kin_unknown") if word else "utter_want_card"
    dispatcher.utter_message(response=response, kin=word, buttons=taps)


def keep_kin(ports: Ports, person_id: int, ref: str, heard: Heard) -> None:
    """A tap that said whose card it is."""
    if heard.first("kin"):
        cards.set_relation(ports, person_id=person_id, ref=ref, relation=str(heard.first("kin")))


def ask_kin(ports: Ports, dispatcher: CollectingDispatcher, card: Card, person_id: int) -> None:
    """这是谁的卡: only words that can be true of this patient."""
    impossible = {"m": "mother", "f": "father"}[card.sex]
    with access.unseen():
        has_own = any(other.relation == "self" for other in cards.mine(ports, person_id=person_id))
    words = {r: w for r, w in cards.RELATIONS.items() if r != impossible and not (r == "self" and has_own)}
    buttons = [choice(word, "set_kin", card=card.ref, kin=relation) for relation, word in words.items()]
    dispatcher.utter_message(response="utter_want_kin", buttons=buttons)


def offer_next(dispatcher: CollectingDispatcher) -> None:
    buttons = [choice("我要挂号", "book"), choice("查报告", "reports_list"), choice("再绑一张", "bind_card")]
    dispatcher.utter_message(response="utter_after_card", buttons=buttons)


@responds_to("set_kin")
def set_kin(ports: Ports, dispatcher: CollectingDispatcher, tracker: Tracker, heard: Heard) -> None:
    """这是妈妈的卡: kept on the card."""
    ref, kin = str(heard.first("card")), str(heard.first("kin"))
    card = cards.set_relation(ports, person_id=caller(ports, tracker).person_id, ref=ref, relation=kin)
    dispatcher.utter_message(response="utter_kin_kept", card=f"⟦card:{card.ref}⟧", kin=cards.RELATIONS[kin])
    offer_next(dispatcher)


@responds_to("switch_patient")
def switch_patient(ports: Ports, dispatcher: CollectingDispatcher, tracker: Tracker, heard: Heard) -> None:
    """换就诊人: choose the card that is used when nobody is named."""
    person_id = caller(ports, tracker).person_id
    if not cards.mine(ports, person_id=person_id):
        raise PeizhenError("no_card")
    wish = meant(ports, person_id, heard) or Meant(None)
    if wish.ref is None:
        ask(ports, dispatcher, person_id, wish.word, "switch_patient")
        return
    keep_kin(ports, person_id, wish.ref, heard)
    card = cards.choose(ports, person_id=person_id, ref=wish.ref)
    dispatcher.utter_message(response="utter_card_chosen", card=f"⟦card:{card.ref}⟧")
