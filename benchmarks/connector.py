"""Web's own cost per message: verify, decrypt, parse, deduplicate, answer, encrypt; the dialogue is a stub.

    make bench-connector
    make bench-connector ARGS="--messages 2000"

Three doors get the same sealed posts in one run, each through WSGI in this process, no sockets. The peer is what one
writes with wechatpy and Flask in an hour: `WeChatCrypto`, `parse_message`, a dictionary of answers by MsgId. Ours
stands first with such a dictionary behind it, so that the same work is compared, then with the product's inbox, lease
and outbox on PostgreSQL (fsync off, as everywhere in our tests). Every tenth post is one that WeChat tries again.
"""

from __future__ import annotations

import bot.lean  # noqa: F401  isort:skip

import argparse
import gc
import logging
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, abort, request
from wechatpy import create_reply, parse_message
from wechatpy.crypto import WeChatCrypto
from wechatpy.exceptions import InvalidAppIdException, InvalidSignatureException
from werkzeug.test import EnvironBuilder

from bot.db.base import make_engine
from bot.db.migrate import upgrade
from connectors.wechat.clock import MachineClock
from connectors.wechat.ports import Inbound, Message
from connectors.wechat.webhook import wechat_blueprint
from tests.gates.scenes.doors import ACCOUNT, AES_KEY, APP_ID, ENVELOPE, OPENID, TOKEN, house, sealed, text
from tests.servers import postgresql

QUESTION = "膝盖疼了两个星期，上下楼厉害，挂哪个科比较好？"
ANSWER = "膝盖疼先看骨科。明天上午有三位医生出诊，还有号。要挂号请回复“挂号”，我一步一步带您办。"
AGAIN = 10  # one post in so many is a retry
BATCH = WARM = 50
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Any]


class Kept:
    """Store and Handler in memory: what the peer's dictionary does."""

    def __init__(self) -> None:
        self._rows: dict[str, int] = {}
        self._bodies: dict[int, bytes] = {}
        self._signatures: dict[str, str] = {}

    def vouched(self, signature: str, content: str) -> bool:
        return self._signatures.setdefault(signature, content) == content

    def accept(self, message: Inbound) -> tuple[int, bool]:
        known = len(self._rows)
        row = self._rows.setdefault(message.key, known + 1)
        return row, row == known + 1

    def given(self, row: int) -> bytes | None:
        return self._bodies.get(row)

    def settle(self, row: int, body: bytes, rest: Sequence[Message], kept: Sequence[Message] = ()) -> bool:
        return self._bodies.setdefault(row, body) is body

    def too_late(self, row: int) -> None:
        raise AssertionError("the stub is never late")

    def keep(self, row: int, body: bytes) -> bool:
        raise AssertionError("the stub is never late")

    def quarantine(self, reason: str, raw: bytes) -> None:
        raise AssertionError(reason)

    def answer(self, row: int, *, timeout: float) -> Sequence[Message]:
        return [{"text": ANSWER}]


class Stub:
    """The product's dialogue, at no cost."""

    def talk(self, **_: Any) -> list[dict[str, Any]]:
        return [{"text": ANSWER}]


def connector() -> Wsgi:
    """Our blueprint alone."""
    app, kept = Flask("connector"), Kept()
    app.register_blueprint(wechat_blueprint(ACCOUNT, kept, kept, MachineClock()))
    return app.wsgi_app


@contextmanager
def product() -> Iterator[Wsgi]:
    """Our web app, desk and inbox on PostgreSQL."""
    with postgresql() as url:
        upgrade(url("postgres"))
        engine = make_engine(url("postgres"))
        yield house(engine, dialogue=Stub())[0].wsgi_app
        engine.dispose()


def peer() -> Wsgi:
    """wechatpy and Flask, written plainly."""
    app, crypto, answered = Flask("peer"), WeChatCrypto(TOKEN, AES_KEY, APP_ID), {}

    @app.post("/wechat")
    def receive() -> Response:
        stamp, nonce = request.args["timestamp"], request.args["nonce"]
        try:
            xml = crypto.decrypt_message(request.get_data(), request.args["msg_signature"], stamp, nonce)
        except (InvalidSignatureException, InvalidAppIdException):
            abort(403)
        message = parse_message(xml)
        if message.id not in answered:
            reply = create_reply(ANSWER if message.type == "text" else "", message)
            answered[message.id] = crypto.encrypt_message(reply.render(), nonce, stamp)
        return Response(answered[message.id], content_type="text/xml")

    return app.wsgi_app


@dataclass(frozen=True)
class Post:
    """One request, made beforehand."""

    query: str
    body: bytes

    def environ(self) -> dict[str, Any]:
        made = EnvironBuilder(
            "/wechat", query_string=self.query, method="POST", data=self.body, content_type="text/xml"
        )
        return made.get_environ()


def posts(many: int, seed: int) -> list[Post]:
    """Texts of many patients; every tenth is tried again, sealed anew as WeChat does."""
    order, numbers = random.Random(seed), list[int]()
    for number in range(many):
        again = number % AGAIN == AGAIN - 1
        numbers.append(order.choice(numbers[-30:]) if again else number)
    started = int(time.time() * 1000) << 20
    made = []
    for number in numbers:
        openid = f"{OPENID}-{number % 97}"
        query, body = sealed(text(QUESTION, started + number, openid=openid))
        made.append(Post(urlencode(query), body))
    return made


@dataclass
class Side:
    """One door and what its messages cost: wall time in ms each, CPU of this process in ms together."""

    name: str
    app: Wsgi
    times: list[float]
    cpu: float = 0

    @property
    def median(self) -> float:
        return statistics.median(self.times)

    @property
    def p95(self) -> float:
        return statistics.quantiles(self.times, n=20)[18]

    @property
    def cpu_each(self) -> float:
        return self.cpu / len(self.times)

    @property
    def speed(self) -> float:
        """Messages a second of a process that is busy with nothing else: its threads share one interpreter."""
        return 1000 / self.cpu_each

    def take(self, batch: Sequence[Post], *, counted: bool = True) -> None:
        """Answer some posts; raises SystemExit when one is not answered as it should."""
        environs, body = [post.environ() for post in batch], b""
        gc.collect()
        cpu, times = time.process_time(), []
        for environ in environs:
            began = time.perf_counter()
            body = _call(self.app, environ)
            times.append((time.perf_counter() - began) * 1000)
        if counted:
            self.cpu += (time.process_time() - cpu) * 1000
            self.times += times
        if ENVELOPE.open_reply(body).findtext("Content") != ANSWER:
            raise SystemExit(f"{self.name} did not answer")


def _call(app: Wsgi, environ: dict[str, Any]) -> bytes:
    statuses: list[str] = []
    answer = app(environ, lambda status, *_: statuses.append(status))
    body = b"".join(answer)
    getattr(answer, "close", lambda: None)()
    if statuses != ["200 OK"]:
        raise SystemExit(f"answered {statuses}")
    return body


def compare(sides: Sequence[Side], posted: Sequence[Post]) -> None:
    """The same posts through every door, in turn batch by batch, so that a noisy machine is noisy for all."""
    for number in range(0, len(posted), BATCH):
        for side in sides:
            side.take(posted[number : number + BATCH], counted=number >= WARM)


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("--messages", type=int, default=2000)
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args()
    logging.disable(logging.CRITICAL)
    with product() as app:
        ours = Side("connector, in memory", connector(), [])
        plain, whole = Side("wechatpy + Flask", peer(), []), Side("whole door, PostgreSQL", app, [])
        compare((ours, plain, whole), posts(chosen.messages + WARM, chosen.seed))
    print(f"{'':24}{'p50 ms':>9}{'p95 ms':>9}{'CPU ms':>9}{'msgs/s':>9}")
    for side in (ours, plain, whole):
        print(f"{side.name:24}{side.median:9.2f}{side.p95:9.2f}{side.cpu_each:9.2f}{side.speed:9.0f}")
    print(
        f"connector: messages={chosen.messages} p50={ours.median:.2f}ms msgs_per_s={ours.speed:.0f}"
        f" whole_p50={whole.median:.2f}ms whole_msgs_per_s={whole.speed:.0f}"
        f" peer_p50={plain.median:.2f}ms peer_msgs_per_s={plain.speed:.0f} ratio={ours.speed / plain.speed:.2f}x"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
