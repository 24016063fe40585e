"""Which hospitals a federation has, as its settings say it, and how each of them is looked after."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import timedelta

import pytest

from bot import clock, wiring
from bot.errors import ConfigError, HisUnavailable
from bot.his.embedded import EmbeddedHis, demo
from bot.his.federated import FederatedHis
from bot.his.http import HttpHis
from bot.host import federation, health
from bot.host.demo_hospital import DemoHospital
from bot.settings import Settings
from tests.factories import NOW, make_ports

KEY = "peizhen:a-secret-of-enough-length"
OTHER = "peizhen:b=another-secret-of-enough-length"


def settings(url, key="", **more):
    return Settings({"PEIZHEN_HIS": "federated", "PEIZHEN_HIS_URL": url, "PEIZHEN_HIS_KEY": key, **more})


def test_the_hospitals_in_one_line_share_a_key():
    found = federation.entries(settings("yh=https://his.example/a?b=c; yz=https://other.example ;", KEY))
    assert [(entry.id, entry.url, entry.key) for entry in found] == [
        ("yh", "https://his.example/a?b=c", KEY),
        ("yz", "https://other.example", KEY),
    ]


def test_each_hospital_may_have_a_key_of_its_own_and_a_database_needs_none():
    told = settings("yh=https://his.example;yz=https://other.example;yx=sqlite:///x.db", f"yh={KEY};yz={OTHER}")
    assert [entry.key for entry in federation.entries(told)] == [KEY, OTHER, ""]


def test_the_hospitals_may_stand_in_a_file(tmp_path):
    file = tmp_path / "hospitals.yaml"
    file.write_text(
        f"hospitals:\n- {{id: yh, url: 'https://his.example', key: '{KEY}'}}\n- {{id: yz, url: sqlite://}}\n"
    )
    his = wiring.his(settings(str(file)))
    assert isinstance(his, FederatedHis)
    assert [(name, type(one)) for name, one in his.members.items()] == [("yh", HttpHis), ("yz", EmbeddedHis)]


def test_a_key_shows_in_no_log():
    assert KEY not in repr(federation.entries(settings("yh=https://his.example", KEY)))


@pytest.mark.parametrize(
    ("url", "key", "named"),
    [
        (";", KEY, "PEIZHEN_HIS_URL"),
        ("https://his.example", KEY, "PEIZHEN_HIS_URL"),
        ("yh=", KEY, "PEIZHEN_HIS_URL"),
        ("y.h=https://his.example", KEY, "PEIZHEN_HIS_URL"),
        ("yh=https://a.example;yh=https://b.example", KEY, "PEIZHEN_HIS_URL"),
        ("yh=https://a.example", "", "PEIZHEN_HIS_KEY"),
        ("yh=https://a.example;yz=https://b.example", f"yh={KEY}", "PEIZHEN_HIS_KEY"),
        ("yh=https://a.example", "short", "PEIZHEN_HIS_KEY"),
        ("/nowhere/hospitals.yaml", KEY, "PEIZHEN_HIS_URL"),
    ],
)
def test_what_names_no_hospital_is_refused_by_its_setting(url, key, named):
    with pytest.raises(ConfigError) as error:
        wiring.his(settings(url, key))
    assert error.value.facts["setting"] == named


@pytest.mark.parametrize(
    "text", ["", "- yh", "hospitals: yh", "hospitals: [{id: yh}]", "hospitals: [{id: yh, url: 5}]", "{"]
)
def test_a_file_that_holds_none_is_refused(tmp_path, text):
    file = tmp_path / "hospitals.yml"
    file.write_text(text)
    with pytest.raises(ConfigError):
        federation.entries(settings(str(file), KEY))


def _region(folder):
    return settings(f"yh=sqlite:///{folder}/yh.db;yz=sqlite:///{folder}/yz.db", PEIZHEN_VAR=str(folder))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Two databases of ours, made as the demo makes them."""
    folder = tmp_path_factory.mktemp("region")
    with clock.frozen(NOW):
        DemoHospital(_region(folder)).prepare()
    return folder


@pytest.fixture
def region(made, tmp_path):
    """The two for one test."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    with clock.frozen(NOW):
        yield _region(tmp_path)


def test_the_demo_may_be_a_region(region):
    his = wiring.his(region)
    assert [hospital.id for hospital in his.hospitals()] == list(demo.HOUSES)
    facts = DemoHospital(region).facts()
    assert facts["hospital"] == "、".join(hospital.name for hospital in his.hospitals())
    assert {row["id"] for row in facts["departments"]} == {department.id for department in his.departments()}
    today = clock.today()
    with clock.frozen(NOW + timedelta(days=1)):
        DemoHospital(region).extend()
        DemoHospital(region).tick()
    assert his.slots(first=today + timedelta(days=15), last=today + timedelta(days=15))


def test_check_names_each_hospital_and_the_one_that_is_silent(region, engine, monkeypatch):
    his = wiring.his(region)
    ports = replace(make_ports(engine), his=his)
    parts = health.check(region, ports)["parts"]
    assert parts["his yh"]["ok"]
    assert parts["his yz"]["ok"]

    def down():
        raise HisUnavailable

    monkeypatch.setattr(his.members["yz"], "hospitals", down)
    found = health.check(region, ports)
    assert (found["parts"]["his yh"]["ok"], found["parts"]["his yz"]["ok"], found["ok"]) == (True, False, False)
    assert health.probe(region, ports)()["his"]["ok"]


def test_a_hospital_that_answers_under_another_id_is_a_fault(region, engine, tmp_path):
    swapped = settings(f"yz=sqlite:///{tmp_path}/yh.db", PEIZHEN_VAR=str(tmp_path))
    ports = replace(make_ports(engine), his=wiring.his(swapped))
    assert not health.check(swapped, ports)["parts"]["his yz"]["ok"]
