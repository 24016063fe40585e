"""gate-notices: notices over an account that fails in every way; none is dropped silently, none is sent twice.

Every fault of the error policy's table, time-outs, lost answers, connections cut, workers killed before and after their
request left, receipts that fail, come early or never: each meets its share of the notices on the first way, and a fault
drawn by lot the ways below. Two controls: what nobody knows of is taken for not sent, which has to double notices; and
receipts are not heard, which has to drop some.
"""

from __future__ import annotations

import bot.lean  # noqa: F401  isort:skip

import argparse
import io
import json
import logging
import random
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from itertools import count
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

import requests
import sqlalchemy as sa
from requests.adapters import HTTPAdapter
from urllib3.exceptions import MaxRetryError, NewConnectionError

from bot import clock
from bot.db.base import make_engine
from bot.db.migrate import upgrade
from bot.db.push import Notice, Subscription
from bot.errors import Refused, Unavailable
from bot.host import push as host_push
from bot.host import templates
from bot.host.push import WeChatPush
from bot.ports import Ports, TextMessage
from bot.push import kinds, ladder, outbox, receipts, tries
from bot.services import briefs, delivery, delivery_events, views
from bot.web.console.reasons import meaning
from connectors.wechat.platform import Platform
from connectors.wechat.tokens import MemoryTokens
from tests.factories import RULES, a_card, a_person, make_ports

MONDAY = clock.utc(datetime(2026, 11, 23, 8, 30))
LIFE = timedelta(hours=2)
TICKS = [timedelta(seconds=30 * n) for n in range(40)] + [timedelta(minutes=20 + 5 * n) for n in range(24)]
KNOWN_FOR = timedelta(minutes=10)  # how long WeChat knows a client_msg_id
PATHS = {
    "/cgi-bin/message/custom/send": kinds.CUSTOMER,
    "/cgi-bin/message/template/send": kinds.TEMPLATE,
    "/cityservice/sendchannelmsg": kinds.CARE,
    "/cgi-bin/message/subscribe/bizsend": kinds.SUBSCRIPTION,
}
TOLD = ("money_back", "answer", "late_answer")  # goes every way, may be missed, answers a message of his own
NO_REASON = meaning("a word that stands nowhere")


class Killed(BaseException):
    """The worker is gone, in the middle of a request."""


@dataclass
class Phone:
    """One patient's phone: what is to happen there, and what it has shown, by rung; `sure`: we were told so."""

    faults: dict[str, Fault] = field(default_factory=dict)
    shown: list[tuple[str, bool]] = field(default_factory=list)
    keys: dict[tuple[str, str], tuple[datetime, str]] = field(default_factory=dict)


class WeChat:
    """api.weixin.qq.com and the gateway for text messages, as far as notices go."""

    def __init__(self) -> None:
        self.phones: dict[str, Phone] = defaultdict(Phone)
        self.tokens, self.numbers = count(1), count(10_000)
        self.good = ""
        self.hear: Callable[[str, str, str], None] = lambda _openid, _number, _status: None
        self.later: list[tuple[str, str, str]] = []

    def answer(self, request: requests.PreparedRequest) -> requests.Response:
        path = urlsplit(str(request.url)).path
        body = json.loads(request.body or b"{}")
        if path.endswith("stable_token"):
            self.good = f"token-{next(self.tokens)}"
            return said({"access_token": self.good, "expires_in": 7200})
        rung, openid = PATHS[path], body.get("touser") or body.get("open_id")
        fault = self.phones[openid].faults.get(rung, fine)
        return fault(Met(self, request, body, rung, openid))

    def tell_receipts(self) -> None:
        """The events that WeChat owes."""
        waiting, self.later = self.later, []
        for receipt in waiting:
            self.hear(*receipt)


@dataclass
class Met:
    """One request on one rung of one phone."""

    wechat: WeChat
    request: requests.PreparedRequest
    body: dict[str, Any]
    rung: str
    openid: str

    @property
    def phone(self) -> Phone:
        return self.wechat.phones[self.openid]

    def deliver(self, *, sure: bool = True, status: str | None = "success") -> requests.Response:
        """Show it, unless the same key was shown; `status` of the receipt, None = none comes, "" = it is not shown."""
        key = (self.rung, str(self.body.get("client_msg_id") or self.body.get("msg_id") or ""))
        known = self.phone.keys.get(key) if key[1] else None
        if known and (self.rung != kinds.TEMPLATE or clock.now() - known[0] < KNOWN_FOR):
            self.phone.shown = [
                (rung, sure or knew) if rung == self.rung else (rung, knew) for rung, knew in self.phone.shown
            ]
            return self.taken(known[1])
        number = str(next(self.wechat.numbers))
        self.phone.keys[key] = (clock.now(), number)
        if status in {"success", None} or self.rung not in kinds.RECEIPTED:
            self.phone.shown.append((self.rung, sure))
        if status and self.rung in kinds.RECEIPTED:
            self.wechat.later.append((self.openid, number, status))
        return self.taken(number)

    def taken(self, number: str) -> requests.Response:
        receipted = {"msgid": int(number)} if self.rung in kinds.RECEIPTED else {}
        return said({"errcode": 0, "errmsg": "ok", **receipted})

    def once(self) -> bool:
        """True the first time this phone meets its fault here."""
        self.phone.faults[self.rung] = fine
        return True


Fault = Callable[[Met], requests.Response]


def said(content: object, status: int = 200) -> requests.Response:
    answer = requests.Response()
    answer.status_code = status
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    answer.raw, answer.url = io.BytesIO(raw), "https://api.test/"
    return answer


def fine(met: Met) -> requests.Response:
    return met.deliver()


def refusing(code: int) -> Fault:
    """An errcode of the table, for ever."""

    def fault(_met: Met) -> requests.Response:
        return said({"errcode": code, "errmsg": "no"})

    fault.__name__ = f"code_{code}"
    return fault


def not_connected(met: Met) -> requests.Response:
    cause = MaxRetryError(None, "/", NewConnectionError(None, "nobody there"))  # type: ignore[arg-type]
    raise requests.ConnectionError(cause, request=met.request)


def not_connected_once(met: Met) -> requests.Response:
    met.once()
    return not_connected(met)


def lost_before(met: Met) -> requests.Response:
    raise requests.ReadTimeout("never arrived", request=met.request)


def lost_after(met: Met) -> requests.Response:
    met.deliver(sure=False)
    raise requests.ReadTimeout("answer lost", request=met.request)


def lost_after_once(met: Met) -> requests.Response:
    met.once()
    return lost_after(met)


def cut_after(met: Met) -> requests.Response:
    met.deliver(sure=False)
    raise requests.ConnectionError("connection reset", request=met.request)


def broken_after(met: Met) -> requests.Response:
    met.deliver(sure=False)
    return said(b"<html>502</html>", 502)


def half_after(met: Met) -> requests.Response:
    met.deliver(sure=False)
    return said(b'{"errco')


def busy_after(met: Met) -> requests.Response:
    met.deliver(sure=False)
    return said({"errcode": -1, "errmsg": "system busy"})


def busy_once(met: Met) -> requests.Response:
    met.once()
    return said({"errcode": -1, "errmsg": "system busy"})


def dead_token_once(met: Met) -> requests.Response:
    met.once()
    return said({"errcode": 40001, "errmsg": "invalid credential"})


def killed_before(met: Met) -> requests.Response:
    met.once()
    raise Killed


def killed_after(met: Met) -> requests.Response:
    met.once()
    met.deliver(sure=False)
    raise Killed


def blocked(met: Met) -> requests.Response:
    return met.deliver(status="failed:user block")


def blocked_early(met: Met) -> requests.Response:
    """Its receipt is there before the answer to the call."""
    answer = met.deliver(status="failed: system failed")
    met.wechat.tell_receipts()
    return answer


def no_receipt(met: Met) -> requests.Response:
    return met.deliver(status=None)


CODES = (-1, 40001, 40014, 42001, 40164, 61004, 89503, 40243, 45009, 45011, 43117, 45015, 45047)
CODES += (43004, 43019, 50005, 48002, 43101, 45002, 47001, 47003, 40037, 40003, 48001, 48004, 50002, 82446)
FAULTS: tuple[Fault, ...] = (
    *(refusing(code) for code in CODES),
    *(not_connected, not_connected_once, lost_before, lost_after, lost_after_once, cut_after, broken_after, half_after),
    *(busy_after, busy_once, dead_token_once, killed_before, killed_after, blocked, blocked_early, no_receipt, fine),
)


class Gateway:
    """The hospital's text messages, which know a key."""

    def __init__(self, wechat: WeChat, chance: random.Random) -> None:
        self._wechat, self._chance = wechat, chance
        self.whose: dict[str, str] = {}
        self._known: set[str] = set()

    def send(self, *, phone: str, message: TextMessage) -> None:
        luck = self._chance.random()
        if luck < 0.2:
            raise Refused("no_sms")
        if luck < 0.4:
            raise Unavailable
        new = message.key not in self._known
        self._known.add(message.key)
        if new:
            self._wechat.phones[self.whose[phone]].shown.append((kinds.SMS, luck >= 0.6))
        if luck < 0.6:
            raise Unavailable


class GateClock:
    def seconds(self) -> int:
        return int(clock.now().replace(tzinfo=timezone.utc).timestamp())

    def monotonic(self) -> float:
        return float(self.seconds())


class House:
    """The outbox, its ladder and its list, on one database."""

    def __init__(self, folder: Path, chance: random.Random) -> None:
        upgrade(f"sqlite:///{folder / 'ours.db'}")
        self.chance, self.rules = chance, gate_rules()
        self.wechat = WeChat()
        self.gateway = Gateway(self.wechat, chance)
        self.ports: Ports = make_ports(
            make_engine(f"sqlite:///{folder / 'ours.db'}"), rules=self.rules, push=self._account(), sms=self.gateway
        )
        self.wechat.hear = self._hear
        self.openids: dict[int, str] = {}

    def _account(self) -> WeChatPush:
        platform = Platform(
            "wx-gate", "a-secret", "https://api.test", MemoryTokens(), GateClock(), sleep=lambda _s: None
        )
        return WeChatPush(platform, rules=self.rules, app_id="wx-gate")

    def _hear(self, openid: str, number: str, status: str) -> None:
        person_id = next(person for person, whose in self.openids.items() if whose == openid)
        event = {"event": "templatesendjobfinish", "key": ""}
        delivery_events.event(self.ports, person_id=person_id, extra={"MsgID": number, "Status": status}, **event)

    def notices(self, fault: Fault, many: int) -> None:
        """So many patients are to be told something; all meet the fault first, and others below."""
        for number in range(many):
            openid = f"o-{fault.__name__}-{number}-{len(self.openids)}"
            person_id = a_person(self.ports, openid)
            self.openids[person_id] = openid
            self.wechat.phones[openid].faults = {rung: self.chance.choice(FAULTS) for rung in PATHS.values()}
            first = kinds.CUSTOMER if fault not in {blocked, blocked_early, no_receipt} else kinds.TEMPLATE
            self.wechat.phones[openid].faults |= {kinds.CUSTOMER: refusing(45015), first: fault}
            self._card(person_id, openid)
            self._write(person_id, TOLD[number % len(TOLD)])

    def _card(self, person_id: int, openid: str) -> None:
        card = a_card(self.ports, person_id)
        self.gateway.whose[briefs._phone(self.ports, person_id, card.ref)] = openid

    def _write(self, person_id: int, kind: str) -> None:
        facts: dict[str, Any] = {"person_id": person_id, "kind": kind, "payload": {"text": "有消息了"}}
        name = kinds.template_id(self.rules, kinds.of(self.rules, kind).subscription)
        allowed = {"person_id": person_id, "template_id": name, "allowed": 1, "changed_at": clock.now()}
        facts |= {"dedupe_key": f"gate:{person_id}", "due_at": clock.now(), "expires_at": clock.now() + LIFE}
        with self.ports.transaction() as session:
            outbox.enqueue(session, crypto=self.ports.crypto, **facts)
            session.execute(sa.insert(Subscription).values(**allowed))

    def work(self) -> None:
        """The jobs' ticks until everything is over; a killed worker leaves its notice to the next one."""
        for after in TICKS:
            with clock.frozen(MONDAY + after):
                self.wechat.tell_receipts()
                receipts.apply(self.ports)
                while due := outbox.claim_due(self.ports, limit=50, worker="gate"):
                    for notice in due:
                        with suppress(Killed):
                            ladder.deliver(self.ports, notice, views.drawn, briefs.of)

    def new_process(self) -> None:
        """What the last fault made the account pause is forgotten."""
        object.__setattr__(self.ports, "push", self._account())

    def findings(self) -> Counter[str]:
        """What must not be: a notice that reached nobody and is on no list, one sent twice, one without a reason."""
        found: Counter[str] = Counter()
        with clock.frozen(MONDAY + LIFE + timedelta(minutes=1)):
            outbox.claim_due(self.ports, limit=1, worker="gate")
            listed = {line.id: line for line in delivery.undelivered(self.ports)}
        with self.ports.transaction() as session:
            rows = session.execute(sa.select(Notice.id, Notice.person_id, Notice.kind, Notice.state)).all()
        for row in rows:
            shown = self.wechat.phones[self.openids[row.person_id]].shown
            found["open"] += row.state in {"waiting", "held"}
            found["dropped"] += row.id not in listed and not shown
            found["doubled"] += _doubled(shown, must=kinds.of(self.rules, row.kind).must)
            found["unexplained"] += row.id in listed and meaning(listed[row.id].reason) == NO_REASON
        return +found

    def counted(self) -> Counter[str]:
        """How the notices ended, and how many got a pointer beside what may have arrived."""
        with self.ports.transaction() as session:
            ended = Counter(session.scalars(sa.select(Notice.state)))
        ended["pointers"] = sum(len(phone.shown) > 1 for phone in self.wechat.phones.values())
        return ended


def _doubled(shown: Sequence[tuple[str, bool]], *, must: bool) -> bool:
    """One way used twice; another one after we were told that it is out; or any two of what may be missed."""
    ways = [rung for rung, _ in shown]
    told_before = any(sure for _, sure in shown[:-1])
    return len(ways) != len(set(ways)) or told_before or (len(ways) > 1 and not must)


def gate_rules() -> dict[str, Any]:
    """The rules with every way connected."""
    rules = deepcopy(dict(templates.of_demo(RULES)))
    rules["notice_kinds"]["money_back"] |= {"care": "told", "subscription": "message"}
    rules["notice_kinds"]["answer"] |= {"night": "now"}
    rules["care_messages"] = {"told": {"status": 1501001, "fields": {"pat_name": "name"}}}
    return rules


def run(faults: Sequence[Fault], many: int, seed: int = 4) -> tuple[Counter[str], Counter[str]]:
    """All faults on one house, each with so many notices: findings, and how the notices ended."""
    total: Counter[str] = Counter()
    ended: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder, wired():
        for number, fault in enumerate(faults):
            Path(folder, str(number)).mkdir()
            house = House(Path(folder, str(number)), random.Random(f"{seed}-{number}"))
            with clock.frozen(MONDAY):
                house.notices(fault, many)
            with patch.object(
                HTTPAdapter, "send", lambda _self, request, house=house, **_: house.wechat.answer(request)
            ):
                house.work()
            found = house.findings()
            total += found
            ended += house.counted()
            print(f"{fault.__name__:20} {dict(found) or 'ok'}", flush=True)
    return total, ended


@contextmanager
def wired() -> Iterator[None]:
    """Leases run on the hospital's clock here, so that it alone has to be moved."""
    with patch.object(clock, "wire", clock.now):
        yield


@contextmanager
def hopeful() -> Iterator[None]:
    """What nobody knows of is taken for not sent."""
    with patch.object(tries, "DOUBTFUL", ()), patch.object(host_push, "may_have_been_done", lambda _error: False):
        yield


@contextmanager
def deaf() -> Iterator[None]:
    """Receipts are not heard."""
    with patch.object(receipts, "keep", lambda *_a, **_k: None):
        yield


def controls(many: int, lost: Sequence[Fault] = (lost_after, cut_after, killed_after)) -> tuple[int, int]:
    """(doubled without the doubt, dropped without the receipts)"""
    with hopeful():
        doubled = run(lost, many)[0]["doubled"]
    with deaf():
        dropped = run((blocked,), many)[0]["dropped"]
    return doubled, dropped


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--notices", type=int, default=1000, help="all faults together")
    chosen = options.parse_args()
    logging.disable(logging.CRITICAL)
    many = -(-chosen.notices // len(FAULTS))
    found, ended = run(FAULTS, many)
    print("control:")
    doubled, dropped = controls(max(many // 3, 6))
    good = not found and doubled > 0 and dropped > 0
    states = " ".join(f"{state}={ended[state]}" for state in ("sent", "unknown", "undelivered", "expired", "pointers"))
    print(
        f"notices: faults={len(FAULTS)} notices={many * len(FAULTS)} {states} dropped={found['dropped']}"
        f" doubled={found['doubled']} unexplained={found['unexplained']} open={found['open']}"
        f" control={doubled}_doubled_{dropped}_dropped {'OK' if good else 'FAIL'}"
    )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
