"""Notices that come as 服务通知, from a service of the city or of WeChat itself and not from the account's chat."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from connectors.simulator.answers import page_of
from connectors.simulator.bubbles import Draft


def service_draft(
    title: str, rows: Sequence[tuple[str, str]], *, sender: str, url: str = "", hosts: Collection[str] = ()
) -> Draft:
    """A card under the head 服务通知 · sender; `rows` are (label, value)."""
    lines = [{"label": label, "value": value} for label, value in rows]
    card = {"sender": sender, "title": title, "rows": lines, **page_of(url, hosts)}
    text = "\n".join([title, *(f"{label}：{value}" for label, value in rows)])
    return Draft("bot", "service", [{"t": "text", "text": text}], card)
