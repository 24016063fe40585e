"""Three attempts at 0, 5 and 10 seconds; each is cut off after five. Pure but for what is handed in."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from urllib.parse import urlencode

from connectors.simulator.answers import BadAnswer, Expected, read
from connectors.simulator.bubbles import Draft
from connectors.simulator.config import Json, SimulatorConfig
from connectors.simulator.envelope import Envelope
from connectors.simulator.tools import Tools
from connectors.simulator.transport import NoAnswer

ATTEMPTS = 3
APART = 5.0  # seconds between the beginnings of attempts, and the longest wait for an answer
SERVER_FAULT = 500
FINGERPRINT = 8  # hex digits that tell in the record whether two answers were the same bytes


@dataclass(frozen=True)
class Outcome:
    """fault: the banner is due. draft: what to show. log: one entry an attempt, for the guide."""

    fault: bool
    draft: Draft | None
    log: list[Json]


class Attempts:
    """Sends one message of one user until it is answered."""

    def __init__(self, config: SimulatorConfig, tools: Tools) -> None:
        self._config, self._tools = config, tools
        self._envelope = Envelope(config.token, config.aes_key, config.app_id)

    def run(self, openid: str, body: str, *, drop_first: bool = False, tries: int = ATTEMPTS) -> Outcome:
        """Post until something usable comes back. `drop_first` loses the first answer on its way."""
        began, log = self._tools.clock(), list[Json]()
        for number in range(tries):
            self._wait(began + number * APART)
            outcome = self._once(openid, body, log, lost=drop_first and number == 0)
            if outcome is not None:
                return outcome
        return Outcome(fault=True, draft=None, log=log)

    def _wait(self, until: float) -> None:
        left = until - self._tools.clock()
        if left > 0:
            self._tools.sleep(left)

    def _once(self, openid: str, body: str, log: list[Json], *, lost: bool) -> Outcome | None:
        """One attempt; None = try again."""
        began = self._tools.clock()
        entry: Json = {"at": began}
        log.append(entry)
        try:
            return self._answer(openid, body, log, entry, lost=lost)
        except NoAnswer as error:
            entry["result"] = str(error)
            return None
        finally:
            entry["ms"] = round((self._tools.clock() - began) * 1000)

    def _answer(self, openid: str, body: str, log: list[Json], entry: Json, *, lost: bool) -> Outcome:
        url, sealed = self._sealed(openid, body)
        answer = self._tools.post(url, sealed, APART)
        entry["print"] = hashlib.sha256(answer.body).hexdigest()[:FINGERPRINT]
        if lost:
            raise NoAnswer("dropped")
        if answer.status >= SERVER_FAULT:
            raise NoAnswer(f"HTTP {answer.status}")
        expected = Expected(openid, self._config.account_id, self._config.hosts)
        try:
            draft = read(answer, self._envelope, expected)
        except BadAnswer as error:
            entry["result"] = f"malformed: {error}"
            return Outcome(fault=True, draft=None, log=log)
        entry["result"] = draft.kind if draft else "success"
        return Outcome(fault=False, draft=draft, log=log)

    def _sealed(self, openid: str, body: str) -> tuple[str, bytes]:
        """Address and body of one attempt: sealed anew each time, as WeChat does."""
        sealed = self._envelope.seal(body.encode())
        stamp, nonce = int(self._tools.clock()), str(secrets.randbelow(10**10))
        query = self._envelope.query(openid=openid, sealed=sealed, timestamp=stamp, nonce=nonce)
        account = self._config.account_id
        names = {"ToUserName": account, "Encrypt": sealed}
        outer = "".join(f"<{name}><![CDATA[{value}]]></{name}>" for name, value in names.items())
        return f"{self._config.callback_url}?{urlencode(query)}", f"<xml>{outer}</xml>".encode()
