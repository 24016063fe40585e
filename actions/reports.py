"""报告: the list, one report, and what is not ready yet. Values never pass through here, only references."""

from __future__ import annotations

from datetime import datetime

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Heard, caller, choice
from actions.digressions import responds_to
from actions.times import day_label
from bot import clock
from bot.errors import PeizhenError
from bot.ports import Ports
from bot.services import cards, reports

SHOWN = 6


@responds_to("reports_list", "report_ready")
def reports_list(ports: Ports, dispatcher: CollectingDispatcher, tracker: Tracker, heard: Heard) -> None:
    """我的报告 / 报告出来了吗: pending ones with their time, then the newest."""
    person_id = caller(ports, tracker).person_id
    if not cards.mine(ports, person_id=person_id):
        raise PeizhenError("no_card")
    lines = reports.mine(ports, person_id=person_id, card_ref=heard.first("card"))
    if not lines:
        raise PeizhenError("no_report")
    for line in [line for line in lines if line.ready_at is None]:
        dispatcher.utter_message(
            response="utter_report_pending",
            card=f"⟦card:{line.card_ref}⟧",
            name=line.name,
            when=_expected(line.expected_at),
        )
    ready = [line for line in lines if line.ready_at is not None][:SHOWN]
    if ready:
        dispatcher.utter_message(response="utter_reports", buttons=[_choice(line) for line in ready])


@responds_to("show_report")
def show_report(ports: Ports, dispatcher: CollectingDispatcher, tracker: Tracker, heard: Heard) -> None:
    """One report, drawn by web after it has checked the patient again."""
    dispatcher.utter_message(
        json_message={"view": "report", "ref": heard.first("report")},
        buttons=[choice("问问医生", "ask_expert"), choice("其他报告", "reports_list")],
    )


def _expected(moment: datetime | None) -> str:
    """15:30 today; with its day on any other."""
    if moment is None:
        return "稍后"
    local = clock.local(moment)
    day = "" if local.date() == clock.today() else f"{day_label(local.date())} "
    return f"{day}{local:%H:%M}"


def _choice(line: reports.Line) -> dict[str, str]:
    day = day_label(clock.local(line.ready_at or line.ordered_at).date())
    return choice(f"{line.name} {day} ⟦card:{line.card_ref}⟧", "show_report", report=line.ref)
