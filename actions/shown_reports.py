"""给医生看我的报告: each report by a tap that is the yes to it, and taken back by another."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Heard, caller, choice
from actions.digressions import responds_to
from actions.times import day_label
from bot import clock
from bot.errors import Refused
from bot.ports import Ports
from bot.services import consult, consult_reports

SHOWN = 6


@responds_to("give_report")
def give_report(ports: Ports, dispatcher: CollectingDispatcher, tracker: Tracker, heard: Heard) -> None:
    """Without a report, which; with one, it is shown from now on."""
    person_id = caller(ports, tracker).person_id
    asked, report = heard.first("asked") or _newest(ports, person_id), heard.first("report")
    if report is None:
        _offer(ports, dispatcher, person_id, asked)
        return
    consult_reports.give(ports, person_id=person_id, ref=asked, report_ref=report)
    back = choice("收回这份报告", "hide_report", asked=asked, report=report, sure="yes")
    more = choice("再给一份", "give_report", asked=asked)
    dispatcher.utter_message(response="utter_report_given", buttons=[back, more])


@responds_to("hide_report")
def hide_report(ports: Ports, dispatcher: CollectingDispatcher, tracker: Tracker, heard: Heard) -> None:
    """收回: from now on nobody sees it."""
    facts = {"ref": heard.first("asked") or "", "report_ref": heard.first("report") or ""}
    consult_reports.take_back(ports, person_id=caller(ports, tracker).person_id, **facts)
    dispatcher.utter_message(response="utter_report_hidden")


def _offer(ports: Ports, dispatcher: CollectingDispatcher, person_id: int, asked: str) -> None:
    found = consult_reports.choices(ports, person_id=person_id, ref=asked)
    free = [one.line for one in found if not one.given][:SHOWN]
    if not free:
        raise Refused("no_report_to_show")
    buttons = [
        choice(
            f"{line.discreet} {day_label(clock.local(line.ready_at or line.ordered_at).date())} ⟦card:{line.card_ref}⟧",
            "give_report",
            asked=asked,
            report=line.ref,
            sure="yes",
        )
        for line in free
    ]
    dispatcher.utter_message(response="utter_want_report", buttons=[*buttons, choice("先不给", "my_questions")])


def _newest(ports: Ports, person_id: int) -> str:
    mine = consult.mine(ports, person_id=person_id)
    if not mine:
        raise Refused("nothing_to_reply")
    return mine[0].ref
