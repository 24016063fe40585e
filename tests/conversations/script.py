"""A conversation as data: what the patient does, and what must stand in the answer.

A step is `what he does: what he reads`. He reads one fragment or several; `!…` must not be said, `[…]` must be offered.
What he does is what he types, or one of:

| step | meaning |
|---|---|
| `tap 确认挂号` | taps the first choice with these words |
| `keep 明天` / `late 明天` | remembers a choice / taps it when it is over |
| `my name`, `my number`, `my phone`, `the code` | types the demo patient's name, ID number, phone, the code that was sent |
| `pause 60` | nothing is said for so many minutes |
| `chat 22` | small talk, so many messages long |
| `long 10000` | a message of so many characters |
| `mumble 2` | the second of the texts that this model does not understand |
| `doctor answers 多喝水`, `doctor asks 多大了`, `doctor refuses 要面诊` | does so to his newest question; read is the notice, its choices can be tapped |
| `voice 8` | a spoken message of so many seconds, of which nothing is understood |
| `emoji`, `zero-width 挂号`, `control 挂号` | signs alone; words with characters between them that nobody sees |
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import yaml

from bot import clock
from bot.db.booking import Booking
from bot.db.cards import Card
from bot.db.consult import Question, QuestionFact, QuestionRating, QuestionTurn
from tests.conversations import doctors
from tests.conversations.bookings import old_tap, ours
from tests.conversations.conftest import sms
from tests.conversations.house import InProcessRasa, Talk
from tests.conversations.visits import mumble, rows, tracker_of

FOLDER = Path(__file__).parent / "talks"
CHATTER = ("谢谢", "停车怎么收费")


@dataclass(frozen=True)
class Script:
    """One talk: `who` talks (bound, stranger, family), step by step, and what is true in the end."""

    situation: str
    name: str
    who: str
    steps: list[tuple[str, list[str]]]
    ends: dict[str, Any]


def scripts() -> Iterator[Script]:
    """All talks of the folder, a file a situation."""
    for file in sorted(FOLDER.glob("d*.yml")):
        for talk in yaml.load(file.read_text(encoding="utf-8"), yaml.CSafeLoader):
            steps = [(str(do), _fragments(read)) for step in talk["steps"] for do, read in step.items()]
            ends = talk.get("ends") or {}
            yield Script(file.stem[:3].upper(), talk["talk"], talk.get("who", "bound"), steps, ends)


def _fragments(read: Any) -> list[str]:
    return [str(each) for each in (read if isinstance(read, list) else [read]) if each is not None]


class Player:
    """Plays a script on one patient's phone."""

    def __init__(self, talk: Talk, patient: dict[str, Any], rasa: InProcessRasa) -> None:
        self.talk, self.patient, self.rasa = talk, patient, rasa
        self.kept: dict[str, tuple[str, str]] = {}

    def play(self, script: Script) -> None:
        with ExitStack() as time:
            for number, (do, read) in enumerate(script.steps, start=1):
                said = self._do(do, time)
                for fragment in read:
                    assert self._holds(fragment, said), f"step {number} {do!r}: {fragment!r} not so in\n{said}"
            self._ended(script.ends)

    def _do(self, do: str, time: ExitStack) -> str:
        word, _, rest = do.partition(" ")
        own = getattr(self, f"_{word.replace('-', '_')}", None) if word.isascii() else None
        return own(rest, time) if own else self.talk(do)

    def _holds(self, fragment: str, said: str) -> bool:
        if fragment.startswith("!"):
            return fragment[1:] not in said
        if fragment.startswith("["):
            return any(fragment.strip("[]") in label for label in self.talk.labels)
        return fragment in said

    # -- what a patient does beside typing ----------------------------------------------------------------
    def _tap(self, label: str, _time: ExitStack) -> str:
        return self.talk.tap(label)

    def _keep(self, label: str, _time: ExitStack) -> str:
        self.kept[label] = old_tap(self.talk, label)
        return self.talk.said

    def _late(self, label: str, _time: ExitStack) -> str:
        text, menu_id = self.kept[label]
        return self.talk(text, menu_id=menu_id)

    def _my(self, what: str, _time: ExitStack) -> str:
        return self.talk(self.patient[{"name": "name", "number": "id_number", "phone": "phone"}[what]])

    def _the(self, _code: str, _time: ExitStack) -> str:
        return self.talk(sms(self.talk).code(self.patient["phone"]))

    def _pause(self, minutes: str, time: ExitStack) -> str:
        time.enter_context(clock.frozen(clock.now() + timedelta(minutes=int(minutes))))
        return ""

    def _chat(self, messages: str, _time: ExitStack) -> str:
        for number in range(int(messages)):
            self.talk(CHATTER[number % len(CHATTER)])
        return self.talk.said

    def _long(self, characters: str, _time: ExitStack) -> str:
        return self.talk(("我这几天一直睡不好，" * int(characters))[: int(characters)])

    def _mumble(self, which: str, _time: ExitStack) -> str:
        return self.talk(mumble(self.rasa)[int(which) - 1])

    def _doctor(self, deed: str, _time: ExitStack) -> str:
        what, _, words = deed.partition(" ")
        self.talk.replies = [doctors.DEEDS[what](self.talk, words)]
        return self.talk.said

    def _voice(self, seconds: str, _time: ExitStack) -> str:
        return self.talk.speak(int(seconds))

    def _emoji(self, _rest: str, _time: ExitStack) -> str:
        return self.talk("😂👍🏻🙏")

    def _zero_width(self, words: str, _time: ExitStack) -> str:
        return self.talk("\u200b\u2060".join(words))

    def _control(self, words: str, _time: ExitStack) -> str:
        return self.talk("\x00\x1f".join(words) + "\u202e")

    def _empty(self, _rest: str, _time: ExitStack) -> str:
        return self.talk("")

    # -- what is true afterwards --------------------------------------------------------------------------
    def _ended(self, ends: dict[str, Any]) -> None:
        found = {
            "booked": lambda: [f"{place} {day}" for place, day, state in ours(self.talk) if state == "booked"],
            "rows": lambda: len(rows(self.talk.ports, Booking, person_id=self.talk.person_id)),
            "asked": lambda: [q.department_id for q in rows(self.talk.ports, Question, person_id=self.talk.person_id)],
            "states": lambda: [q.state for q in rows(self.talk.ports, Question, person_id=self.talk.person_id)],
            "turns": lambda: [t.kind for t in rows(self.talk.ports, QuestionTurn, person_id=self.talk.person_id)],
            "told": lambda: [f.kind for f in rows(self.talk.ports, QuestionFact, person_id=self.talk.person_id)],
            "stars": lambda: [r.stars for r in rows(self.talk.ports, QuestionRating, person_id=self.talk.person_id)],
            "cards": lambda: len(rows(self.talk.ports, Card, person_id=self.talk.person_id)),
            "open": lambda: tracker_of(self.rasa, self.talk).active_loop_name,
            "slot": lambda: tracker_of(self.rasa, self.talk).get_slot("requested_slot"),
        }
        for what, wanted in ends.items():
            assert found[what]() == wanted, what
