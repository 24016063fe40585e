"""The door's figures: retries, repeated answers, fallbacks, waiting, and what is left of the quotas."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from prometheus_client import REGISTRY, CollectorRegistry, generate_latest

from bot.services import reach
from bot.web.counted import Counted, QuotaLeft
from tests.services.post import received


@dataclass
class Message:
    kind: str = "text"


class FakeDesk:
    extra = "passed on"

    def __init__(self):
        self.known, self.late = set(), []

    def accept(self, message):
        new = message.kind not in self.known
        self.known.add(message.kind)
        return 7, new

    def given(self, row):
        return b"<xml/>" if row == 7 else None

    def too_late(self, row):
        self.late.append(row)

    def quarantine(self, reason, raw):
        return reason

    def answer(self, row, *, timeout):
        return [{"text": str(timeout)}]


def value(name, **labels):
    return REGISTRY.get_sample_value(f"peizhen_wechat_{name}", labels) or 0


NAMES = ("retries_total", "duplicate_answers_total", "fallbacks_total", "quarantined_total", "answer_seconds_count")


def test_behaviour_20_what_the_door_does_is_counted_and_done():
    before = [value(name) for name in NAMES]
    texts, desk = value("messages_total", kind="text"), FakeDesk()
    counted = Counted(desk)
    assert counted.accept(Message()) == (7, True)
    assert counted.accept(Message()) == (7, False)
    assert (counted.given(7), counted.given(8)) == (b"<xml/>", None)
    counted.too_late(9)
    assert counted.quarantine("bad_xml", b"x") == "bad_xml"
    assert counted.answer(7, timeout=4.3) == [{"text": "4.3"}]
    assert counted.extra == "passed on"
    assert desk.late == [9]
    assert [value(name) - was for name, was in zip(NAMES, before, strict=True)] == [1, 1, 1, 1, 1]
    assert value("messages_total", kind="text") - texts == 2


def test_behaviour_20_waiting_is_measured_finely_enough_for_a_99th_percentile():
    edges = [4.0, 4.3, 4.8, 5.0]
    assert all(
        REGISTRY.get_sample_value("peizhen_wechat_answer_seconds_bucket", {"le": str(e)}) is not None for e in edges
    )


def scraped(ports):
    registry = CollectorRegistry(auto_describe=False)
    registry.register(QuotaLeft(ports))
    return generate_latest(registry).decode()


def test_behaviour_20_what_is_left_of_the_quotas_is_asked_at_each_scrape(ports):
    for openid in ("o-a", "o-b"):
        received(ports, openid=openid)
    reach.Ledger(ports.transaction, ports.crypto).take("o-a")
    text = scraped(ports)
    assert 'peizhen_wechat_quota_left{left="5"} 1.0' in text
    assert 'peizhen_wechat_quota_left{left="4"} 1.0' in text
    assert 'peizhen_wechat_quota_left{left="0"} 0.0' in text
    assert "o-a" not in text


def test_without_a_database_the_other_figures_are_still_given(ports, monkeypatch, caplog):
    monkeypatch.setattr(reach, "open_windows", lambda _ports: (_ for _ in ()).throw(RuntimeError("o-a is down")))
    assert scraped(ports) == ""
    assert "o-a" not in caplog.text


@pytest.mark.parametrize("name", ["retries", "duplicate_answers", "fallbacks", "quota_left", "answer_seconds"])
def test_every_figure_stands_on_the_page_of_metrics(client, name):
    assert f"peizhen_wechat_{name}" in client.get("/metrics").text
