"""Promises of the running system: who sees what, who comes back, and what Ctrl-C leaves."""

from __future__ import annotations

import os
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time

import httpx
import pytest

from bot.settings import INTERNAL, SETTINGS
from tests.system.installation import (
    ANSWER_SECONDS,
    ROOT,
    Installation,
    demo_facts,
    environment_of,
    last_code,
    processes_with,
)

SEEN, SENT = "当面给您看过", "送到医生那里"  # asked before a question goes to the doctor, and said when it has
ASKED = (SEEN, SENT)
OF_THE_MACHINE = {"PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "SSL_CERT_FILE", "PYTHONUNBUFFERED"}


@pytest.mark.parametrize("part", ["web", "rasa", "actions", "jobs"])
def test_each_process_sees_its_own_variables_only(installation, part):
    allowed = {s.name for s in SETTINGS if part in s.processes} | {n for n, who in INTERNAL.items() if part in who}
    for pid in installation.children()[part]:
        ours = {n for n in environment_of(pid) if n.startswith(("PEIZHEN", "WECHAT", "WXPAY", "PORT"))}
        assert ours - allowed == set()


def test_rasa_holds_no_secret_of_ours(installation):
    (pid,) = installation.children()["rasa"]
    values = environment_of(pid)
    assert "PEIZHEN_SECRET_KEY" not in values
    assert not [name for name in values if name.startswith(("WECHAT", "WXPAY"))]


def test_only_the_public_port_listens_beyond_the_processes_themselves(installation):
    """rasa and actions listen on loopback, and neither answers without its key."""
    (rasa,), (actions,) = installation.children()["rasa"], installation.children()["actions"]
    for pid in (rasa, actions):
        assert {address for address in listening(pid) if not address.startswith("127.")} == set()


@pytest.mark.parametrize(
    ("key", "body", "status"),
    [
        ("wrong", b"{}", 401),
        ("right", b"not json", 400),
        ("right", b"{}", 400),
        ("right", b'{"next_action": "action_nobody_wrote", "tracker": {"sender_id": "x"}}', 404),
    ],
)
def test_the_action_server_refuses_strangers_and_nonsense_without_an_echo(installation, key, body, status):
    (pid,) = installation.children()["actions"]
    own = environment_of(pid)
    headers = {"x-peizhen-key": own["PEIZHEN_ACTIONS_KEY"] if key == "right" else key}
    url = f"http://127.0.0.1:{own['PEIZHEN_ACTIONS_PORT']}/webhook"
    answer = httpx.post(url, content=body, headers=headers, trust_env=False)
    assert answer.status_code == status
    assert "sender_id" not in answer.text


def test_a_doctor_added_to_the_his_is_understood_within_a_minute_without_training(installation):
    from bot.his.embedded import EmbeddedHis

    his = EmbeddedHis(f"sqlite:///{installation.var / 'his.db'}")
    department = next(d for d in his.departments() if d.standard_name == "骨科")
    his.add_doctor(name="欧阳拓", department_id=department.id)
    his.close()
    phone, began = installation.phone(), time.monotonic()
    while "欧阳拓" not in (said := phone.say("欧阳拓医生是看什么的")):
        assert time.monotonic() - began < 60, said
        time.sleep(1)


def test_every_message_is_answered_once_while_rasa_is_killed(installation):
    """Six patients ask a doctor while rasa dies three times: six questions, nobody left without an answer."""
    phones = [installation.phone() for _ in range(6)]
    before = questions(installation)
    failures: list[str] = []

    def chat(number: int) -> None:
        try:
            phone = phones[number]
            phone.say("问医生")
            phone.say("心内科")
            phone.say(f"走路多了胸口有点闷，要不要做检查，第{number}位想问问")
            if "先看看" in phone.until("先看看", *ASKED):
                phone.say("还是要问医生")
            if SEEN in phone.until(*ASKED):
                phone.say("看过")
                phone.until(SENT)
        except AssertionError as failure:
            failures.append(str(failure))

    threads = [threading.Thread(target=chat, args=(n,)) for n in range(len(phones))]
    for thread in threads:
        thread.start()
    for _ in range(3):
        time.sleep(random.uniform(0.3, 2.0))
        for pid in installation.children()["rasa"]:
            os.kill(pid, signal.SIGKILL)
        time.sleep(6)
    for thread in threads:
        thread.join()
    assert failures == []
    assert questions(installation) - before == len(phones)
    until = time.monotonic() + ANSWER_SECONDS
    while open_rows(installation):  # what was typed twice may still wait for rasa, no longer than anything may
        assert time.monotonic() < until
        time.sleep(0.2)


def questions(installation) -> int:
    with sqlite3.connect(installation.var / "peizhen.db") as db:
        return int(db.execute("SELECT count(*) FROM question").fetchone()[0])


def open_rows(installation) -> int:
    with sqlite3.connect(installation.var / "peizhen.db") as db:
        query = "SELECT count(*) FROM inbox WHERE state NOT IN ('delivered', 'answered')"
        return int(db.execute(query).fetchone()[0])


def test_no_number_of_a_patient_reaches_a_log_or_the_tracker(installation):
    patient = demo_facts(installation.env)["patients"][3]
    phone = installation.phone()
    phone.say("绑定就诊卡")
    phone.say(patient["name"])
    phone.say(patient["id_number"])
    assert "短信验证码" in phone.say(patient["phone"])
    code = last_code(installation.env, patient["phone"])
    assert "绑好了" in phone.say(code)
    phone.say("我的报告")
    seen = installation.logs().encode() + b"".join(f.read_bytes() for f in installation.var.glob("rasa.db*"))
    for secret in (patient["name"], patient["id_number"], patient["phone"], patient["card_no"], code):
        assert secret.encode() not in seen
    assert b"action_listen" in seen  # the search does look into the tracker


def test_a_taken_port_is_said_plainly(installation, tmp_path):
    other = Installation(tmp_path / "other")
    other.env["PORT"] = str(installation.port)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "bot.cli", "run"],
        cwd=ROOT, env=other.env, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert str(installation.port) in done.stderr
    assert "PORT" in done.stderr
    assert "Traceback" not in done.stderr


def test_production_refuses_the_demos_secrets(tmp_path):
    env = {**os.environ, "PEIZHEN_ENV": "production", "PEIZHEN_VAR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "bot.cli", "run"],
        cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "must be set" in done.stderr


def test_a_part_that_dies_comes_back(installation):
    for part in ("actions", "jobs"):
        (pid,) = installation.children()[part]
        os.kill(pid, signal.SIGKILL)
        until = time.monotonic() + 120
        while installation.children()[part] in ([], [pid]):
            assert time.monotonic() < until
            time.sleep(0.2)
    assert "挂号" in installation.phone().say("菜单")


def test_ctrl_c_leaves_no_process_and_frees_the_port(installation):
    installation.stop()
    assert processes_with(f"PEIZHEN_VAR={installation.var}") == {}
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", installation.port))


def listening(pid: int) -> set[str]:
    """IPv4 addresses on which a process listens."""
    inodes = set()
    for handle in os.listdir(f"/proc/{pid}/fd"):
        try:
            target = os.readlink(f"/proc/{pid}/fd/{handle}")
        except OSError:
            continue
        if target.startswith("socket:["):
            inodes.add(target[8:-1])
    found = set()
    for line in open(f"/proc/{pid}/net/tcp").readlines()[1:]:
        fields = line.split()
        if fields[3] == "0A" and fields[9] in inodes:
            raw = bytes.fromhex(fields[1].split(":")[0])[::-1]
            found.add(".".join(str(b) for b in raw))
    return found
