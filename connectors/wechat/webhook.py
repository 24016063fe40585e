"""The server URL of an official account as a Flask blueprint.

GET proves the URL; POST brings one message: verify → decrypt → parse → store → answer within the budget.
After the signature has been proved every answer is 200: an error page would make WeChat post the message
twice more and show the user a fault banner. Log lines carry an exception's type and a row id, no more.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from flask import Blueprint, Response, request
from werkzeug.exceptions import RequestEntityTooLarge

from connectors.wechat.answering import BUDGET, SUCCESS, Answering
from connectors.wechat.crypto import Crypto
from connectors.wechat.errors import Malformed, Rejected
from connectors.wechat.ports import Account, Clock, Handler, Inbound, Message, Store
from connectors.wechat.posts import Gate, Post, Query
from connectors.wechat.punctual import THREADS, Punctual

SPARE = 0.4  # seconds after the budget in which the store's last step may end; still before WeChat hangs up
STORING = 0.9  # share of the budget in which a message must be stored; the rest is for saying that it is not
SOON = 0.6  # seconds after which somebody in need is told without the store
AGAIN = 0.3  # seconds between two tries to store a message
ECHO = re.compile(r"[A-Za-z0-9_-]{1,128}")

log = logging.getLogger("connectors.wechat")

Words = Callable[[Inbound], Sequence[Message]]


def wechat_blueprint(
    account: Account,
    store: Store,
    handler: Handler,
    clock: Clock,
    *,
    budget: float = BUDGET,
    unstored: Words | None = None,
    urgent: Words | None = None,
) -> Blueprint:
    """`/wechat` for one account. `unstored` may say something when the store itself fails (else silence).

    `urgent` has words for a message that cannot wait for a slow store, [] for all others.

    Raises ValueError when the account's token or keys cannot be keys.
    """
    blueprint = Blueprint("wechat", __name__)
    crypto = Crypto(account)
    answering = Answering(account, handler, clock)
    pool = ThreadPoolExecutor(THREADS, thread_name_prefix="store")
    door = Door(Gate(account, crypto), crypto, store, answering, clock, budget, unstored, urgent, pool)
    blueprint.add_url_rule("/wechat", "verify", door.verify, methods=["GET"], provide_automatic_options=False)
    blueprint.add_url_rule("/wechat", "receive", door.receive, methods=["POST"], provide_automatic_options=False)
    return blueprint


@dataclass(frozen=True)
class Door:
    """Everything one account's requests need."""

    gate: Gate
    crypto: Crypto
    store: Store
    answering: Answering
    clock: Clock
    budget: float
    unstored: Words | None
    urgent: Words | None
    pool: ThreadPoolExecutor

    def verify(self) -> Response:
        """GET: the echostr, byte for byte, to whoever knows the token."""
        try:
            query = Query.of(request)
            self.crypto.check(query.signature, timestamp=query.timestamp, nonce=query.nonce, now=self.clock.seconds())
            if not ECHO.fullmatch(query.echostr):
                raise Rejected("echostr")  # noqa: TRY301 - one place answers 403
        except Rejected as error:
            return _forbidden(error)
        return _plain(query.echostr.encode())

    def receive(self) -> Response:
        """POST: 403 without proof, 413 above 64 KB, else 200."""
        deadline = self.clock.monotonic() + self.budget
        try:
            post = self.gate.post(request, now=self.clock.seconds(), deadline=deadline)
        except Rejected as error:
            return _forbidden(error)
        except RequestEntityTooLarge:
            return _plain(b"", 413)
        except Exception as error:
            return _failed("request", error)
        return self._read(post)

    def _read(self, post: Post) -> Response:
        try:
            message = self.gate.message(post)
        except Malformed as error:
            return self._quarantined(error.reason, post)
        except Rejected as error:
            return _forbidden(error)
        except Exception as error:
            return _failed("parse", error)
        return self._answered(message, post)

    def _answered(self, message: Inbound, post: Post) -> Response:
        pressing = self.urgent(message) if self.urgent and message.kind != "event" else []
        try:
            row, new = self._accepted(message, post, pressing=bool(pressing))
        except Rejected as error:
            return _forbidden(error)
        except Exception as error:
            return self._unstored(message, post, error, pressing)
        try:
            store, seal = self._punctual(post.deadline + SPARE), partial(self._seal, post)
            return _reply(self.answering.body(store, row, message, new=new, deadline=post.deadline, seal=seal))
        except Exception as error:
            return _failed("answer", error, row)

    def _accepted(self, message: Inbound, post: Post, *, pressing: bool) -> tuple[int, bool]:
        """Store the message; tried again while there is time, for a database that restarts is back in a moment.

        Raises Rejected, Late, and what the store raised last.
        """
        end = self.clock.monotonic() + SOON if pressing else post.deadline - self.budget * (1 - STORING)
        store = self._punctual(end)
        while True:
            try:
                self._vouched(store, post)
                return store.accept(message)
            except Rejected:
                raise
            except Exception:
                if pressing or self.clock.monotonic() + AGAIN >= end:
                    raise
            self.clock.sleep(AGAIN)

    def _punctual(self, until: float) -> Punctual:
        return Punctual(self.store, self.pool, self.clock, until)

    @staticmethod
    def _vouched(store: Store, post: Post) -> None:
        """Raises Rejected when the signature was used before, for something else."""
        if not store.vouched(post.signature, post.digest):
            raise Rejected("replayed")

    def _seal(self, post: Post, xml: str) -> bytes:
        return self.crypto.reply(xml, post.way, at=self.clock.seconds())

    def _quarantined(self, reason: str, post: Post) -> Response:
        log.warning("unreadable post: %s, %d bytes, %s", reason, len(post.message), post.digest[:16])
        try:
            store = self._punctual(post.deadline)
            self._vouched(store, post)
            store.quarantine(reason, post.message)
        except Rejected as error:
            return _forbidden(error)
        except Exception as error:
            return _failed("quarantine", error)
        return _plain(SUCCESS)

    def _unstored(self, message: Inbound, post: Post, error: Exception, pressing: Sequence[Message]) -> Response:
        """The inbox is down. The message may be lost for us, so the user should hear it from somebody."""
        failed = _failed("accept", error)
        if message.kind == "event" or not (pressing or self.unstored):
            return failed
        try:
            words = pressing or (self.unstored(message) if self.unstored else [])
            return _reply(self.answering.say(words, message, partial(self._seal, post)))
        except Exception as second:
            return _failed("unstored", second)


def _reply(body: bytes) -> Response:
    if body == SUCCESS:
        return _plain(SUCCESS)
    kind = "application/json" if body.startswith(b"{") else "text/xml"
    return Response(body, 200, content_type=f"{kind}; charset=utf-8")


def _plain(body: bytes, status: int = 200) -> Response:
    return Response(body, status, content_type="text/plain; charset=utf-8")


def _forbidden(error: Rejected) -> Response:
    log.info("refused: %s", error.reason)
    return _plain(b"", 403)


def _failed(step: str, error: Exception, row: int | None = None) -> Response:
    log.error("%s failed: %s, row %s", step, type(error).__name__, row)
    return _plain(SUCCESS)
