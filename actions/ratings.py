"""评价回答: five words to tap, then words of one's own for whoever wants to."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Heard, caller, choice
from actions.digressions import responds_to
from bot.errors import Refused
from bot.ports import Ports
from bot.services import consult, consult_rating, consult_story

LOW = 2  # stars at which more than thanks is due


@responds_to("rate_answer")
def rate_answer(ports: Ports, dispatcher: CollectingDispatcher, tracker: Tracker, heard: Heard) -> None:
    """A tap rates; without a question named it is the newest answer that can be rated."""
    person_id = caller(ports, tracker).person_id
    ref, stars = heard.first("asked") or _newest(ports, person_id), heard.first("stars") or ""
    if not stars:
        _offer(ports, dispatcher, person_id, ref)
        return
    consult_rating.rate(ports, person_id=person_id, ref=ref, stars=int(stars) if stars in STARS else 0)
    ways = [choice("写几句", "reply_expert", asked=ref, saying="rating")]
    if int(stars) <= LOW:
        further = choice("追问", "reply_expert", asked=ref, saying="follow_up")
        dispatcher.utter_message(
            response="utter_rated_low", buttons=[*ways, further, choice("人工服务", "human_agent")]
        )
        return
    dispatcher.utter_message(response="utter_rated", buttons=ways)


STARS = {str(stars): name for stars, name in consult_rating.STARS.items()}


def _offer(ports: Ports, dispatcher: CollectingDispatcher, person_id: int, ref: str) -> None:
    if consult_story.RATE not in consult_story.story(ports, person_id=person_id, ref=ref).can:
        raise Refused("not_rateable")
    buttons = [choice(name, "rate_answer", asked=ref, stars=stars, sure="yes") for stars, name in STARS.items()]
    dispatcher.utter_message(response="utter_want_rating", buttons=buttons)


def _newest(ports: Ports, person_id: int) -> str:
    answered = [q for q in consult.mine(ports, person_id=person_id) if q.answer is not None]
    if not answered:
        raise Refused("not_rateable")
    return answered[0].ref
