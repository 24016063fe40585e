"""Three attempts at 0, 5 and 10 seconds; each is cut off after five. Pure but for what is handed in."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from connectors.simulator.answers import ARTICLES_AFTER_EVENT, ARTICLES_AFTER_MESSAGE, BadAnswer, Expected, read
from connectors.simulator.bubbles import Draft
from connectors.simulator.config import Json, SimulatorConfig
from connectors.simulator.line import Line
from connectors.simulator.rich import plain_of
from connectors.simulator.tools import Tools
from connectors.simulator.transport import NoAnswer

ATTEMPTS = 3
SERVER_FAULT = 500
FINGERPRINT = 8  # hex digits that tell in the record whether two answers were the same bytes


@dataclass(frozen=True)
class Way:
    """How one delivery travels: which faults it meets, and how often it is tried."""

    unheard: bool = False
    plain: bool = False
    old_key: bool = False
    tries: int = ATTEMPTS


@dataclass(frozen=True)
class Outcome:
    """fault: the banner is due. draft: what to show. log: one entry an attempt, for the guide."""

    fault: bool
    draft: Draft | None
    log: list[Json]

    @property
    def text(self) -> str:
        """What the passive reply shows; empty without one."""
        return plain_of(list(self.draft.parts)) if self.draft else ""

    @property
    def failures(self) -> int:
        """Attempts without a usable answer."""
        return len(self.log) if self.fault else len(self.log) - 1


class Attempts:
    """Sends one message of one user until it is answered."""

    def __init__(self, config: SimulatorConfig, tools: Tools) -> None:
        self._config, self._tools, self._line = config, tools, Line(config)

    def run(self, openid: str, fields: Json, way: Way | None = None) -> Outcome:
        """Post until something usable comes back. An `unheard` first answer is lost on its way."""
        way, began, log = way or Way(), self._tools.clock(), list[Json]()
        for number in range(way.tries):
            self._wait(began + number * self._config.patience)
            outcome = self._once(openid, fields, way, log)
            if outcome is not None:
                return outcome
        return Outcome(fault=True, draft=None, log=log)

    def _wait(self, until: float) -> None:
        left = until - self._tools.clock()
        if left > 0:
            self._tools.sleep(left)

    def _once(self, openid: str, fields: Json, way: Way, log: list[Json]) -> Outcome | None:
        """One attempt; None = try again."""
        began = self._tools.clock()
        entry: Json = {"at": began}
        log.append(entry)
        try:
            return self._answered(openid, fields, way, log)
        except NoAnswer as error:
            entry["result"] = str(error)
            return None
        finally:
            entry["ms"] = round((self._tools.clock() - began) * 1000)

    def _answered(self, openid: str, fields: Json, way: Way, log: list[Json]) -> Outcome:
        stamp = int(self._tools.clock())
        letter = self._line.letter(openid, fields, stamp=stamp, plain=way.plain, old_key=way.old_key)
        answer = self._tools.post(letter.url, letter.body, self._config.patience)
        log[-1]["print"] = hashlib.sha256(answer.body).hexdigest()[:FINGERPRINT]
        if way.unheard and len(log) == 1:
            raise NoAnswer("dropped")
        if answer.status >= SERVER_FAULT:
            raise NoAnswer(f"HTTP {answer.status}")
        try:
            draft = read(answer, self._line, letter, self._expected(openid, fields))
        except BadAnswer as error:
            log[-1]["result"] = f"malformed: {error}"
            return Outcome(fault=True, draft=None, log=log)
        log[-1]["result"] = draft.kind if draft else "success"
        return Outcome(fault=False, draft=draft, log=log)

    def _expected(self, openid: str, fields: Json) -> Expected:
        articles = ARTICLES_AFTER_EVENT if fields.get("MsgType") == "event" else ARTICLES_AFTER_MESSAGE
        return Expected(openid, self._config.account_id, self._config.hosts, articles)
