"""gate-his-api: schemathesis against the served demo hospital: no 5xx, no answer that breaks docs/his-api.yaml.

Schemathesis and rasa exclude each other's pins, so it has a locked project of its own (tests/his_api), which uv puts
beside it at the first run. Valid calls are aimed at things that exist, and every operation must have succeeded at
least once. The controls are two served faults, a field that is left out and an error inside; both must be found.
"""

from __future__ import annotations

import bot.lean  # noqa: F401  isort:skip

import argparse
import json
import logging
import os
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

from werkzeug.serving import make_server

from bot import clock
from bot.his import serve
from bot.his.embedded import EmbeddedHis, demo
from bot.his.port import Appointment, HisPort, Slot
from tests.connecting.visitors import person

ROOT = Path(__file__).parents[2]
PROJECT, SPEC = ROOT / "tests" / "his_api", ROOT / "docs" / "his-api.yaml"
KEY = "gate:a-secret-that-is-long-enough"
MONDAY = date(2026, 11, 23)
NOW = clock.utc(datetime(2026, 11, 23, 9, 5))  # in the middle of the morning's clinics
OPERATIONS = len([name for name in dir(HisPort) if not name.startswith("_")])
FAILED = 1  # schemathesis's exit code when it found something
EACH = 40  # things of each kind that calls may be about
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)


class Known:
    """Calls of a demo hospital that can succeed, by operation id; everybody who books has one number a day."""

    def __init__(self, his: EmbeddedHis) -> None:
        self._his = his
        names = ("name", "id_number", "phone")
        self._people = [{name: each[name] for name in names} for each in demo.demo_facts()["patients"]]
        self._patients = [his.find_patient(**each).id for each in self._people]  # type: ignore[union-attr]

    def calls(self) -> dict[str, list[dict[str, Any]]]:
        """Operation id → parts of calls."""
        today, booked, held = self._booked(0), self._booked(1), self._held(2)
        halves = [each.id for each in self._his.sessions(MONDAY) if each.start <= NOW < each.end]
        later = [each.id for each in self._his.sessions(MONDAY + timedelta(days=4))]
        patients = [{"path_parameters": {"patient_id": each}} for each in self._patients]
        since = [{**each, "query": {"since": "2023-11-23"}} for each in patients]
        stand = [{"path_parameters": {"appointment_id": each}} for each in (*today, *booked, *held)]
        return {
            "slots": [{"query": {"first": str(MONDAY), "last": str(MONDAY + timedelta(days=3))}}],
            "sessions": [{"query": {"day": str(MONDAY)}}],
            "changes": [{"query": {"since": "2026-11-23T08:00:00+08:00"}}],
            "slot": [{"path_parameters": {"slot_id": each.id}} for each in self._free(3)],
            "find_patient": [{"body": each} for each in self._people],
            "register_patient": [{"body": each} for each in (*self._people, *(person() for _ in range(EACH)))],
            "patient": patients,
            "appointments": patients,
            "appointment": stand,
            "queue": stand,
            "appointment_by_key": [{"query": {"key": f"known-1-{number}"}} for number in range(EACH)],
            "book": self._pairs(3),
            "hold": [{"body": {**each["body"], "minutes": 5}} for each in self._pairs(5)],
            "cancel": [{"path_parameters": {"appointment_id": each}} for each in booked],
            "check_in": [{"path_parameters": {"appointment_id": each}} for each in today],
            "confirm": [{"path_parameters": {"appointment_id": each}} for each in held],
            "reschedule": [
                {"path_parameters": {"appointment_id": each}, "body": {"slot_id": slot.id}}
                for each, slot in zip(booked, self._free(6), strict=False)
            ],
            **{name: _of(halves) for name in ("call_next", "miss", "calls")},
            "close_session": _of(later),
            **dict.fromkeys(("reports", "prescriptions", "bills"), since),
            "report": [
                {"path_parameters": {"patient_id": who, "report_id": report.id}}
                for who in self._patients[:EACH]
                for report in self._his.reports(who, since=date(2023, 11, 23))[:2]
            ],
        }

    def _free(self, days: int) -> list[Slot]:
        day = MONDAY + timedelta(days=days)
        return [slot for slot in self._his.slots(first=day, last=day) if slot.left][:EACH]

    def _pairs(self, days: int) -> list[dict[str, Any]]:
        pairs = zip(self._free(days), self._patients, strict=False)
        return [{"body": {"slot_id": slot.id, "patient_id": patient}} for slot, patient in pairs]

    def _booked(self, days: int) -> list[str]:
        orders = enumerate(each["body"] for each in self._pairs(days))
        return [self._his.book(**order, key=f"known-{days}-{number}").id for number, order in orders]

    def _held(self, days: int) -> list[str]:
        orders = enumerate(each["body"] for each in self._pairs(days))
        return [self._his.hold(**order, key=f"held-{number}", minutes=200).id for number, order in orders]


def _of(halves: list[str]) -> list[dict[str, Any]]:
    return [{"path_parameters": {"session_id": each}} for each in halves]


@dataclass(frozen=True)
class Found:
    """What one run says: operations tried and those that ever succeeded, calls made, and what was wrong, by kind."""

    operations: int
    succeeded: int
    cases: int
    wrong: Counter[str]

    @property
    def server_errors(self) -> int:
        return self.wrong["ServerError"]

    @property
    def broken(self) -> int:
        return self.wrong.total() - self.server_errors


def run(examples: int, *, only: tuple[str, ...] = ()) -> Found:
    """Schemathesis against a fresh demo hospital. Raises RuntimeError when it could not do its work."""
    with tempfile.TemporaryDirectory() as folder, clock.frozen(NOW):
        his = EmbeddedHis(f"sqlite:///{folder}/his.db")
        demo.load(his)
        known, report = Path(folder) / "known.json", Path(folder) / "report.json"
        known.write_text(json.dumps(Known(his).calls()), encoding="utf-8")
        with _served(his) as url:
            done = subprocess.run(
                _command(url, report, examples, only),
                check=False,
                cwd=folder,
                env=_environment(known),
                capture_output=True,
                text=True,
            )
        his.close()
        if done.returncode not in {0, FAILED} or not report.exists():
            raise RuntimeError(
                f"schemathesis ended with {done.returncode}:\n{done.stdout[-4000:]}{done.stderr[-4000:]}"
            )
        return _read(json.loads(report.read_text(encoding="utf-8")))


def _read(report: dict[str, Any]) -> Found:
    for failure in report["failures"]:
        print(f"{failure['title']}: {', '.join(failure['operations'])}", flush=True)
    if report["errors"] or not report["complete"]:
        raise RuntimeError(f"not all was tried: {report['stop_reason']} {report['errors']}")
    rates = report["valid_rates"].items()
    succeeded = {name for name, phases in rates if any(phase["accepted"] for phase in phases.values())}
    print(f"never succeeded: {', '.join(sorted({name for name, _ in rates} - succeeded)) or 'none'}", flush=True)
    wrong: Counter[str] = Counter()
    for failure in report["failures"]:
        wrong[failure["type"]] += failure["count"]
    return Found(report["operations"]["tested"], len(succeeded), report["test_cases"]["generated"], wrong)


def _command(url: str, report: Path, examples: int, only: tuple[str, ...]) -> list[str]:
    """The run, in schemathesis's own environment."""
    tool = [_uv(), "run", "--frozen", "--quiet", "--project", str(PROJECT), "--python", sys.executable]
    what = ["run", str(SPEC), "--url", url, "--phases", "examples,coverage,fuzzing", "--checks", ",".join(CHECKS)]
    how = ["--max-examples", str(examples), "--generation-deterministic", "--continue-on-failure", "--no-color"]
    how += ["--generation-with-security-parameters", "false", "--report", "json", "--report-json-path", str(report)]
    return [*tool, "schemathesis", *what, *how, *(part for each in only for part in ("--include-operation-id", each))]


def _environment(known: Path) -> dict[str, str]:
    ours = {"HIS_KEY": KEY, "HIS_KNOWN": str(known), "SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": str(PROJECT)}
    certificates = {name: os.environ.get(name, "1") for name in ("UV_SYSTEM_CERTS", "UV_NATIVE_TLS")}
    inherited = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    return {**inherited, **certificates, **ours}


def _uv() -> str:
    """The same uv that scripts/bootstrap.sh finds. Raises RuntimeError."""
    tools = ROOT / os.environ.get("PEIZHEN_TOOLS", ".tools") / "bin" / "uv"
    for candidate in ("uv", str(Path.home() / ".local" / "bin" / "uv"), str(tools)):
        try:
            subprocess.run([candidate, "--version"], check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError):
            continue
        return candidate
    raise RuntimeError("no uv: run `make setup` first")


@contextmanager
def _served(his: EmbeddedHis) -> Iterator[str]:
    """The hospital at an address, as `peizhen his serve` serves it."""
    server = make_server("127.0.0.1", 0, serve.create_app(his, KEY), threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()


@contextmanager
def faulty() -> Iterator[None]:
    """A served hospital with two faults: numbers without their room, and prices that end in an error inside."""
    right: Callable[[Any], Any] = serve.encode

    def without_room(value: Any) -> Any:
        served = right(value)
        if isinstance(value, Appointment):
            del served["room"]
        return served

    def broken(_his: EmbeddedHis, **_asked: Any) -> Any:
        raise ZeroDivisionError

    with patch.object(serve, "encode", without_room), patch.object(EmbeddedHis, "prices", broken):
        yield


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--examples", type=int, default=200, help="generated cases of each operation, at most")
    chosen = options.parse_args()
    logging.disable(logging.CRITICAL)
    found = run(chosen.examples)
    print("control:", flush=True)
    with faulty():
        control = run(5, only=("appointment", "prices"))
    noticed = bool(control.broken) + bool(control.server_errors)
    whole = found.operations == found.succeeded == OPERATIONS
    good = whole and not found.wrong and noticed == 2
    print(
        f"his-api: operations={found.operations} succeeded={found.succeeded} cases={found.cases}"
        f" server_errors={found.server_errors} schema_breaks={found.broken}"
        f" control={noticed}/2 {'OK' if good else 'FAIL'}"
    )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
