"""What WeChat tells about notices: receipts of template messages and 订阅通知, and who allows the latter."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from bot.ports import Ports
from bot.push import receipts, subscriptions

LISTED = re.compile(r"(?:\w+\.)?List\.(\d+)\.(\w+)")  # `SubscribeMsgPopupEvent.List.0.TemplateId`
SUCCESS, SENT = "success", "0"
# (event, answer) → what it changes. A no in the window asks for nothing more, a no in WeChat's settings ends all.
SAID: dict[tuple[str, str], Callable[..., None]] = {
    ("subscribe_msg_popup_event", "accept"): subscriptions.allow,
    ("subscribe_msg_change_event", "reject"): subscriptions.forbid,
}
SEVERAL = 10  # templates that one window asks for at most, and some


def event(ports: Ports, *, person_id: int, event: str, key: str, extra: Mapping[str, str]) -> None:
    """One event of the account: a job that ended, a yes, a no, or what became of a 订阅通知."""
    if event == "templatesendjobfinish":
        status = extra.get("Status", "").strip()
        arrived = status == SUCCESS
        reason = "" if arrived else _reason(status)
        receipts.keep(ports, person_id=person_id, message_id=extra.get("MsgID", ""), arrived=arrived, reason=reason)
        return
    for entry in _entries(extra):
        if event == "subscribe_msg_sent_event":
            _sent(ports, person_id, entry)
        elif (event, entry.get("SubscribeStatusString")) in SAID:
            _said(ports, person_id, entry, SAID[event, entry["SubscribeStatusString"]])


def _sent(ports: Ports, person_id: int, entry: Mapping[str, str]) -> None:
    arrived = entry.get("ErrorCode", "").strip() == SENT
    reason = "" if arrived else f"{entry.get('ErrorCode', '')} {_reason(entry.get('ErrorStatus', ''))}".strip()
    receipts.keep(ports, person_id=person_id, message_id=entry.get("MsgID", ""), arrived=arrived, reason=reason)


def _said(ports: Ports, person_id: int, entry: Mapping[str, str], change: Callable[..., None]) -> None:
    template_id = entry.get("TemplateId", "")[:64]
    if template_id:
        with ports.transaction() as session:
            change(session, person_id=person_id, template_id=template_id, at=ports.now())


def _entries(extra: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """One or many `List`, each as its own fields."""
    found: dict[str, dict[str, str]] = {}
    for name, value in extra.items():
        listed = LISTED.fullmatch(name)
        if listed:
            found.setdefault(listed[1], {})[listed[2]] = value
    yield from list(found.values())[:SEVERAL]


def _reason(status: str) -> str:
    """`failed:user block` → `user block`: WeChat's own words, letters alone."""
    return re.sub(r"[^a-z ]", "", status.lower().removeprefix("failed:").strip())[:40] or "failed"
