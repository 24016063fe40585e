"""`peizhen staff`: the first operator of an installation, and the way back in."""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa

from bot import cli, wiring
from bot.db.base import make_engine
from bot.db.privacy import Audit
from bot.errors import BadInput, Conflict, NotFound
from bot.services import staff, staff_sessions
from tests.factories import make_ports


@pytest.fixture
def ports(sqlite_url, still, monkeypatch):
    engine = make_engine(sqlite_url)
    made = make_ports(engine)
    monkeypatch.setattr(wiring, "ports", lambda: made)
    yield made
    engine.dispose()


@pytest.fixture
def peizhen(capsys):
    def run(*words):
        options = cli.parser().parse_args(["staff", *words])
        assert options.command(options) == 0
        return json.loads(capsys.readouterr().out)

    return run


def test_the_first_operator_comes_from_the_machine_itself(ports, peizhen):
    made = peizhen("add", "zhao", "--name", "赵敏")
    member = staff.sign_in(ports, username="zhao", password=made["password"])
    assert (member.role, member.name) == ("operator", "赵敏")
    opened = staff_sessions.find(ports, token=staff_sessions.begin(ports, staff_id=member.id, browser=""))
    assert opened.due == "password"
    assert peizhen("list") == [{"username": "zhao", "name": "赵敏", "role": "operator", "open": True}]


def test_a_closed_account_and_a_reset_one(ports, peizhen):
    first = peizhen("add", "zhao")["password"]
    assert peizhen("close", "zhao") == {"username": "zhao", "closed": True}
    with pytest.raises(BadInput):
        staff.sign_in(ports, username="zhao", password=first)
    second = peizhen("reset", "zhao")["password"]
    assert second != first
    assert staff.sign_in(ports, username="zhao", password=second)


def test_it_is_written_down_as_the_systems(ports, peizhen):
    peizhen("add", "zhao")
    with ports.transaction() as session:
        row = session.execute(sa.select(Audit.actor_kind, Audit.actor_id, Audit.action, Audit.reason)).one()
    assert tuple(row) == ("system", "cli", "staff.create", "operator")


@pytest.mark.parametrize(
    ("words", "wrong"),
    [
        (("reset", "nobody"), NotFound),
        (("close",), NotFound),
        (("add",), BadInput),
        (("add", "li", "--role", "doctor"), BadInput),
        (("add", "li", "--role", "owner"), BadInput),
    ],
)
def test_what_it_does_not_do(ports, peizhen, words, wrong):
    with pytest.raises(wrong):
        peizhen(*words)


def test_a_name_that_is_taken(ports, peizhen):
    peizhen("add", "zhao")
    with pytest.raises(Conflict):
        peizhen("add", "zhao")
