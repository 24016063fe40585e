"""What /readyz and `peizhen check` say of every part."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest

from bot import clock
from bot.db.base import make_engine
from bot.errors import ConfigError, HisUnavailable
from bot.host import health
from bot.services.sms_twin import NoGateway
from bot.settings import Settings
from tests.factories import make_ports


@pytest.fixture
def settings(tmp_path):
    return Settings({"PEIZHEN_VAR": str(tmp_path), "PORT": "1"})


@pytest.fixture
def ports(sqlite_url):
    return make_ports(make_engine(sqlite_url))


def parts(settings, ports):
    return health.probe(settings, ports)()


def ticked(settings, seconds_ago):
    seen = {"outbox": {"ok": True, "at": clock.wire_seconds() - seconds_ago}}
    (settings.var / "jobs.json").write_text(json.dumps(seen))


def test_all_is_well(settings, ports):
    ticked(settings, 1)
    assert parts(settings, replace(ports, sms=NoGateway()))["sms"] == {"ok": False, "needed": False}
    assert parts(settings, ports)["pay"] == {"ok": False, "needed": False}
    found = parts(settings, replace(ports, dialogue=SimpleNamespace(ready=lambda: True), pay=object()))
    assert {name: part["ok"] for name, part in found.items()} == dict.fromkeys(
        ("database", "his", "rasa", "jobs", "pay", "money", "wechat", "sms"), True
    )
    assert [name for name, part in found.items() if not part["needed"]] == ["jobs", "pay", "money", "wechat", "sms"]


def test_each_part_that_is_missing_is_named_and_quotes_nothing(settings, ports):
    def broken(*_args):
        raise ValueError("postgresql://user:password@host")

    def down():
        raise HisUnavailable

    ports.his.hospitals = down
    found = parts(settings, replace(ports, transaction=broken, dialogue=SimpleNamespace(ready=broken)))
    assert [name for name, part in found.items() if part["ok"]] == ["wechat", "sms"]
    assert "password" not in json.dumps(found)
    assert found["database"]["detail"] == "ValueError"


def test_what_wechat_does_not_take_is_seen_and_stops_nobody(settings, ports):
    found = health.probe(settings, ports, troubles=lambda: {"*": "40164 operator_needed"})()
    assert found["wechat"] == {"ok": False, "needed": False}


@pytest.mark.parametrize(("ago", "well"), [(1, True), (health.JOBS_SILENT_SECONDS + 1, False)])
def test_jobs_that_fell_silent_are_seen(settings, ports, ago, well):
    ticked(settings, ago)
    assert parts(settings, ports)["jobs"]["ok"] is well


def test_check_names_what_stands_at_the_demos_values(settings, ports):
    found = health.check(settings, ports)
    assert found["ok"] is False  # nothing listens on port 1
    assert {"PEIZHEN_SECRET_KEY", "WECHAT_APP_SECRET"} <= set(found["at_demo_values"])
    assert settings["PEIZHEN_SECRET_KEY"] not in json.dumps(found)


@pytest.mark.parametrize("ahead", [-61, 61, 86_400])
def test_another_time_than_the_databases_refuses_to_start(postgres_ports, monkeypatch, ahead):
    wire = clock.wire
    monkeypatch.setattr(clock, "wire", lambda: wire() + timedelta(seconds=ahead))
    with pytest.raises(ConfigError) as refused:
        health.same_time(postgres_ports)
    assert refused.value.facts["setting"] == "clock"
    assert str(abs(ahead))[:-1] in refused.value.facts["why"]


@pytest.mark.parametrize("some", ["ports", "postgres_ports"])
def test_the_same_time_is_no_news(request, monkeypatch, some):
    wire = clock.wire
    monkeypatch.setattr(clock, "wire", lambda: wire() + timedelta(seconds=30))
    health.same_time(request.getfixturevalue(some))


def test_check_names_the_kind_of_account_and_what_it_cannot_do(settings, ports):
    assert health.check(settings, ports)["account"] == {"kind": "verified_service", "off": []}
    small = Settings({**settings, "WECHAT_ACCOUNT_KIND": "unverified_service"})
    assert {"customer_messages", "oauth", "templates", "qr_scenes"} <= set(health.check(small, ports)["account"]["off"])
