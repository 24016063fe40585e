"""gate-token-storm: a crowd of workers meets a dead token at the same moment; one of them fetches the next.

Threads of several processes share the token record on PostgreSQL and nothing else. A small server plays WeChat: it
holds every call with the dead token until the whole crowd has made one, then answers 40001 to all. Then the same
where no token is ever good: a send ends after two calls. Plain wechatpy is driven through both for comparison. The
control takes the single flight away: many fetch.
"""

from __future__ import annotations

import bot.lean  # noqa: F401  isort:skip

import argparse
import multiprocessing
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from multiprocessing.context import SpawnProcess
from multiprocessing.queues import Queue
from typing import Any
from unittest.mock import patch

import requests
from flask import Flask, jsonify, request
from flask.typing import ResponseReturnValue
from requests.adapters import HTTPAdapter
from wechatpy import WeChatClient
from werkzeug.serving import WSGIRequestHandler, make_server

from bot.crypto import Crypto
from bot.db.base import make_engine, transactions
from bot.db.migrate import upgrade
from bot.host.tokens import DatabaseTokens
from bot.services.shared_tokens import SharedRecord
from connectors.wechat.platform import API_BASE, Platform
from connectors.wechat.ports import Token
from tests.servers import postgresql

APP_ID, SECRET, NAME = "wxstorm", "storm-secret", "access wxstorm"
DEAD = "dead"
KEY = "storm-" + "x" * 32
FETCH_SECONDS = 0.2  # how long WeChat takes to hand out a token
TOGETHER = 60  # seconds that the server waits for the whole crowd
MOST_CALLS = 2  # of one send, whatever happens
Send = Callable[[str], object]


class FakeApi:
    """api.weixin.qq.com: counts sends by their addressee and tokens by their desk."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.begin(crowd=1)
        app = Flask("wechat")
        app.add_url_rule("/cgi-bin/stable_token", "stable", self._token, methods=["POST"])
        app.add_url_rule("/cgi-bin/token", "plain", self._token, methods=["GET"])
        app.add_url_rule("/cgi-bin/message/custom/send", "send", self._send, methods=["POST"])
        self._server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Silent)
        self.base = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def begin(self, *, crowd: int, permanent: bool = False) -> None:
        """Forget everything; the dead token's calls wait until `crowd` are there. `permanent`: no other one is good."""
        self.calls: Counter[str] = Counter()
        self.fetches, self._good = 0, set[str]()
        self._permanent, self._all_here = permanent, threading.Barrier(crowd)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _token(self) -> ResponseReturnValue:
        time.sleep(0 if self._permanent else FETCH_SECONDS)
        with self._lock:
            self.fetches += 1
            fresh = f"token-{self.fetches}"
            self._good.add(fresh)  # the one before works for five minutes more
        return jsonify(access_token=fresh, expires_in=7200)

    def _send(self) -> ResponseReturnValue:
        with self._lock:
            self.calls[request.get_json(force=True)["touser"]] += 1
        token = request.args["access_token"]
        if token in self._good and not self._permanent:
            return jsonify(errcode=0, errmsg="ok")
        if token == DEAD:
            self._all_here.wait(TOGETHER)
        return jsonify(errcode=40001, errmsg="invalid credential")


class _Silent(WSGIRequestHandler):
    def log(self, *_arguments: Any, **_more: Any) -> None:
        """Say nothing of thousands of calls."""


# -- the crowd -------------------------------------------------------------------------------------------------------
def tokens(url: str) -> DatabaseTokens:
    """The record, as each process has it for itself."""
    crypto = Crypto(KEY)
    return DatabaseTokens(SharedRecord(transactions(make_engine(url), crypto), crypto, NAME))


def ours(url: str, base: str) -> Send:
    """Our client over the shared record."""
    platform = Platform(APP_ID, SECRET, base, tokens(url))
    return lambda openid: platform.send_custom(openid, {"msgtype": "text", "text": {"content": "您好"}})


def unguarded(url: str, base: str) -> Send:
    """The control: everybody may fetch at once."""
    send = ours(url, base)

    def alone(_record: SharedRecord) -> nullcontext[None]:
        return nullcontext()

    patch.object(SharedRecord, "alone", alone).start()
    return send


class _Aside(HTTPAdapter):
    """Leads WeChat's own host to the server that plays it, so that wechatpy runs as it is."""

    def __init__(self, base: str) -> None:
        self._base = base
        super().__init__(pool_maxsize=200)

    def send(self, prepared: requests.PreparedRequest, **how: Any) -> requests.Response:  # type: ignore[override]
        prepared.url = (prepared.url or "").replace(API_BASE, self._base)
        return super().send(prepared, **how)


def plain(_url: str, base: str) -> Send:
    """wechatpy as its manual has it: one client a process, its own memory, `auto_retry`."""
    client = WeChatClient(APP_ID, SECRET, access_token=DEAD)
    client._http.mount(API_BASE, _Aside(base))
    return lambda openid: client.message.send_text(openid, "您好")


KINDS = {"ours": ours, "unguarded": unguarded, "plain": plain}


def work(url: str, base: str, jobs: Queue[Any], done: Queue[Any]) -> None:
    """One process: take a kind and addressees, send to all of them at once, say how many of them worked."""
    for kind, openids in iter(jobs.get, None):
        send = KINDS[kind](url, base)
        with ThreadPoolExecutor(len(openids)) as pool:
            done.put(sum(pool.map(lambda openid, send=send: _worked(send, openid), openids)))
    patch.stopall()


def _worked(send: Send, openid: str) -> bool:
    try:
        send(openid)
    except Exception:  # the counts tell how it ended
        return False
    return True


@dataclass(frozen=True)
class Outcome:
    """One storm: how many were sent, calls in all and the most of one send, tokens fetched."""

    sent: int
    calls: int
    most: int
    fetches: int


class Crowd:
    """Workers over several processes, let loose together."""

    def __init__(self, url: str, processes: int) -> None:
        self.api, self._url, self._serial = FakeApi(), url, 0
        context = multiprocessing.get_context("spawn")
        self._done = context.Queue()
        self._jobs = [context.Queue() for _ in range(processes)]
        self._processes: list[SpawnProcess] = [
            context.Process(target=work, args=(url, self.api.base, jobs, self._done), daemon=True)
            for jobs in self._jobs
        ]
        for process in self._processes:
            process.start()

    def storm(self, kind: str, workers: int, *, permanent: bool = False) -> Outcome:
        """Everybody sends one message with a token that is dead, or with one that stays so."""
        self.api.begin(crowd=workers, permanent=permanent)
        self._serial += 1000
        tokens(self._url).save(Token(DEAD, int(time.time()) + 7000, self._serial))
        for at, jobs in enumerate(self._jobs):
            jobs.put((kind, [f"o-{n}" for n in range(workers) if n % len(self._jobs) == at]))
        sent = sum(self._done.get(timeout=300) for _ in self._jobs)
        calls = self.api.calls
        return Outcome(sent, calls.total(), max(calls.values()), self.api.fetches)

    def close(self) -> None:
        for jobs, process in zip(self._jobs, self._processes, strict=True):
            jobs.put(None)
            process.join(20)
        self.api.close()


@contextmanager
def crowd(url: str, processes: int) -> Iterator[Crowd]:
    """Raises nothing of its own; the processes end with it."""
    made = Crowd(url, processes)
    try:
        yield made
    finally:
        made.close()


def run(url: str, *, workers: int, processes: int) -> tuple[str, bool]:
    """All storms on a migrated database: the gate's line, and whether everything held."""
    with crowd(url, processes) as many:
        once, never = many.storm("ours", workers), many.storm("ours", workers, permanent=True)
        theirs, theirs_never = many.storm("plain", workers), many.storm("plain", processes, permanent=True)
        control = many.storm("unguarded", workers)
    for name, mine, plainly in (("dead once", once, theirs), ("never good", never, theirs_never)):
        print(f"{name:>10} | ours    {mine}")
        print(f"{name:>10} | wechatpy {plainly}")
    held = (once.sent, once.fetches, once.most) == (workers, 1, MOST_CALLS) and never.most <= MOST_CALLS
    good = held and never.fetches == 1 and control.fetches > 1
    line = (
        f"token-storm: workers={workers} processes={processes} sent={once.sent} refreshes={once.fetches}"
        f" calls={once.calls} permanent_most_calls={never.most} permanent_refreshes={never.fetches}"
        f" wechatpy_refreshes={theirs.fetches} wechatpy_permanent_most_calls={theirs_never.most}"
        f" control={control.fetches}_refreshes {'OK' if good else 'FAIL'}"
    )
    return line, good


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--workers", type=int, default=100)
    options.add_argument("--processes", type=int, default=3)
    chosen = options.parse_args()
    with postgresql() as url:
        upgrade(url("postgres"))
        line, good = run(url("postgres"), workers=chosen.workers, processes=chosen.processes)
    print(line)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
