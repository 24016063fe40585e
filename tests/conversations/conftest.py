"""Conversations: what both sides say, and the rows it left in our database and in the hospital's."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import Engine

from bot import clock, train, wiring
from bot.crypto import Crypto
from bot.db.base import make_engine, transactions
from bot.faq.index import FaqIndex
from bot.his.embedded import EmbeddedHis
from bot.his.embedded.demo import HOUSES, demo_facts
from bot.host import demo
from bot.jobs import directory
from bot.ports import Ports
from tests.conversations.house import InProcessRasa, Talk
from tests.factories import FakePush, FakeSms, Someone, a_card, a_person
from tests.hospitals import Loaded

MONDAY = datetime(2026, 11, 23, 9, 40)  # Asia/Shanghai; clinics are open and their queues move


@pytest.fixture(scope="session")
def directory_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where rasa reads the hospital's names; the agent learns the path when it is loaded."""
    return tmp_path_factory.mktemp("directory") / "directory.json"


@pytest.fixture(scope="session")
def rasa(directory_file: Path) -> Iterator[InProcessRasa]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PEIZHEN_DIRECTORY", str(directory_file))
        yield InProcessRasa(str(train.ensure()))


@pytest.fixture(scope="session")
def _seeded(demo_hospital: Loaded) -> Path:
    """The demo hospital on that Monday, made once and copied for every conversation."""
    return demo_hospital(HOUSES[0], clock.utc(MONDAY))


@pytest.fixture(scope="session")
def _staffed(_seeded: Path, _sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Our own database with the demo's people and papers, made once: passwords are slow on purpose."""
    path = tmp_path_factory.mktemp("house") / "peizhen.db"
    shutil.copy(_sqlite_template, path)
    his = EmbeddedHis(f"sqlite:///{shutil.copy(_seeded, path.with_name('his.db'))}")
    with clock.frozen(clock.utc(MONDAY)):
        engine = make_engine(f"sqlite:///{path}")
        demo.prepare(_ports(engine, his, dialogue=None))
        engine.dispose()
        his.close()
    return path


def _ports(engine: Engine, his: EmbeddedHis, dialogue: Any) -> Ports:
    """Ports wired as in production, except that rasa is in this process and pushes are caught."""
    crypto = Crypto("a test's own secret of enough length")
    transaction = transactions(engine, crypto)
    return Ports(
        transaction=transaction,
        his=his,
        crypto=crypto,
        dialogue=dialogue,
        push=FakePush(),
        sms=FakeSms(),
        faq=FaqIndex(transaction),
        rules=wiring.rules(),
        now=clock.now,
        public_url="http://localhost:8000",
        demo=True,
    )


@pytest.fixture
def monday() -> Iterator[None]:
    with clock.frozen(clock.utc(MONDAY)):
        yield


@pytest.fixture
def hospital(_seeded: Path, tmp_path: Path, monday: None) -> Iterator[EmbeddedHis]:
    shutil.copy(_seeded, tmp_path / "his.db")
    his = EmbeddedHis(f"sqlite:///{tmp_path / 'his.db'}")
    yield his
    his.close()


@pytest.fixture
def house(
    rasa: InProcessRasa,
    hospital: EmbeddedHis,
    _staffed: Path,
    tmp_path: Path,
    directory_file: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Ports]:
    for file in _staffed.parent.glob("peizhen.db*"):
        shutil.copy(file, tmp_path / file.name)
    engine = make_engine(f"sqlite:///{tmp_path / 'peizhen.db'}")
    ports = _ports(engine, hospital, rasa)
    monkeypatch.setattr(wiring, "ports", lambda: ports)
    monkeypatch.setattr("bot.nlu.directory.STAT_EVERY", 0.0)  # a changed file is seen at the next message
    monkeypatch.setattr("actions.base.LIMIT_SECONDS", 60.0)  # how busy this machine is changes no conversation
    directory.write(directory_file)
    yield ports
    engine.dispose()


@pytest.fixture
def talk(house: Ports) -> Talk:
    """One new patient."""
    return Talk(house)


@pytest.fixture
def patients() -> list[dict[str, Any]]:
    """The demo's patients: name, id_number, phone, card_no."""
    return list(demo_facts()["patients"])


@pytest.fixture
def bound(talk: Talk, patients: list[dict[str, Any]]) -> Talk:
    """A patient who has bound his own card; not by talking, which `bind` does and takes eight turns."""
    who = patients[0]
    person = a_person(talk.ports, talk.openid)
    a_card(talk.ports, person, Someone(who["name"], who["id_number"], who["phone"]))
    return talk


@pytest.fixture
def bound_here(talk: Talk, patients: list[dict[str, Any]]) -> Talk:
    """A patient who has just bound his own card in the chat, and is asked whose it is."""
    bind(talk, patients[0])
    return talk


@pytest.fixture
def another(house: Ports) -> Callable[[], Talk]:
    return lambda: Talk(house)


def bind(talk: Talk, patient: dict[str, Any]) -> None:
    """Bind a card by talking."""
    talk("绑定就诊卡")
    tell(talk, patient)
    assert "绑好了" in type_code(talk, patient)


def tell(talk: Talk, patient: dict[str, Any]) -> str:
    """Answer the card form up to the code, which is now on its way; for a child as his guardian."""
    talk(patient["name"])
    said = talk(patient["id_number"])
    if "监护人" in said:
        talk.tap("我是监护人")
    return talk(patient["phone"])


def type_code(talk: Talk, patient: dict[str, Any]) -> str:
    """Type the code that went to this patient's phone; without one asked for, what was said last."""
    if "短信验证码" not in talk.said:
        return talk.said
    return talk(sms(talk).code(patient["phone"]))


def sms(talk: Talk) -> FakeSms:
    """What was sent to phones."""
    assert isinstance(talk.ports.sms, FakeSms)
    return talk.ports.sms
