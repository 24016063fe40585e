"""报告: the list, one report, one item over time, and what is not ready yet. No value passes through here."""

from __future__ import annotations

from datetime import datetime

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Heard, caller, choice
from actions.digressions import responds_to
from actions.faq import faq_question
from actions.times import day_label
from bot import clock
from bot.errors import PeizhenError
from bot.ports import Ports
from bot.services import cards, explaining, pictures, reports

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
            name=line.discreet,
            when=_expected(line.expected_at),
        )
    held = sum(line.held for line in lines)
    if held:
        dispatcher.utter_message(response="utter_reports_held", count=held)
    ready = [line for line in lines if line.ready_at is not None and not line.held][:SHOWN]
    if ready:
        dispatcher.utter_message(response="utter_reports", buttons=[_choice(line) for line in ready])


@responds_to("show_report")
def show_report(ports: Ports, dispatcher: CollectingDispatcher, tracker: Tracker, heard: Heard) -> None:
    """One report, drawn by web after it has checked the patient again."""
    dispatcher.utter_message(
        json_message={"view": "report", "ref": heard.first("report")},
        buttons=[choice("问问医生", "ask_expert"), choice("其他报告", "reports_list")],
    )


@responds_to("show_trend")
def show_trend(ports: Ports, dispatcher: CollectingDispatcher, tracker: Tracker, heard: Heard) -> None:
    """看变化: which item, then its values in words, and the same as a picture."""
    who, report, item = caller(ports, tracker), heard.first("report") or "", heard.first("item") or ""
    if not item.isdecimal():
        dispatcher.utter_message(json_message={"view": "trend_items", "ref": report})
        return
    dispatcher.utter_message(
        json_message={"view": "trend", "ref": f"{report}/{item}"},
        buttons=[choice("看别的项目", "show_trend", report=report), choice("问问医生", "ask_expert")],
    )
    pictures.send_trend(ports, person_id=who.person_id, ref=report, place=int(item), key=who.key("trend"))


@responds_to("explain_report_item")
def explain(ports: Ports, dispatcher: CollectingDispatcher, tracker: Tracker, heard: Heard) -> None:
    """这个指标什么意思: of a report that lies open, of an item that is named, or what was answered before."""
    report, item = heard.first("report"), explaining.said(heard.text)
    ways = [choice("问医生", "ask_expert"), choice("查报告", "reports_list")]
    if report is not None:
        dispatcher.utter_message(json_message={"view": "report_explained", "ref": report}, buttons=ways)
    elif item is not None:
        facts = {"name": item.name, "measures": item.measures, "high": item.high, "low": item.low}
        dispatcher.utter_message(response="utter_item_explained", buttons=ways, **facts)
    else:
        faq_question(ports, dispatcher, tracker, heard)


def _expected(moment: datetime | None) -> str:
    """15:30 today; with its day on any other."""
    if moment is None:
        return "稍后"
    local = clock.local(moment)
    day = "" if local.date() == clock.today() else f"{day_label(local.date())} "
    return f"{day}{local:%H:%M}"


def _choice(line: reports.Line) -> dict[str, str]:
    day = day_label(clock.local(line.ready_at or line.ordered_at).date())
    early = "（初步）" if line.preliminary else ""
    return choice(f"{line.discreet} {day} ⟦card:{line.card_ref}⟧{early}", "show_report", report=line.ref)
