"""Train the model when something it is made of has changed; the file's name says what it was made of."""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.errors import ConfigError

ROOT = Path(__file__).resolve().parent.parent
MODELS = ROOT / "models"
MADE_OF = ("config.yml", "domain.yml", "bot/domain", "nlu_data", "bot/nlu", "bot/charcnn", "bot/importer.py", "uv.lock")
KEPT = 3  # older models are removed
SAY_EVERY = 5  # seconds between two signs of life
# No cache between trainings: it saves seconds, and two trainings at once (run and test) would share its database.
# The network that is learnt (bot.charcnn) comes out the same again: sums are added in one order, by so many threads.
PLAIN = {
    "RASA_MAX_CACHE_SIZE": "0",
    "RASA_TELEMETRY_ENABLED": "false",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_DETERMINISTIC_OPS": "1",
    "TF_ENABLE_ONEDNN_OPTS": "0",
    "TF_NUM_INTEROP_THREADS": "2",
    "TF_NUM_INTRAOP_THREADS": "2",
    "PYTHONWARNINGS": "ignore",
}


def current() -> Path:
    """Where the model for today's files is, or will be."""
    return MODELS / f"peizhen-{fingerprint()}.tar.gz"


def fingerprint() -> str:
    digest = hashlib.sha256()
    for path in _files():
        digest.update(path.relative_to(ROOT).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _files() -> Iterator[Path]:
    for name in MADE_OF:
        path = ROOT / name
        found = sorted(path.rglob("*")) if path.is_dir() else [path]
        yield from (p for p in found if p.suffix in {".yml", ".py", ".lock"})


def ensure() -> Path:
    """The trained model, trained now if need be (two to four minutes). Raises ConfigError('training').

    Whoever asks while another process trains waits for it.
    """
    if _whole():
        return current()
    with _alone():
        if not _whole():
            _train()
    return current()


def _whole() -> bool:
    return current().exists() and (MODELS / "zh_hospital").exists()  # rasa reads both


@contextmanager
def _alone() -> Iterator[None]:
    MODELS.mkdir(exist_ok=True)
    with (MODELS / ".training").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)  # let go when the file is closed, or its process dies
        yield


def _train() -> None:
    from bot.nlu.spacy_model import build

    model = current()
    build(MODELS / "zh_hospital")
    if model.exists():
        return
    print("Training the model (the training data changed) ...", file=sys.stderr, flush=True)
    made = MODELS / f"unfinished-{model.name}"  # nobody takes half a file for a model
    command = [
        *(sys.executable, "-m", "rasa", "train", "--config", "config.yml", "--domain", "domain.yml"),
        *("--data", "nlu_data/intents", "nlu_data/rules", "nlu_data/stories"),
        *("--skip-validation", "--out", str(MODELS), "--fixed-model-name", made.name.removesuffix(".tar.gz")),
    ]
    log = MODELS / "training.log"
    if _patiently(command, log) or not made.exists():
        raise ConfigError("training", why=f"rasa train failed, see {log}: {_last_line(log)}")
    made.rename(model)
    _forget_old()


def _patiently(command: list[str], log: Path) -> int:
    """Run a long command, saying every few seconds that it goes on; returns its exit code."""
    began = time.monotonic()
    with log.open("w") as output:
        running = subprocess.Popen(  # noqa: S603 - our own command line
            command, cwd=ROOT, env={**os.environ, **PLAIN}, stdout=output, stderr=subprocess.STDOUT
        )
        while running.poll() is None:
            try:
                running.wait(SAY_EVERY)
            except subprocess.TimeoutExpired:
                print(f"  ... {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    return int(running.returncode)


def _last_line(log: Path) -> str:
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return lines[-1][:300] if lines else ""


def _forget_old() -> None:
    models = sorted(MODELS.glob("peizhen-*.tar.gz"), key=lambda p: p.stat().st_mtime, reverse=True)
    for old in models[KEPT:]:
        old.unlink(missing_ok=True)
