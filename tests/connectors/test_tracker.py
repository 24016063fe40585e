"""The kept events are what the table would have given, always."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActiveLoop, BotUttered, Event, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from connectors import tracker
from connectors.tracker import PooledTrackerStore

DOMAIN = Domain.from_dict(
    {
        "intents": ["book"],
        "slots": {"day": {"type": "text", "mappings": [{"type": "custom"}]}},
        "forms": {"booking_form": {"required_slots": ["day"]}},
    }
)


def opening(*, day: str = "") -> list[Event]:
    """What begins a session; with a `day`, the form and the slot that it takes over."""
    begun: list[Event] = [ActionExecuted("action_session_start"), SessionStarted()]
    if day:
        begun += [ActiveLoop("booking_form"), SlotSet("day", day)]
    return [*begun, ActionExecuted("action_listen")]


def turn(text: str) -> list[Event]:
    """What one turn adds to a tracker."""
    parsed = {"intent": {"name": "book", "confidence": 0.9}, "entities": [{"entity": "date", "value": text}]}
    return [
        UserUttered(text, parsed["intent"], parsed["entities"], parsed, input_channel="gateway"),
        ActiveLoop("booking_form"),
        SlotSet("day", text),
        BotUttered("哪一天？", {"custom": {"view": "slots"}}),
        ActionExecuted("action_listen", policy="RulePolicy", confidence=1.0),
    ]


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'tracker.db'}"


def store(url: str) -> PooledTrackerStore:
    return PooledTrackerStore(DOMAIN, host=url)


def say(kept: PooledTrackerStore, *events: Event, talk: str = "t") -> None:
    async def one() -> None:
        held = await kept.retrieve(talk) or DialogueStateTracker(talk, DOMAIN.slots)
        for each in events:
            held.update(each)
        await kept.save(held)

    asyncio.run(one())


def seen(kept: Any, talk: str = "t") -> list[dict[str, Any]]:
    found = asyncio.run(kept.retrieve(talk))
    return [each.as_dict() for each in found.events] if found else []


def as_rasa_sees(url: str, talk: str = "t") -> list[dict[str, Any]]:
    return seen(SQLTrackerStore(DOMAIN, dialect="sqlite", db=url.removeprefix("sqlite:///")), talk)


def test_a_talk_reads_as_rasas_own_store_reads_it(url: str) -> None:
    kept = store(url)
    say(kept, *opening())
    for day in ("周五", "不是周五，是周六", "算了"):
        say(kept, *turn(day))
        assert seen(kept) == as_rasa_sees(url)
    found = asyncio.run(kept.retrieve("t"))
    assert found is not None
    assert (found.get_slot("day"), found.active_loop_name) == ("算了", "booking_form")


def test_a_new_session_forgets_the_events_before_it(url: str) -> None:
    kept = store(url)
    say(kept, *opening(), *turn("周五"))
    say(kept, *opening(day="周五"))
    assert [each["event"] for each in seen(kept)] == ["session_started", "active_loop", "slot", "action"]
    assert seen(kept) == as_rasa_sees(url)


def test_another_process_is_noticed(url: str) -> None:
    here, there = store(url), store(url)
    say(here, *opening(), *turn("周五"))
    say(there, *turn("周六"))
    say(here, *turn("周日"))
    assert seen(here) == seen(there) == as_rasa_sees(url)
    assert sum(each["event"] == "user" for each in seen(here)) == 3


def test_a_turn_that_was_abandoned_leaves_nothing(url: str) -> None:
    kept = store(url)
    say(kept, *opening(), *turn("周五"))
    before = seen(kept)
    abandoned = asyncio.run(kept.retrieve("t"))
    assert abandoned is not None
    for each in turn("周六"):
        abandoned.update(each)
    assert seen(kept) == before == as_rasa_sees(url)


def test_kept_events_are_not_read_again(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = store(url)
    say(kept, *opening(), *turn("周五"))
    monkeypatch.setattr(kept, "_event_query", None)
    assert len(seen(kept)) == 7


def test_only_so_many_talks_are_kept(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracker, "KEPT", 2)
    kept = store(url)
    for talk in ("a", "b", "c"):
        say(kept, *opening(), *turn("周五"), talk=talk)
    assert list(kept._talks) == ["b", "c"]
    assert seen(kept, "a") == as_rasa_sees(url, "a") != []
