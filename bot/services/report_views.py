"""Reports, trends, prescriptions and bills in the chat's words; drawn after rasa, each checked for this person."""

from __future__ import annotations

import json

from bot import clock
from bot.errors import NotFound
from bot.his.port import Bill, Observation, Prescription
from bot.plot.layout import plot
from bot.plot.picture import png
from bot.ports import Ports, Reply
from bot.services import aftercare, explaining, payment, report_notices, reports, words
from bot.services.papers import Mine
from bot.services.series import Point, Trend

MARKS = {"H": " ↑", "L": " ↓", "HH": " ↑↑", "LL": " ↓↓", "N": " 正常", "": ""}
TREND_LINES = 6  # measurements of one unit in the chat; the page has them all
TREND_CHOICES = 8
EXPLAINED = 8
PAPERS = 3  # prescriptions and bills in one answer
BILL_STATES = {"open": "待缴", "paid": "已缴", "refunded": "已退"}
PRESCRIPTION_STATES = {"open": "还没取药", "dispensed": "已取药", "cancelled": "已作废"}


def report(ports: Ports, person_id: int, ref: str) -> Reply:
    full = reports.one(ports, person_id=person_id, ref=ref)
    body = _imaging(full) if full.line.kind == "imaging" else _panel(full.items)
    if full.line.preliminary:
        body = f"{body}\n{words.say('utter_report_preliminary')['text']}"
    day = clock.local(full.line.ready_at or full.line.ordered_at)
    head = f"{full.line.name}（{full.line.masked_name} {day.month}月{day.day}日）"
    drawn = words.say("utter_report", head=head, body=body, note=words.say(_note(full))["text"])
    return {**drawn, "choices": _ways_on(full)}


def _note(full: reports.Full) -> str:
    if full.all_within:
        return "utter_report_all_within"
    return "utter_report_arrows" if full.out else "utter_report_ask"


def _ways_on(full: reports.Full) -> list[dict[str, str]]:
    if not full.items:
        return []
    trend = [_choice("看变化", "show_trend", report=full.line.ref)] if _numeric(full) else []
    return [*trend, _choice("这些项目是什么意思", "explain_report_item", report=full.line.ref)]


def _panel(items: tuple[Observation, ...]) -> str:
    odd = [i for i in items if i.flag not in {"N", ""}]
    rest = [i for i in items if i.flag in {"N", ""}]
    return "\n".join(f"{i.name} {i.value}{i.unit}{MARKS[i.flag]}（参考 {i.reference}）" for i in [*odd, *rest])


def _imaging(full: reports.Full) -> str:
    opinion = "初步意见" if full.line.preliminary else "意见"
    return f"所见：{full.finding}\n{opinion}：{full.impression}\n报告医生：{full.doctor_name}"


def explained(ports: Ports, person_id: int, ref: str) -> Reply:
    """What is out of range in this report, each in one sentence; nothing of arrows where there are none."""
    full = reports.one(ports, person_id=person_id, ref=ref)
    if not full.out:
        return words.say("utter_report_all_within" if full.all_within else "utter_report_ask")
    lines = [_explained(item) for item in full.out[:EXPLAINED]]
    return words.say("utter_report_explained", lines="\n".join(lines))


def _explained(item: Observation) -> str:
    known = explaining.of(item)
    if known is None:
        return f"{item.name}{MARKS[item.flag]}：这一项请直接问医生。"
    return f"{item.name}{MARKS[item.flag]}：{known.measures}。{explaining.arrow(item)}。"


def trend_items(ports: Ports, person_id: int, ref: str) -> Reply:
    """Which item to follow: what is out of range first."""
    full = reports.one(ports, person_id=person_id, ref=ref)
    places = sorted(_numeric(full), key=lambda place: full.items[place].flag in {"N", ""})[:TREND_CHOICES]
    if not places:
        raise NotFound
    choices = [_choice(full.items[n].name, "show_trend", report=ref, item=str(n)) for n in places]
    return {**words.say("utter_trend_items"), "choices": choices}


def trend(ports: Ports, person_id: int, ref: str) -> Reply:
    """`ref` is `<report>/<place of the item>`."""
    found = _trend(ports, person_id, ref)
    if not found.series:
        return words.say("utter_trend_none")
    parts = ["\n".join(map(_measured, series.points[::-1][:TREND_LINES])) for series in found.series]
    if len(parts) > 1:
        parts.append(str(words.say("utter_trend_units")["text"]))
    if found.held_back:
        parts.append(str(words.say("utter_trend_held", count=found.held_back)["text"]))
    said = words.say("utter_trend", name=found.name, whose=found.masked_name, lines="\n\n".join(parts))
    report_ref, _, place = ref.rpartition("/")
    url = f"{ports.public_url}/h5/reports/{report_ref}/trend/{int(place)}"
    return {**said, "link": {"title": "看完整的变化图", "url": url}}


def trend_picture(ports: Ports, person_id: int, ref: str) -> Reply:
    """The series with numbers that was measured last, as a PNG that names nobody and nothing."""
    for newest in _trend(ports, person_id, ref).series:
        drawn = plot(newest.plotted)
        if drawn is not None:
            return {"image": png(drawn, unit=newest.unit)}
    return words.say("utter_trend_no_picture")


def _trend(ports: Ports, person_id: int, ref: str) -> Trend:
    report_ref, _, place = ref.rpartition("/")
    if not place.isdecimal():
        raise NotFound
    return reports.trend_of_line(ports, person_id=person_id, ref=report_ref, place=int(place))


def _measured(point: Point) -> str:
    day = clock.local(point.moment)
    return f"{day:%Y-%m-%d} {point.printed}{point.unit}{MARKS[point.flag]}（参考 {point.reference}）"


def _numeric(full: reports.Full) -> list[int]:
    """Places of the items that are numbers."""
    return [n for n, item in enumerate(full.items) if item.low is not None or item.high is not None]


def report_notice(ports: Ports, person_id: int, ref: str) -> Reply:
    """Says only that there is something; raises NotFound when it may not be shown any more."""
    if not report_notices.stands(ports, person_id=person_id, ref=ref):
        raise NotFound
    link = {"title": "查看报告", "url": f"{ports.public_url}/h5/reports"}
    return {**words.say("utter_report_notice"), "link": link}


def prescriptions(ports: Ports, person_id: int, card_ref: str) -> Reply:
    found = aftercare.prescriptions(ports, person_id=person_id, card_ref=card_ref or None)
    if not found:
        return words.say("utter_no_prescription")
    return words.say("utter_prescriptions", lines="\n\n".join(_prescription(each) for each in found[:PAPERS]))


def _prescription(mine: Mine[Prescription]) -> str:
    paper, day = mine.paper, clock.local(mine.paper.ordered_at)
    where = f"{paper.department_name} {paper.doctor_name}".strip()
    head = f"{mine.masked_name} {day.month}月{day.day}日 {where}（{PRESCRIPTION_STATES[paper.state]}）"
    drugs = [f"{i.name} {i.spec} ×{i.quantity}{i.unit}\n  {i.usage}".rstrip() for i in paper.items]
    return "\n".join([head, *drugs])


def bills(ports: Ports, person_id: int, card_ref: str) -> Reply:
    found = payment.bills(ports, person_id=person_id, card_ref=card_ref or None)
    if not found:
        return words.say("utter_no_bill")
    return words.say("utter_bills", lines="\n\n".join(_bill(each) for each in found[:PAPERS]))


def _bill(mine: Mine[Bill]) -> str:
    paper, day = mine.paper, clock.local(mine.paper.made_at)
    head = f"{mine.masked_name} {day.month}月{day.day}日 {paper.name} {_yuan(paper.fen)}（{BILL_STATES[paper.state]}）"
    return "\n".join([head, *(f"{item.name} ×{item.quantity} {_yuan(item.fen)}" for item in paper.items)])


def _yuan(fen: int) -> str:
    whole, rest = divmod(fen, 100)
    return f"{whole}.{rest:02d}元"


def _choice(label: str, intent: str, **entities: str) -> dict[str, str]:
    return {"label": label, "payload": f"/{intent}{json.dumps(entities)}"}


VIEWS = {
    "report": report,
    "report_explained": explained,
    "report_notice": report_notice,
    "trend_items": trend_items,
    "trend": trend,
    "trend_picture": trend_picture,
    "prescriptions": prescriptions,
    "bills": bills,
}
