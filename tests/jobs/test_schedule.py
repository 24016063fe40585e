"""Jobs: each is scheduled and watched, and one that fails never stops the clock."""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from types import SimpleNamespace

import pytest

from bot import clock, wiring
from bot.db.base import make_engine
from bot.errors import HisUnavailable, Unavailable
from bot.jobs import (
    attendance,
    changes,
    directory,
    inbox,
    outbox,
    queue,
    retention,
    schedule,
    settle,
    sms,
    vault,
    waitlist,
    watch,
)
from bot.services import booking
from bot.services import vault as vaults
from tests.factories import NOW, FakePush, a_card, a_person, make_ports
from tests.services.post import Script, notices, received


@pytest.fixture
def settings(tmp_path, monkeypatch):
    made = SimpleNamespace(var=tmp_path, demo=True)
    monkeypatch.setattr(wiring, "settings", lambda: made)
    monkeypatch.setattr(watch, "_seen", {})
    return made


@pytest.fixture
def ports(settings, sqlite_url, monkeypatch):
    made = make_ports(make_engine(sqlite_url), dialogue=Script(), push=FakePush())
    monkeypatch.setattr(wiring, "ports", lambda: made)
    with clock.frozen(NOW):
        yield made


def seen(settings):
    return json.loads((settings.var / watch.FILE).read_text())


def test_every_job_is_scheduled_and_demo_jobs_in_demo_only(settings):
    assert {job.id for job in schedule.scheduler().get_jobs()} == {job.name for job in schedule.JOBS}
    settings.demo = False
    assert {job.id for job in schedule.scheduler().get_jobs()} == {j.name for j in schedule.JOBS if not j.demo}


def test_every_doorway_is_a_job():
    doors = {
        directory.run,
        inbox.run,
        outbox.run,
        queue.run,
        queue.learn,
        retention.run,
        settle.run,
        sms.run,
        vault.run,
    }
    doors |= {attendance.run, changes.run, waitlist.run}
    assert doors <= {job.run for job in schedule.JOBS}
    assert len({job.name for job in schedule.JOBS}) == len(schedule.JOBS)


@pytest.mark.parametrize(("error", "why"), [(HisUnavailable(), "his_unavailable"), (ValueError("李雷"), "ValueError")])
def test_a_failure_is_written_down_by_its_name_and_goes_no_further(settings, caplog, error, why):
    def fail():
        raise error

    with caplog.at_level(logging.INFO):
        schedule.watched(schedule.Job("settle", fail, 1))()
    assert (seen(settings)["settle"]["ok"], seen(settings)["settle"]["why"]) == (False, why)
    assert "李雷" not in caplog.text + json.dumps(seen(settings))


def test_success_is_written_beside_the_others(settings):
    schedule.watched(schedule.Job("outbox", lambda: None, 1))()
    schedule.watched(schedule.Job("inbox", lambda: None, 1))()
    assert {name: state["ok"] for name, state in seen(settings).items()} == {"outbox": True, "inbox": True}
    assert abs(seen(settings)["outbox"]["at"] - clock.wire_seconds()) < 60


def test_the_inbox_job_answers_and_the_outbox_job_sends(ports, later):
    received(ports)
    later(10)
    assert inbox.run() == 1
    assert len(notices(ports)) == 1
    assert outbox.run() == 1
    assert ports.push.sent == [("o-someone", {"text": "听到：你好"})]
    assert (outbox.run(), inbox.run()) == (0, 0)


def test_the_vault_job_forgets(ports, monkeypatch):
    vaults.put(ports, person_id=a_person(ports), kind="phone", value="13800138000")
    assert vault.run() == 0
    real = clock.wire
    monkeypatch.setattr(clock, "wire", lambda: real() + timedelta(hours=25))
    assert vault.run() == 1


def test_the_queue_job_tells_a_waiting_patient_and_the_outbox_job_sends_it(ports):
    person_id = a_person(ports, "o-waits")
    card = a_card(ports, person_id)
    slot = {"slot_id": "yh.s01-20261123-0900", "card_ref": card.ref, "key": "b"}
    booking.book(ports, person_id=person_id, **slot)
    with clock.frozen(NOW + timedelta(minutes=10)):
        assert (queue.run(), queue.run()) == (1, 0)
        assert outbox.run() == 1
    [(openid, reply)] = ports.push.sent
    assert openid == "o-waits"
    assert "预约时间：11月23日 周一 09:00-09:30" in reply["text"]


def test_the_paces_job_learns_what_is_over(ports):
    assert queue.learn() == 6  # yesterday's half days of three doctors
    assert queue.learn() == 0


def test_nothing_to_settle_is_fine(ports):
    assert settle.run() == 0


def test_the_directory_is_written_when_it_changed(ports, settings, monkeypatch):
    monkeypatch.delenv("PEIZHEN_DIRECTORY", raising=False)
    assert directory.run() is True
    assert directory.run() is False
    found = json.loads((settings.var / "directory.json").read_text())
    assert [d["name"] for d in found["doctors"]] == ["陈建国", "林晓燕", "周明"]
    assert set(found["departments"][0]) == {"id", "name", "standard_name"}
    ports.his.doctors = list
    assert directory.run() is True
    ports.his.down = True
    with pytest.raises(HisUnavailable):
        directory.run()
    assert json.loads((settings.var / "directory.json").read_text())["doctors"] == []


def test_the_directory_goes_where_rasa_looks(ports, tmp_path, monkeypatch):
    monkeypatch.setenv("PEIZHEN_DIRECTORY", str(tmp_path / "elsewhere.json"))
    directory.run()
    assert (tmp_path / "elsewhere.json").exists()


def test_the_retention_job_deletes_what_is_over(ports):
    person = a_person(ports)
    vaults.put(ports, person_id=person, kind="phone", value="13800000000")
    assert retention.run() == {}
    with clock.frozen(NOW + timedelta(days=3)), pytest.MonkeyPatch.context() as patch:
        real = clock.wire()
        patch.setattr(clock, "wire", lambda: real + timedelta(days=3))
        assert retention.run() == {"vault": 1}


def test_a_text_message_that_did_not_leave_goes_with_the_jobs(ports):
    ports.sms.failures = [Unavailable()]
    a_card(ports, a_person(ports))
    assert sms.run() == 0
    with clock.frozen(NOW + timedelta(minutes=1)):
        assert (sms.run(), sms.run()) == (1, 0)
    assert [message.kind for _, message in ports.sms.sent] == ["card_bound"]
