"""The server URL of an official account as a Flask blueprint.

GET proves the URL; POST brings one message: verify → decrypt → parse → store → answer within the budget.
After the signature has been proved every answer is 200: an error page would make WeChat post the message
twice more and show the user a fault banner. Log lines carry an exception's type and a row id, no more.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from flask import Blueprint, Request, Response, request
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge

from connectors.wechat.answering import BUDGET, SUCCESS, Answering
from connectors.wechat.crypto import Cipher, Crypto, envelope
from connectors.wechat.errors import Malformed, Rejected
from connectors.wechat.inbound import parse
from connectors.wechat.ports import Account, Clock, Handler, Inbound, Message, Store

MAX_BODY = 64 * 1024
ECHO = re.compile(r"[A-Za-z0-9_-]{1,128}")

log = logging.getLogger("connectors.wechat")

Unstored = Callable[[Inbound], Sequence[Message]]


def wechat_blueprint(
    account: Account,
    store: Store,
    handler: Handler,
    clock: Clock,
    *,
    budget: float = BUDGET,
    unstored: Unstored | None = None,
) -> Blueprint:
    """`/wechat` for one account. `unstored` may say something when the store itself fails (else silence).

    Raises ValueError when the account's token or keys cannot be keys.
    """
    blueprint = Blueprint("wechat", __name__)
    answering = Answering(account, store, handler, clock)
    door = Door(account, Crypto(account), store, answering, clock, budget, unstored)
    blueprint.add_url_rule("/wechat", "verify", door.verify, methods=["GET"], provide_automatic_options=False)
    blueprint.add_url_rule("/wechat", "receive", door.receive, methods=["POST"], provide_automatic_options=False)
    return blueprint


@dataclass(frozen=True)
class Query:
    """The parameters of one request, each given at most once."""

    signature: str
    msg_signature: str
    timestamp: str
    nonce: str
    encrypt_type: str
    echostr: str

    @classmethod
    def of(cls, incoming: Request) -> Query:
        """Raises Rejected when one is repeated."""
        names = ("signature", "msg_signature", "timestamp", "nonce", "encrypt_type", "echostr")
        values = {name: incoming.args.getlist(name) for name in names}
        if any(len(found) > 1 for found in values.values()):
            raise Rejected("repeated parameter")
        return cls(**{name: "".join(found) for name, found in values.items()})


@dataclass(frozen=True)
class Post:
    """A post that WeChat signed: its XML, and how the reply must be closed (cipher None = in plain)."""

    xml: bytes
    nonce: str
    cipher: Cipher | None
    deadline: float


@dataclass(frozen=True)
class Door:
    """Everything one account's requests need."""

    account: Account
    crypto: Crypto
    store: Store
    answering: Answering
    clock: Clock
    budget: float
    unstored: Unstored | None

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
            post = self._open(Query.of(request), deadline)
        except Rejected as error:
            return _forbidden(error)
        except RequestEntityTooLarge:
            return _plain(b"", 413)
        except Exception as error:
            return _failed("request", error)
        return self._answered(post)

    def _open(self, query: Query, deadline: float) -> Post:
        now = self.clock.seconds()
        self.crypto.check_fresh(query.timestamp, query.nonce, now)  # before the body is read
        if query.encrypt_type not in {"", "raw", "aes"}:
            raise Rejected("encrypt_type")
        if query.encrypt_type != "aes":
            return self._open_plain(query, now, deadline)
        encrypt = envelope(_body())
        self.crypto.check(query.msg_signature, timestamp=query.timestamp, nonce=query.nonce, now=now, encrypt=encrypt)
        xml, cipher = self.crypto.open(encrypt)
        return Post(xml, query.nonce, cipher, deadline)

    def _open_plain(self, query: Query, now: int, deadline: float) -> Post:
        """明文模式: the signature does not cover the body, so only accounts that say so get it."""
        if self.account.safe:
            raise Rejected("plain post to a safe account")
        self.crypto.check(query.signature, timestamp=query.timestamp, nonce=query.nonce, now=now)
        return Post(_body(), query.nonce, None, deadline)

    def _answered(self, post: Post) -> Response:
        try:
            message = parse(post.xml)
        except Malformed as error:
            return self._quarantined(error.reason, post.xml)
        except Exception as error:
            return _failed("parse", error)
        try:
            row, new = self.store.accept(message)
        except Exception as error:
            return self._unstored(message, post, error)
        try:
            seal = partial(self._seal, post)
            return _reply(self.answering.body(row, message, new=new, deadline=post.deadline, seal=seal))
        except Exception as error:
            return _failed("answer", error, row)

    def _seal(self, post: Post, xml: str) -> bytes:
        if post.cipher is None:
            return xml.encode()
        return self.crypto.seal(xml, cipher=post.cipher, nonce=post.nonce, timestamp=self.clock.seconds())

    def _quarantined(self, reason: str, raw: bytes) -> Response:
        log.warning("unreadable post: %s, %d bytes, %s", reason, len(raw), hashlib.sha256(raw).hexdigest()[:16])
        try:
            self.store.quarantine(reason, raw)
        except Exception as error:
            return _failed("quarantine", error)
        return _plain(SUCCESS)

    def _unstored(self, message: Inbound, post: Post, error: Exception) -> Response:
        """The inbox is down. The message is lost for us, so the user should hear it from somebody."""
        failed = _failed("accept", error)
        if self.unstored is None or message.kind == "event":
            return failed
        try:
            return _reply(self.answering.say(self.unstored(message), message, partial(self._seal, post)))
        except Exception as second:
            return _failed("unstored", second)


def _body() -> bytes:
    """The whole body. Raises RequestEntityTooLarge, and Rejected for one that breaks off."""
    request.max_content_length = MAX_BODY + 1  # a chunked body is cut here without a word, so ask for one more
    try:
        body = request.get_data(cache=False)
    except ClientDisconnected:
        raise Rejected("body") from None
    if len(body) > MAX_BODY:
        raise RequestEntityTooLarge
    return body


def _reply(body: bytes | None) -> Response:
    """None = WeChat shall ask again, which it does at once for anything but 200."""
    if body is None:
        return _plain(b"", 503)
    return _plain(SUCCESS) if body == SUCCESS else Response(body, 200, content_type="text/xml; charset=utf-8")


def _plain(body: bytes, status: int = 200) -> Response:
    return Response(body, status, content_type="text/plain; charset=utf-8")


def _forbidden(error: Rejected) -> Response:
    log.info("refused: %s", error.reason)
    return _plain(b"", 403)


def _failed(step: str, error: Exception, row: int | None = None) -> Response:
    log.error("%s failed: %s, row %s", step, type(error).__name__, row)
    return _plain(SUCCESS)
