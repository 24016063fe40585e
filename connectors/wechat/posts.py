"""What comes to the server URL: the query, the body within its limit, and the post that its signature proves."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from flask import Request
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge

from connectors.wechat.crypto import Crypto, Way, envelope
from connectors.wechat.document import notation
from connectors.wechat.errors import Rejected
from connectors.wechat.inbound import parse
from connectors.wechat.ports import Account, Inbound

MAX_BODY = 64 * 1024


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
    """A post that WeChat signed: the message inside (XML or JSON), how it came, and until when to answer it."""

    message: bytes
    signature: str  # the one that was checked
    way: Way
    deadline: float

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of the message."""
        return hashlib.sha256(self.message).hexdigest()


def body_of(incoming: Request) -> bytes:
    """The whole body. Raises RequestEntityTooLarge, and Rejected for one that breaks off."""
    incoming.max_content_length = MAX_BODY + 1  # a chunked body is cut here without a word, so ask for one more
    try:
        body = incoming.get_data(cache=False)
    except (ClientDisconnected, OSError):  # it went away, or says nothing more
        raise Rejected("body") from None
    if len(body) > MAX_BODY:
        raise RequestEntityTooLarge
    return body


@dataclass(frozen=True)
class Gate:
    """Lets in what WeChat sent to this account."""

    account: Account
    crypto: Crypto

    def post(self, incoming: Request, *, now: int, deadline: float) -> Post:
        """The proved post. Raises Rejected, RequestEntityTooLarge."""
        query = Query.of(incoming)
        self.crypto.check_fresh(query.timestamp, query.nonce, now)  # before the body is read
        if query.encrypt_type not in {"", "raw", "aes"}:
            raise Rejected("encrypt_type")
        opened = self._encrypted if query.encrypt_type == "aes" else self._plain
        return opened(incoming, query, now, deadline)

    def _encrypted(self, incoming: Request, query: Query, now: int, deadline: float) -> Post:
        """安全模式, and 兼容模式, whose plain fields nobody vouches for and nobody reads."""
        body = body_of(incoming)
        encrypt = envelope(body)
        self.crypto.check(query.msg_signature, timestamp=query.timestamp, nonce=query.nonce, now=now, encrypt=encrypt)
        message, cipher = self.crypto.open(encrypt)
        return Post(message, query.msg_signature, Way(notation(body), query.nonce, cipher), deadline)

    def _plain(self, incoming: Request, query: Query, now: int, deadline: float) -> Post:
        """明文模式: the signature does not cover the body, so only accounts that say so get it."""
        if self.account.safe:
            raise Rejected("plain post to a safe account")
        self.crypto.check(query.signature, timestamp=query.timestamp, nonce=query.nonce, now=now)
        body = body_of(incoming)
        return Post(body, query.signature, Way(notation(body), query.nonce, None), deadline)

    def message(self, post: Post) -> Inbound:
        """What the post says. Raises Malformed, and Rejected when it is for another account or was stripped."""
        message = parse(post.message)
        if self.account.original_id and message.account != self.account.original_id:
            raise Rejected("another account")
        if post.way.cipher is None and "Encrypt" in message.extra:
            raise Rejected("plain post with an Encrypt")
        return message
