"""gate-connector-fuzz: ten thousand malformed posts to one web process; none breaks it, none hangs it, none stays.

Most are signed and sealed as WeChat would, so that they reach what reads them. The control reads them as a beginner
would and must answer some with 5xx.
"""

from __future__ import annotations

import bot.lean  # noqa: F401  isort:skip

import argparse
import http.client
import socket
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from bot.db.migrate import upgrade
from tests.gates.connector_dedupe import post
from tests.gates.scenes.doors import Doors, doors, text
from tests.gates.scenes.malformed import Case, Malformed

HANG_SECONDS = 5
GROWTH_MB = 50
WARM, LEAST_WARM = (
    0.05,
    90,
)  # so much of the cases, and so many, pass before memory is looked at: what is lazy is loaded
CLOSED = 0  # the server hung up without a word, as it may on what is no HTTP


@dataclass
class Found:
    """Statuses by kind of case, and what went wrong."""

    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    hung: list[str] = field(default_factory=list)
    slowest: float = 0
    growth_mb: float = 0
    alive: bool = False

    @property
    def broken(self) -> int:
        return sum(many for (_kind, status), many in self.statuses.items() if status >= 500)

    @property
    def clean(self) -> bool:
        return not self.broken and not self.hung and self.alive and self.growth_mb < GROWTH_MB


def send(port: int, case: Case) -> int:
    """The status of the answer. Raises TimeoutError after HANG_SECONDS."""
    if case.raw:
        return _send_raw(port, case.raw)
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=HANG_SECONDS)
    try:
        line.request("POST", case.url, case.body, {"Content-Type": "text/xml"})
        answer = line.getresponse()
        answer.read()
    except (ConnectionError, http.client.HTTPException):
        return CLOSED
    finally:
        line.close()
    return answer.status


def _send_raw(port: int, raw: bytes) -> int:
    """Send and hang up our side: who waits for more than came would wait for ever."""
    with socket.create_connection(("127.0.0.1", port), timeout=HANG_SECONDS) as line:
        try:
            line.sendall(raw)
            line.shutdown(socket.SHUT_WR)
            first = line.makefile("rb").readline(200).split()
        except TimeoutError:
            raise
        except OSError:
            return CLOSED
    return int(first[1]) if len(first) > 1 and first[1].isdigit() else CLOSED


def storm(found: Doors, cases: Iterable[Case], many: int) -> Found:
    """Every case, one after the other."""
    seen, before = Found(), 0.0
    for number, case in enumerate(cases):
        if number == max(int(many * WARM), min(LEAST_WARM, many - 1)):
            before = found.resident_mb()
        began = time.monotonic()
        try:
            seen.statuses[case.kind, send(found.port, case)] += 1
        except TimeoutError:
            seen.hung.append(f"case {number}: {case.kind}")
        seen.slowest = max(seen.slowest, time.monotonic() - began)
    seen.growth_mb = found.resident_mb() - before
    seen.alive = (post(found.port, text("挂号", 1)) or b"").startswith(b"<xml><Encrypt>")
    return seen


def run(many: int, seed: int, *, fault: str = "") -> Found:
    """One storm on one process with a database of its own."""
    with tempfile.TemporaryDirectory(prefix="peizhen-fuzz-") as folder:
        url = f"sqlite:///{Path(folder) / 'fuzz.db'}"
        upgrade(url)
        with doors(url, workers=1, fault=fault) as found:
            return storm(found, Malformed(seed).cases(many), many)


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--cases", type=int, default=10_000)
    options.add_argument("--control", type=int, default=300, help="cases of the control")
    options.add_argument("--seed", type=int, default=20261121)
    chosen = options.parse_args()
    found, control = run(chosen.cases, chosen.seed), run(chosen.control, chosen.seed, fault="trusting")
    for (kind, status), many in sorted(found.statuses.items()):
        print(f"{kind:12} {status or 'closed'} {many:6}")
    for line in found.hung:
        print(f"hung: {line}")
    good = found.clean and control.broken > 0
    print(
        f"connector-fuzz: cases={chosen.cases} seed={chosen.seed} broken_5xx={found.broken} hung={len(found.hung)}"
        f" slowest={found.slowest:.2f}s memory_growth={found.growth_mb:.1f}MB alive={found.alive}"
        f" control={control.broken}/{chosen.control}_5xx {'OK' if good else 'FAIL'}"
    )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
