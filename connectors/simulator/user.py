"""A person with a phone, for tests: what they do, and what they see."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from connectors.simulator.acts import Acts
from connectors.simulator.attempts import Outcome
from connectors.simulator.bubbles import Bubbles
from connectors.simulator.config import Json
from connectors.simulator.phones import Phones

LOOK = 0.02  # seconds between two looks at the phone
GAP = 0.02  # seconds between messages that are sent one right after the other


class User:
    """Every act is carried out when the method returns: all attempts are over.

    Its result tells what the platform saw: `fault` (the banner is shown), `text` (the passive reply),
    `log` (one entry an attempt). None = the phone has no network; the act goes out later.
    """

    def __init__(
        self, phone_id: str, phones: Phones, bubbles: Bubbles, acts: Acts, flush: Callable[[Any], None]
    ) -> None:
        self.id, self._phones, self._bubbles, self._acts, self._flush = phone_id, phones, bubbles, acts, flush
        self.openid = phones.get(phone_id).openid

    # ---- acts

    def does(self, kind: str, **more: Any) -> Outcome | None:
        """Any act of readers.py: "image", "voice", "location", "link", "file", "video", "sticker", …"""
        return self._acts.carry(self._acts.queue(self._phones.get(self.id), {"type": kind, **more}))

    def says(self, text: str, **more: Any) -> Outcome | None:
        """`raw=True` sends control characters as they are."""
        return self.does("text", text=text, **more)

    def says_quickly(self, *texts: str) -> list[Outcome | None]:
        """All before the first answer has come, in this order."""
        with ThreadPoolExecutor(len(texts)) as threads:
            started = []
            for text in texts:
                number = self._acts.queue(self._phones.get(self.id), {"text": text})
                started.append(threads.submit(self._acts.carry, number))
                threading.Event().wait(GAP)
            return [one.result() for one in started]

    def taps(self, label: str, *, bare: bool = False) -> Outcome | None:
        """The newest quick reply with this label. `bare`: it comes without MsgId and bizmsgmenuid."""
        parts = (part for bubble in reversed(self.bubbles()) for part in bubble["parts"])
        part = next((part for part in parts if part["t"] == "reply" and part["text"] == label), None)
        if part is None:
            raise LookupError(label)
        return self.says(part["content"], menu_id=part["id"], bare=bare)

    def clicks(self, key: str, **more: Any) -> Outcome | None:
        """A menu button."""
        return self.does("click", key=key, **more)

    def scans(self, scene: str) -> Outcome | None:
        """A code with a scene; who does not follow yet follows by it."""
        return self.does("scan", scene=scene)

    def follows(self, **more: Any) -> Outcome | None:
        return self.does("subscribe", **more)

    def leaves(self) -> Outcome | None:
        return self.does("unsubscribe")

    def event(self, name: str, **fields: Any) -> Outcome | None:
        """An event of the platform about this person, with any fields."""
        return self.does("event", event=name, fields=fields)

    def goes(self, *, offline: bool) -> None:
        """Out of the network, or back: then everything that waited goes out."""
        phone = self._phones.change(self.id, {"offline": int(offline)})
        if not offline:
            self._flush(phone)

    # ---- what the phone shows

    def bubbles(self) -> list[Json]:
        """Everything, oldest first, as bubbles.py describes it."""
        return self._bubbles.after(self.id, 0)

    def sees(self) -> list[str]:
        """The account's words, and grey lines such as the fault banner; oldest first."""
        return [bubble["text"] for bubble in self.bubbles() if bubble["side"] in {"bot", "system"}]

    def waits_for(self, text: str, seconds: float = 5.0) -> Json:
        """The first bubble of the account that contains these words. Raises TimeoutError."""
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            for bubble in self.bubbles():
                if bubble["side"] != "me" and text in bubble["text"]:
                    return bubble
            time.sleep(LOOK)
        raise TimeoutError(text)
