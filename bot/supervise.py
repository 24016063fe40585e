"""`peizhen run`: starts web, rasa, actions and jobs, each with its own variables only, and keeps them alive.

circus does the keeping; here stands what is started, with what, and when it counts as ready.
"""

from __future__ import annotations

import logging
import os
import shutil
import socket
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import Any

from circus import get_arbiter
from circus.exc import ConflictError

from bot import clock
from bot.crypto import Crypto
from bot.errors import ConfigError
from bot.settings import PROCESS, Settings, for_process

WORKERS, THREADS = 2, 56
READY_SECONDS = 180
STOP_SECONDS = 8.0
LOG_BYTES = 5_000_000
PIPE_BYTES = 65_536
# What a process needs of the machine to start at all; everything else is in bot/settings.py.
OF_THE_MACHINE = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "SSL_CERT_FILE")
QUIET_RASA = {
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "RASA_TELEMETRY_ENABLED": "false",
    "LOG_LEVEL": "WARNING",
    "LOG_LEVEL_LIBRARIES": "ERROR",
    "PYTHONWARNINGS": "ignore",
    "CUDA_VISIBLE_DEVICES": "-1",
    "OMP_NUM_THREADS": "1",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "SQLALCHEMY_WARN_20": "0",
}


def run(settings: Settings, model: Path) -> int:
    """Start everything and stay until Ctrl-C. Raises ConfigError when the public port is taken."""
    check_port(settings["PEIZHEN_HOST"], int(settings["PORT"]))
    (settings.var / "log").mkdir(parents=True, exist_ok=True)
    control = tempfile.mkdtemp(prefix="peizhen-")
    arbiter = get_arbiter(
        watchers(settings, model),
        controller=f"ipc://{control}/control",
        pubsub_endpoint=f"ipc://{control}/events",
        check_delay=0.5,
    )
    threading.Thread(target=announce, args=(settings,), daemon=True).start()
    logging.getLogger("tornado.application").addFilter(_worth_saying)
    try:
        arbiter.start()
    finally:
        arbiter.stop()
    print("stopped", file=sys.stderr, flush=True)
    return 0


def _worth_saying(record: logging.LogRecord) -> bool:
    """False for circus's own look-in that comes while it stops: nothing is wrong, and it would come ten times."""
    return not (record.exc_info and isinstance(record.exc_info[1], ConflictError))


def check_port(host: str, port: int) -> None:
    """Raises ConfigError when somebody listens there already."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise ConfigError(
                setting="PORT", why=f"{port} cannot be used ({error.strerror}); stop what is there or set PORT"
            ) from None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def watchers(settings: Settings, model: Path) -> list[dict[str, Any]]:
    """The four processes; ports between them are picked free at each start."""
    rasa_port, actions_port = free_port(), free_port()
    values = {**settings, **internal(settings, rasa_port, actions_port)}
    return [
        _watcher(settings, "actions", [sys.executable, "-m", "actions.server"], values),
        _watcher(settings, "rasa", rasa_command(model, rasa_port), values, QUIET_RASA),
        _watcher(settings, "jobs", [sys.executable, "-m", "bot.jobs.schedule"], values),
        _watcher(
            settings, "web", web_command(settings), values, {"PROMETHEUS_MULTIPROC_DIR": metrics_folder(settings)}
        ),
    ]


def metrics_folder(settings: Settings) -> str:
    """Where web's workers put their counters together for /metrics; emptied at each start."""
    folder = settings.var / "metrics"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return str(folder)


def internal(settings: Settings, rasa_port: int, actions_port: int) -> dict[str, str]:
    """What the processes need of each other. rasa gets derived keys, never the secret they come from."""
    crypto = Crypto(settings["PEIZHEN_SECRET_KEY"])
    tracker = settings["PEIZHEN_RASA_DATABASE_URL"] or f"sqlite:///{settings.var / 'rasa.db'}"
    return {
        "PEIZHEN_VAR": str(settings.var),
        "PEIZHEN_PAY": settings.pay,
        "PEIZHEN_RASA_URL": f"http://127.0.0.1:{rasa_port}",
        "PEIZHEN_GATEWAY_KEY": crypto.sign("gateway", length=32),
        "PEIZHEN_ACTIONS_URL": f"http://127.0.0.1:{actions_port}/webhook",
        "PEIZHEN_ACTIONS_KEY": crypto.sign("actions", length=32),
        "PEIZHEN_ACTIONS_PORT": str(actions_port),
        "PEIZHEN_DIRECTORY": str(settings.var / "directory.json"),
        "PEIZHEN_TRACKER_URL": tracker,
    }


def rasa_command(model: Path, port: int) -> list[str]:
    return [
        *(sys.executable, "-m", "rasa", "run", "--model", str(model), "--port", str(port), "--interface", "127.0.0.1"),
        *("--endpoints", "endpoints.yml", "--credentials", "credentials.yml"),
    ]


def web_command(settings: Settings) -> list[str]:
    return [
        *(sys.executable, "-m", "gunicorn", "--worker-class", "bot.web.worker.Worker"),
        *("--logger-class", "bot.web.worker.Log"),
        *(
            "--workers",
            str(WORKERS),
            "--threads",
            str(THREADS),
            "--bind",
            f"{settings['PEIZHEN_HOST']}:{settings['PORT']}",
        ),
        *("--graceful-timeout", "5", "--timeout", "60", "--keep-alive", "5", "--log-level", "warning"),
        "bot.web.wsgi:application()",
    ]


def _watcher(
    settings: Settings, name: str, command: list[str], values: dict[str, str], more: dict[str, str] | None = None
) -> dict[str, Any]:
    machine = {key: os.environ[key] for key in OF_THE_MACHINE if key in os.environ}
    log = {
        "class": "FileStream",
        "filename": str(settings.var / "log" / f"{name}.log"),
        "max_bytes": LOG_BYTES,
        "backup_count": 3,
    }
    return {
        "name": name,
        "cmd": command[0],
        "args": command[1:],
        "env": {**machine, "PYTHONUNBUFFERED": "1", **for_process({**values, PROCESS: name}, name), **(more or {})},
        "copy_env": False,
        "working_dir": str(Path(__file__).resolve().parent.parent),
        "stdout_stream": log,
        "stderr_stream": dict(log),
        "respawn": True,
        "max_retry": -1,
        "stop_children": True,
        "hooks": {"before_reap": (last_words, True)},
        "graceful_timeout": STOP_SECONDS,
    }


def last_words(*, watcher: Any, process_pid: int, **_facts: Any) -> bool:
    """circus's hook before it closes the pipes of a process that died: write what is left in them, then let go.

    circus itself goes on listening at numbers of pipes that are closed. As soon as another part's new process gets
    one of these numbers it cannot be listened to ("fd added twice"), and is not started again for ever.
    """
    redirector, process = watcher.stream_redirector, watcher.processes[process_pid]
    pipes = [(name, pipe) for name, pipe in redirector.get_process_pipes(process) if not pipe.closed]
    for name, pipe in pipes:  # at an ordinary stop circus has closed them before
        os.set_blocking(pipe.fileno(), False)
        with suppress(BlockingIOError):  # a child of the dead may still hold the other end
            while data := os.read(pipe.fileno(), PIPE_BYTES):
                redirector.redirect[name]({"data": data, "pid": process_pid, "name": name})
    redirector.remove_redirections(process)
    return True


def announce(settings: Settings) -> None:
    """One line when a patient would get an answer; a plain hint when that does not come."""
    began = time.monotonic()
    url = f"http://127.0.0.1:{settings['PORT']}/readyz"
    while time.monotonic() - began < READY_SECONDS:
        if _ready(url):
            took = time.monotonic() - began
            print(f"陪诊 ready in {took:.0f} s: {settings.public_url}   (Ctrl-C stops it)", flush=True)
            return
        time.sleep(0.3)
    print(f"Not ready after {READY_SECONDS} s; see {settings.var / 'log'}", file=sys.stderr, flush=True)


def _ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=3) as answer:  # noqa: S310 - our own address
            return bool(answer.status == 200)  # noqa: PLR2004 - HTTP OK
    except (urllib.error.URLError, OSError):
        return False


def start_clock(settings: Settings) -> None:
    """Shift the hospital's clock to PEIZHEN_NOW, for all processes; without it a former shift ends."""
    settings.var.mkdir(parents=True, exist_ok=True)
    clock.write_offset(settings.var, settings.starts_at)
