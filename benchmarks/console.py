"""The doctors' console with a full inbox: polls, pages, opening a question, and what a browser needs to show it.

    make bench-console
    make bench-console ARGS="--questions 100000 --without-browser"

One department's questions in SQLite and in PostgreSQL. Server times are of whole requests through the app, session and
headers included; a poll that changes nothing is a 304. The browser is a real Chromium at the same app over a socket.
"""

from __future__ import annotations

import bot.lean  # noqa: F401  isort:skip

import argparse
import logging
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Page
from werkzeug.serving import make_server

from bot.db.base import make_engine, new_ref
from bot.db.consult import Question
from bot.db.migrate import upgrade
from bot.ports import Ports
from bot.services import staff
from tests.browsers import WIDE, chromium
from tests.factories import RULES, a_card, a_person, make_ports
from tests.servers import postgresql
from tests.web.visits import OAuth, make_app, token

PASSWORD, DEPARTMENT, NAME = "a-good-password", "yh.d01", "骨科"
TEXT = "膝盖疼了两周，上下楼梯更明显，夜里也会疼，吃了布洛芬好一点。需要拍片吗？要不要少走路？"
TIMES = 60
POLL_LIMIT = 10.0  # ms, of a poll that changes nothing, at the median: a busy machine's scheduler is in the p95
BATCH = 1000


@dataclass
class Measured:
    """Milliseconds of each thing asked, by its name."""

    database: str
    times: dict[str, list[float]] = field(default_factory=dict)

    def p50(self, name: str) -> float:
        return statistics.median(self.times[name])

    def p95(self, name: str) -> float:
        return sorted(self.times[name])[int(len(self.times[name]) * 0.95) - 1]


def fill(ports: Ports, count: int) -> None:
    """So many open questions: some flagged, some late, one in twenty claimed by a colleague."""
    person = a_person(ports)
    card = a_card(ports, person)
    colleague = _member(ports, "colleague")
    sealed, now = ports.crypto.seal(TEXT), ports.now()
    with ports.transaction() as session:
        card_id = session.scalar(sa.text("SELECT id FROM card WHERE ref = :ref"), {"ref": card.ref})
        for first in range(0, count, BATCH):
            rows = [_row(n, person, card_id, sealed, now, colleague) for n in range(first, min(first + BATCH, count))]
            session.execute(sa.insert(Question), rows)
        session.execute(sa.text("ANALYZE"))  # as autovacuum does, and SQLite's own upkeep


def _row(n: int, person: int, card_id: int, sealed: bytes, now: object, colleague: int) -> dict[str, object]:
    asked = now - timedelta(minutes=n % 2000)  # type: ignore[operator]
    held = n % 20 == 0
    return {
        "ref": new_ref("q"),
        "key": f"bench-{n}",
        "person_id": person,
        "card_id": card_id,
        "department_id": DEPARTMENT,
        "department_name": NAME,
        "text_sealed": sealed,
        "red_flag": n % 100 == 0,
        "state": "claimed" if held else "waiting",
        "claimed_by": colleague if held else None,
        "claim_until": asked + timedelta(days=2) if held else None,
        "version": 1 + held,
        "asked_at": asked,
        "due_at": asked + timedelta(minutes=1500),
    }


def _member(ports: Ports, name: str) -> int:
    return staff.ensure(ports, members=[staff.Member(name, "陈建国", "doctor", PASSWORD, DEPARTMENT)])[0].id


def sign_in(app: Flask, ports: Ports) -> FlaskClient:
    _member(ports, "chen")
    browser = app.test_client()
    form = {"csrf_token": token(browser.get("/console/signin").text), "username": "chen", "password": PASSWORD}
    assert browser.post("/console/signin", data=form).status_code == 303
    return browser


def measure(url: str, count: int, *, with_browser: bool) -> Measured:
    """Fill one database and ask everything of it."""
    upgrade(url)
    ports = make_ports(
        make_engine(url), rules={**RULES, "second_factor_roles": []}
    )  # what signing in costs is not looked at here
    fill(ports, count)
    app = make_app(ports, OAuth(), {"database": {"ok": True}})
    found = Measured(url.split(":", maxsplit=1)[0].split("+", maxsplit=1)[0])
    requests(found, sign_in(app, ports))
    if with_browser:
        browse(found, app)
    return found


def requests(found: Measured, browser: FlaskClient) -> None:
    """Whole requests, one after the other, each asked once before it is timed."""
    etag = browser.get("/console/questions/live").headers["ETag"]
    page = browser.get("/console/questions").text
    ref = page.split('id="row-')[1].split('"')[0]
    asked: dict[str, Callable[[], int]] = {
        "poll 304": lambda: browser.get("/console/questions/live", headers={"If-None-Match": etag}).status_code,
        "poll 200": lambda: browser.get("/console/questions/live").status_code,
        "list": lambda: browser.get("/console/questions").status_code,
        "list page 150": lambda: browser.get("/console/questions?page=150").status_code,
        "filter overdue": lambda: browser.get("/console/questions?which=overdue").status_code,
        "question": lambda: browser.get(f"/console/questions/{ref}").status_code,
    }
    for name, ask in asked.items():
        expected = 304 if name.endswith("304") else 200
        assert ask() == expected, (name, ask())
        found.times[name] = [_timed(ask) for _ in range(TIMES)]


def browse(found: Measured, app: Flask) -> None:
    """In Chromium: from asking for the list to its last paint, and from a key to what it does."""
    with served(app) as address, chromium() as browser:
        page = browser.new_context(viewport=WIDE).new_page()
        page.goto(f"{address}/console/signin")
        page.fill("#username", "chen")
        page.fill("#password", PASSWORD)
        page.press("#password", "Enter")
        page.wait_for_url("**/console/questions")
        found.times["browser: list shown"] = [_shown(page) for _ in range(20)]
        found.times["browser: j to focus"] = [_timed(lambda: _next(page)) for _ in range(20)]
        found.times["browser: Enter to question"] = [_opened(page) for _ in range(10)]


def _shown(page: Page) -> float:
    page.reload()
    page.wait_for_selector("[data-row]")
    return float(page.evaluate("performance.timing.loadEventEnd - performance.timing.navigationStart"))


def _next(page: Page) -> int:
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.matches('[data-row]')")
    return 0


def _opened(page: Page) -> float:
    taken = _timed(lambda: _press(page))
    page.go_back()
    page.wait_for_selector("[data-row]")
    page.keyboard.press("j")
    return taken


def _press(page: Page) -> int:
    page.keyboard.press("Enter")
    page.wait_for_selector("#note")  # the last thing on a question's page
    return 0


@contextmanager
def served(app: Flask) -> Iterator[str]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()


def _timed(ask: Callable[[], int]) -> float:
    before = time.perf_counter()
    ask()
    return (time.perf_counter() - before) * 1000


def table(measured: list[Measured], count: int) -> str:
    names = list(measured[0].times)
    heads = " | ".join(f"{one.database} p50 / p95" for one in measured)
    lines = [f"| {count} open questions, ms | {heads} |", "|---|" + "---|" * len(measured)]
    for name in names:
        cells = (f"{m.p50(name):.1f} / {m.p95(name):.1f}" if name in m.times else "" for m in measured)
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--questions", type=int, default=10_000)
    options.add_argument("--without-browser", action="store_true")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder, postgresql() as server:
        urls = [f"sqlite:///{Path(folder) / 'bench.db'}", server("postgres")]
        measured = [
            measure(url, chosen.questions, with_browser=not chosen.without_browser and n == 0)
            for n, url in enumerate(urls)
        ]
    print(table(measured, chosen.questions))
    polls = " ".join(f"{m.database}={m.p50('poll 304'):.1f}/{m.p95('poll 304'):.1f}ms" for m in measured)
    good = all(one.p50("poll 304") < POLL_LIMIT for one in measured)
    print(f"console: questions={chosen.questions} poll_304 {polls} limit={POLL_LIMIT:.0f} {'OK' if good else 'FAIL'}")
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())
