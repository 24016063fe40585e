"""The web process on real services, SQLite and the tests' hospital."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.serving import make_server

from bot import clock
from bot.crypto import Crypto
from bot.db.base import make_engine, transactions
from bot.db.messages import Person
from bot.db.migrate import upgrade
from bot.faq.index import FaqIndex
from bot.ports import Ports
from bot.services import staff
from tests.factories import RULES, FakeSms, id_number, someone
from tests.signing_in import signed_in
from tests.web.hospital import HEART, Hospital
from tests.web.numbers import Booker
from tests.web.visits import OAuth, leave, make_app

NOW = datetime(2026, 11, 23, 0, 30)  # naive UTC: Monday 08:30 in Shanghai
PASSWORD = "a-good-password"


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with clock.frozen(NOW):
        yield


@pytest.fixture
def hospital() -> Hospital:
    return Hospital()


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy from."""
    path = tmp_path_factory.mktemp("web") / "empty.db"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
def ports(tmp_path: Path, empty_database: Path, hospital: Hospital) -> Ports:
    copy = tmp_path / "web.db"
    copy.write_bytes(empty_database.read_bytes())
    crypto = Crypto("t" * 40)
    transaction = transactions(make_engine(f"sqlite:///{copy}"), crypto)
    return Ports(
        transaction=transaction,
        his=hospital,  # type: ignore[arg-type]
        crypto=crypto,
        dialogue=None,  # type: ignore[arg-type]
        push=None,  # type: ignore[arg-type]
        sms=FakeSms(),
        faq=FaqIndex(transaction),
        rules=deepcopy(RULES) | {"second_factor_roles": []},  # but where a test is about it (test_second_factor.py)
        now=clock.now,
        public_url="http://localhost",
        demo=True,
    )


@pytest.fixture
def oauth() -> OAuth:
    return OAuth()


@pytest.fixture
def health() -> dict[str, dict[str, Any]]:
    return {"database": {"ok": True}, "redis": {"ok": True, "needed": False}}


@pytest.fixture
def app(ports: Ports, oauth: OAuth, health: dict[str, dict[str, Any]]) -> Flask:
    return make_app(ports, oauth, health)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


SignIn = Callable[..., FlaskClient]
Enter = Callable[[str], tuple[FlaskClient, int]]


@pytest.fixture
def sign_in(app: Flask, ports: Ports) -> SignIn:
    """A browser in which one new member of staff is signed in."""

    def go(role: str, username: str | None = None, **where: str) -> FlaskClient:
        name = username or f"{role}-1"
        staff.ensure(ports, members=[staff.Member(name, f"{name}姓名", role, PASSWORD, **where)])
        return signed_in(app.test_client(), name, PASSWORD)

    return go


@pytest.fixture
def doctor(sign_in: SignIn) -> FlaskClient:
    """A doctor of 心血管内科 at the console."""
    return sign_in("doctor", "chen", department_id=HEART.id)


@pytest.fixture
def colleague(sign_in: SignIn) -> FlaskClient:
    """Another one of the same department."""
    return sign_in("doctor", "liu", department_id=HEART.id)


@pytest.fixture
def person(ports: Ports) -> Callable[..., int]:
    """Somebody who follows the account; gives the person's id."""

    def make(openid: str, *, subscribed: bool = True) -> int:
        with ports.transaction() as session:
            row = Person(
                openid_hash=ports.crypto.digest("openid", openid),
                openid_sealed=ports.crypto.seal(openid),
                conversation=ports.crypto.digest("test", openid)[:32],
                subscribed=subscribed,
                created_at=ports.now(),
            )
            session.add(row)
            session.flush()
            return int(row.id)

    return make


@pytest.fixture
def patient(app: Flask, oauth: OAuth, person: Callable[..., int]) -> Enter:
    """A patient's WeChat browser that came in through OAuth, and the person's id."""

    def enter(openid: str) -> tuple[FlaskClient, int]:
        person_id = person(openid)
        browser = app.test_client()
        oauth.codes[f"code-{openid}"] = openid
        answer = browser.get(f"/h5/oauth/back?code=code-{openid}&state={leave(browser)}")
        assert answer.status_code == 302, answer.text
        return browser, person_id

    return enter


@pytest.fixture
def li(patient: Enter, ports: Ports) -> Booker:
    """李雷 with a card and his browser."""
    return Booker(*patient("o-li"), ports)


@pytest.fixture
def wang(patient: Enter, ports: Ports) -> Booker:
    """Somebody else, who has a card too."""
    return Booker(*patient("o-wang"), ports, someone("王芳", id_number=id_number(serial=700_002)))


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """The app behind a real socket, for a browser."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
