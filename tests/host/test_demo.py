"""The demo's people: made once, able to sign in, and printed."""

from __future__ import annotations

import pytest

from bot import clock
from bot.db.base import make_engine
from bot.db.staff import ROLES
from bot.errors import BadInput
from bot.host import demo
from bot.host.demo_hospital import DemoHospital
from bot.services import faq, staff
from bot.settings import Settings
from tests import signing_in
from tests.factories import NOW, make_ports


@pytest.fixture
def ports(sqlite_url):
    with clock.frozen(NOW):
        yield make_ports(make_engine(sqlite_url))


def test_every_department_has_a_doctor_and_all_can_sign_in(ports):
    demo.prepare(ports)
    logins = demo.logins(ports)
    assert {m["department"] for m in logins if m["role"] == "doctor"} == {"骨科", "消化内科"}
    assert {m["role"] for m in logins} == set(ROLES)
    for login in logins:
        typed = {"username": login["username"], "password": login["password"]}
        with pytest.raises(BadInput):
            staff.sign_in(ports, **typed)
        one = staff.sign_in(ports, **typed, code=signing_in.code(login["totp_secret"]))
        assert (one.role, one.name) == (login["role"], login["name"])


def test_preparing_twice_changes_nothing(ports):
    demo.prepare(ports)
    before = [faq.search(ports, text="高血压", top=5), demo.logins(ports)]
    assert before[0]
    demo.prepare(ports)
    assert [faq.search(ports, text="高血压", top=5), demo.logins(ports)] == before


def test_with_another_hospital_connected_nothing_is_played(tmp_path):
    values = {
        "PEIZHEN_VAR": str(tmp_path),
        "PEIZHEN_HIS": "http",
        "PEIZHEN_HIS_URL": "http://h",
        "PEIZHEN_HIS_KEY": "k:s",
    }
    other = DemoHospital(Settings(values))
    other.prepare()
    other.extend()
    other.tick()
    assert other.facts()["patients"] == []
    assert list(tmp_path.iterdir()) == []


def test_all_of_it_stands_together(ports):
    facts = demo.facts(ports, {"hospital": "云河医院", "patients": [], "departments": [], "doctors": []})
    assert set(facts) == {"hospital", "patients", "departments", "doctors", "staff"}
