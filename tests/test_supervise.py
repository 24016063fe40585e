"""What is started, with which variables, and when it counts as ready. (Running it: tests/system.)"""

from __future__ import annotations

import http.server
import os
import socket
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest
from circus.stream.redirector import Redirector
from tornado.ioloop import IOLoop

from bot import clock, supervise
from bot.crypto import Crypto
from bot.errors import ConfigError
from bot.settings import INTERNAL, SETTINGS, Settings

SECRET = "k" * 40


@pytest.fixture
def settings(tmp_path):
    return Settings(
        {"PEIZHEN_VAR": str(tmp_path / "var"), "PEIZHEN_SECRET_KEY": SECRET, "WECHAT_APP_SECRET": "wx-secret"}
    )


@pytest.fixture
def watchers(settings, monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "of the machine")
    return {w["name"]: w for w in supervise.watchers(settings, Path("models/x.tar.gz"))}


def test_four_processes_that_come_back_and_inherit_nothing(watchers):
    assert list(watchers) == ["actions", "rasa", "jobs", "web"]
    for watcher in watchers.values():
        assert (watcher["copy_env"], watcher["respawn"], watcher["max_retry"]) == (False, True, -1)
        assert "AWS_SECRET_ACCESS_KEY" not in watcher["env"]


@pytest.mark.parametrize("name", ["actions", "rasa", "jobs", "web"])
def test_each_sees_its_own_variables_only(watchers, name):
    ours = {n for n in watchers[name]["env"] if n.startswith(("PEIZHEN", "WECHAT", "WXPAY", "PORT"))}
    allowed = {s.name for s in SETTINGS if name in s.processes} | {n for n, who in INTERNAL.items() if name in who}
    assert ours <= allowed
    assert watchers[name]["env"]["PEIZHEN_PROCESS"] == name


def test_rasa_gets_derived_keys_and_never_what_they_come_from(watchers):
    env = watchers["rasa"]["env"]
    assert SECRET not in repr(watchers["rasa"])
    assert "wx-secret" not in repr(watchers["rasa"])
    assert (
        env["PEIZHEN_GATEWAY_KEY"]
        == watchers["web"]["env"]["PEIZHEN_GATEWAY_KEY"]
        == Crypto(SECRET).sign("gateway", length=32)
    )
    assert env["PEIZHEN_ACTIONS_KEY"] == watchers["actions"]["env"]["PEIZHEN_ACTIONS_KEY"] != env["PEIZHEN_GATEWAY_KEY"]
    assert "PEIZHEN_GATEWAY_KEY" not in watchers["actions"]["env"]


def test_rasa_and_actions_listen_where_the_others_look_and_on_this_machine_only(watchers):
    rasa = watchers["rasa"]["args"]
    port = rasa[rasa.index("--port") + 1]
    assert rasa[rasa.index("--interface") + 1] == "127.0.0.1"
    assert "--enable-api" not in rasa
    assert watchers["web"]["env"]["PEIZHEN_RASA_URL"] == f"http://127.0.0.1:{port}"
    actions = watchers["actions"]["env"]["PEIZHEN_ACTIONS_PORT"]
    assert watchers["rasa"]["env"]["PEIZHEN_ACTIONS_URL"] == f"http://127.0.0.1:{actions}/webhook"
    assert port != actions


def test_the_public_address_is_the_settings(settings):
    command = supervise.web_command(Settings({**settings, "PEIZHEN_HOST": "0.0.0.0", "PORT": "9009"}))
    assert command[command.index("--bind") + 1] == "0.0.0.0:9009"


def test_secrets_stand_in_no_command_line(watchers):
    for watcher in watchers.values():
        line = " ".join([watcher["cmd"], *watcher["args"]])
        for secret in (SECRET, "wx-secret", watcher["env"].get("PEIZHEN_GATEWAY_KEY") or SECRET):
            assert secret not in line


def test_counters_of_a_former_run_are_gone(settings):
    old = settings.var / "metrics" / "old.db"
    old.parent.mkdir(parents=True)
    old.write_text("x")
    assert list(Path(supervise.metrics_folder(settings)).iterdir()) == []


def test_a_taken_port_is_said_plainly():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError) as error:
            supervise.check_port("127.0.0.1", port)
        assert str(port) in error.value.facts["why"]
    supervise.check_port("127.0.0.1", supervise.free_port())


@pytest.mark.parametrize(("status", "ready"), [(200, True), (503, False)])
def test_ready_is_what_readyz_says(status, ready, capsys, monkeypatch, settings):
    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_):
            """Quiet."""

    monkeypatch.setattr(supervise, "READY_SECONDS", 5 if ready else 0.05)
    with http.server.HTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        supervise.announce(Settings({**settings, "PORT": str(server.server_address[1])}))
        server.shutdown()
    said = capsys.readouterr()
    assert (said.out.startswith("陪诊 ready"), "Not ready" in said.err) == (ready, not ready)
    assert not supervise._ready("http://127.0.0.1:1/readyz")


def test_the_clock_is_set_before_anything_starts(settings, monkeypatch):
    supervise.start_clock(Settings({**settings, "PEIZHEN_NOW": "2026-11-23T08:30"}))
    assert (settings.var / clock.OFFSET_FILE).read_text().endswith("2026-11-23T08:30:00")
    supervise.start_clock(settings)
    assert not (settings.var / clock.OFFSET_FILE).exists()


# -- a process that died, and those that are started after it --------------------------------------------------
class Died:
    """A circus process whose last words nobody has read yet; its pipes are real."""

    pipe_stdout, pipe_stderr = True, False

    def __init__(self) -> None:
        ours, theirs = os.pipe()
        self.pid, self.stdout, self.writes = 7, os.fdopen(ours, "rb", 0), theirs


def restarted(*, hook: bool) -> tuple[list[bytes], int]:
    """One part dies and is reaped, another is started: (what was written of the dead one, the handlers of the other)."""
    said: list[bytes] = []
    loop = IOLoop(make_current=False)
    try:
        one, other = (Redirector(lambda told: said.append(told["data"]), None, loop=loop) for _ in range(2))
        one.start(), other.start()
        dead = Died()
        one.add_redirections(dead)
        os.write(dead.writes, b"last words")
        if hook:
            supervise.last_words(
                watcher=SimpleNamespace(stream_redirector=one, processes={7: dead}), process_pid=7, time=0.0
            )
        dead.stdout.close()  # as circus does when it reaps
        os.close(dead.writes)
        fresh = Died()
        assert fresh.stdout.fileno() in one.pipes or hook  # the number is taken anew
        other.add_redirections(fresh)
        return said, len(other.pipes)
    finally:
        loop.close()


def test_a_part_that_is_started_after_another_died_can_be_listened_to():
    assert restarted(hook=True) == ([b"last words"], 1)


def test_control_without_the_hook_its_pipe_is_taken_for_the_dead_ones():
    with pytest.raises(ValueError, match="added twice"):
        restarted(hook=False)


def test_at_an_ordinary_stop_the_pipes_are_closed_before():
    gone = Died()
    gone.stdout.close()
    watcher = SimpleNamespace(stream_redirector=Redirector(print, None, loop=object()), processes={7: gone})
    assert supervise.last_words(watcher=watcher, process_pid=7, time=0.0)
    os.close(gone.writes)


def test_every_part_has_the_hook(watchers):
    assert {w["hooks"]["before_reap"] for w in watchers.values()} == {(supervise.last_words, True)}
