"""One turn through /wechat, from decryption to the encrypted reply, beside Rasa's default Chinese pipeline.

    make bench-turn                      both sides (the peer trains for some minutes)
    make bench-turn ARGS=--skip-slow     ours alone

The same web, actions, jobs and hospital stand around both; only rasa's model differs. Messages are one-turn wishes,
each patient with his own connection. Timing is wall time at the client on this machine.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.phone import Phone
from bot import settings, train, wiring
from connectors.simulator.envelope import Envelope
from tests.system.installation import MONDAY, Installation

LINES = (
    "你好",
    "医院在哪里",
    "胃镜多少钱",
    "骨科在几楼",
    "停车方便吗",
    "高血压能吃咸菜吗",
    "谢谢",
    "几点上班",
    "菜单",
    "我的预约",
)
PATIENTS = (1, 10, 40)
EARLY, LATE = range(8, 13), range(148, 153)  # turns compared in one long talk
RUN = (
    "import sys; from pathlib import Path; from bot import settings, supervise; "
    "supervise.run(settings.load(), Path(sys.argv[1]))"
)


@dataclass
class Side:
    """Everything measured of one side; times in ms, memory in MB."""

    name: str
    start_s: float
    memory: dict[str, float]
    turns: dict[int, tuple[float, float, float]]  # patients → p50, p95, messages/s
    early: float
    late: float


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("--skip-slow", action="store_true", help="leave out the peer")
    options.add_argument("--messages", type=int, default=400, help="messages of each round, shared by its patients")
    chosen = options.parse_args()
    sides = [measure("Peizhen", train.ensure(), chosen.messages)]
    if not chosen.skip_slow:
        sides.append(measure("Rasa default zh", peer_model(), chosen.messages))
    report(sides)
    return 0


def measure(name: str, model: Path, messages: int) -> Side:
    with running(model) as (place, took):
        envelope = demo_envelope(place)
        Phone(place.url, envelope).say("你好")  # the first turn loads what is lazy
        loads = {n: load(place, envelope, n, messages // n) for n in PATIENTS}
        early, late = long_talk(place, envelope)
        return Side(name, took, memory(place), loads, early, late)


@contextmanager
def running(model: Path) -> Iterator[tuple[Installation, float]]:
    """An installation with this model; yields it and the seconds from start to ready."""
    place = Installation(Path(tempfile.mkdtemp(prefix="bench-turn-")))
    env = place.env | {"PEIZHEN_NOW": MONDAY}
    subprocess.run([sys.executable, "-m", "bot.cli", "prepare"], cwd=train.ROOT, env=env, check=True)
    began = time.perf_counter()
    with place.output.open("wb") as output:
        place.process = subprocess.Popen(
            [sys.executable, "-c", RUN, str(model)], cwd=train.ROOT, env=env, stdout=output, stderr=output
        )
    try:
        while b"ready in" not in place.output.read_bytes():
            if place.process.poll() is not None or time.perf_counter() - began > 300:
                raise SystemExit(place.output.read_text() + place.logs()[-2000:])
            time.sleep(0.05)
        yield place, time.perf_counter() - began
    finally:
        place.stop()
        shutil.rmtree(place.var, ignore_errors=True)


def demo_envelope(place: Installation) -> Envelope:
    values = settings.Settings(place.env)
    return Envelope(values["WECHAT_TOKEN"], wiring.aes_key(values), values["WECHAT_APP_ID"])


def load(place: Installation, envelope: Envelope, patients: int, turns: int) -> tuple[float, float, float]:
    times: list[float] = []

    def talk(first: int) -> None:
        phone = Phone(place.url, envelope)
        for turn in range(turns):
            began = time.perf_counter()
            phone.say(LINES[(first + turn) % len(LINES)])
            times.append((time.perf_counter() - began) * 1000)
        phone.close()

    threads = [threading.Thread(target=talk, args=(n,)) for n in range(patients)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    speed = len(times) / (time.perf_counter() - began)
    return statistics.median(times), statistics.quantiles(times, n=20)[18], speed


def long_talk(place: Installation, envelope: Envelope) -> tuple[float, float]:
    """Median ms around turn 10 and around turn 150 of one patient."""
    phone, times = Phone(place.url, envelope), []
    for turn in range(max(LATE) + 1):
        began = time.perf_counter()
        phone.say(LINES[turn % len(LINES)])
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times[t] for t in EARLY), statistics.median(times[t] for t in LATE)


def memory(place: Installation) -> dict[str, float]:
    """Resident MB by part; web's workers and master together."""
    page = os.sysconf("SC_PAGE_SIZE") / 1e6
    return {
        part: sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * page for pid in pids)
        for part, pids in place.children().items()
    }


def peer_model() -> Path:
    folder = train.MODELS / "bench"
    model = folder / f"peer-{train.fingerprint()}.tar.gz"
    if not model.exists():
        print("Training the peer (some minutes) ...", file=sys.stderr, flush=True)
        subprocess.run(
            [
                *(
                    sys.executable,
                    "-m",
                    "rasa",
                    "train",
                    "--config",
                    "benchmarks/turn_peer.yml",
                    "--domain",
                    "domain.yml",
                ),
                *("--data", "nlu_data/intents", "nlu_data/rules", "nlu_data/stories"),
                *("--out", str(folder), "--fixed-model-name", model.name.removesuffix(".tar.gz")),
            ],
            cwd=train.ROOT,
            env={**os.environ, **train.PLAIN},
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    return model


def report(sides: list[Side]) -> None:
    rows = [("", *(side.name for side in sides))]
    rows.append(("start to ready, s", *(f"{s.start_s:.1f}" for s in sides)))
    rows += [(f"memory {part}, MB", *(f"{s.memory[part]:.0f}" for s in sides)) for part in sides[0].memory]
    for n in PATIENTS:
        rows.append((f"{n} patients: p50 / p95 ms", *(f"{s.turns[n][0]:.0f} / {s.turns[n][1]:.0f}" for s in sides)))
        rows.append((f"{n} patients: messages/s", *(f"{s.turns[n][2]:.1f}" for s in sides)))
    rows.append(("turn 10 / turn 150, ms", *(f"{s.early:.0f} / {s.late:.0f}" for s in sides)))
    for row in rows:
        print(f"{row[0]:<28}" + "".join(f"{cell:>18}" for cell in row[1:]))
    ours = sides[0]
    best = max(speed for _p50, _p95, speed in ours.turns.values())
    line = f"turn: p95={ours.turns[1][1]:.0f}ms msgs_per_s={best:.1f} ready={ours.start_s:.1f}s"
    line += f" rasa_mb={ours.memory['rasa']:.0f}"
    if len(sides) > 1:
        line += f" ratio={best / max(speed for _p50, _p95, speed in sides[1].turns.values()):.1f}x"
    print(line)


if __name__ == "__main__":
    sys.exit(main())
