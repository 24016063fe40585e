"""Serves any HisPort under docs/his-api.yaml: for `peizhen his serve` and for the contract tests."""

from __future__ import annotations

import logging
from dataclasses import fields, is_dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Any, get_args

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from bot.errors import HisRefused, HisUnavailable
from bot.his import asked, codes
from bot.his.asked import InvalidError
from bot.his.guard import DeniedError, Guard
from bot.his.http.signature import parse_key
from bot.his.port import CardKind, HisPort

log = logging.getLogger(__name__)
BEIJING = timezone(timedelta(hours=8))
CARD_KINDS: tuple[str, ...] = get_args(CardKind)
LARGEST_BODY = 64 * 1024  # bytes
WORDS = {404: "no_such_path", 405: "method_not_allowed", 413: "too_large"}


def create_app(his: HisPort, key: str) -> Flask:
    """A WSGI app over `his`. `key` is `<key id>:<secret>`; raises ConfigError when it is not."""
    app = Flask("peizhen-his", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    app.url_map.merge_slashes = False  # an empty part of a path is a 404 in JSON, never a redirect
    app.json.sort_keys = False  # type: ignore[attr-defined]
    guard = Guard(parse_key(key))

    @app.before_request
    def _admit() -> None:
        guard.check(request.headers, method=request.method, target=_target(), body=request.get_data())

    @app.after_request
    def _private(response: Response) -> Response:
        response.headers["Cache-Control"] = "no-store"
        return response

    _handle_errors(app)
    _serve_directory(app, his)
    _serve_patients(app, his)
    _serve_booking(app, his)
    _serve_standing(app, his)
    _serve_queue(app, his)
    _serve_reports(app, his)
    return app


def _target() -> str:
    """Path and query as in the request line, which is what was signed."""
    raw = str(request.environ.get("RAW_URI") or request.environ.get("REQUEST_URI") or _rebuilt())
    return "/" + raw.split("/", 3)[3] if raw.startswith(("http://", "https://")) else raw


def _rebuilt() -> str:
    """For servers that keep only the decoded path; the contract's ids need no quoting, so it is the same."""
    query = request.query_string.decode("latin-1")
    return request.root_path + request.path + (f"?{query}" if query else "")


def encode(value: Any) -> Any:
    """The port's dataclasses as JSON; moments with +08:00."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: encode(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, (list, tuple)):
        return [encode(item) for item in value]
    if isinstance(value, datetime):
        return value.replace(tzinfo=timezone.utc).astimezone(BEIJING).isoformat()
    return value.isoformat() if isinstance(value, date) else value


def _items(values: list[Any]) -> Response:
    return jsonify(items=encode(values))


def _one(value: Any) -> Response:
    return jsonify(encode(value))


def _handle_errors(app: Flask) -> None:
    def answer(status: int, code: str, **more: str) -> tuple[Response, int]:
        return jsonify(code=code, **more), status

    @app.errorhandler(DeniedError)
    def _denied(error: DeniedError) -> tuple[Response, int]:
        return answer(401, str(error))

    @app.errorhandler(InvalidError)
    def _invalid(error: InvalidError) -> tuple[Response, int]:
        return answer(error.status, error.code, field=error.field)

    @app.errorhandler(HisRefused)
    def _refused(error: HisRefused) -> tuple[Response, int]:
        return answer(codes.status_of(error.code), error.code)

    @app.errorhandler(HisUnavailable)
    def _unavailable(_error: HisUnavailable) -> tuple[Response, int]:
        return answer(503, "his_unavailable")

    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> tuple[Response, int]:
        status = error.code or 500
        return answer(status, WORDS.get(status, "malformed" if status < 500 else "internal"))  # noqa: PLR2004

    @app.errorhandler(Exception)
    def _internal(error: Exception) -> tuple[Response, int]:
        log.error("served hospital failed: %s", type(error).__name__)  # its text may hold personal data
        return answer(500, "internal")


def _serve_directory(app: Flask, his: HisPort) -> None:
    @app.get("/hospitals")
    def hospitals() -> Response:
        return _items(his.hospitals())

    @app.get("/departments")
    def departments() -> Response:
        return _items(his.departments())

    @app.get("/doctors")
    def doctors() -> Response:
        return _items(his.doctors())

    @app.get("/prices")
    def prices() -> Response:
        kind = asked.choice("kind", ("exam", "drug"))
        limit = asked.number("limit", low=1, high=100, default=10)
        return _items(his.prices(text=asked.query_text("text"), kind=kind, limit=limit))  # type: ignore[arg-type]


def _serve_patients(app: Flask, his: HisPort) -> None:
    @app.post("/patients/search")
    def find_patient() -> Response:
        person = asked.body("name", "id_number", "phone", optional=("hospital_id",))
        return jsonify(patient=encode(his.find_patient(**person)))

    @app.post("/patients")
    def register_patient() -> Response:
        person = asked.body("name", "id_number", "phone", optional=("hospital_id",))
        kind = asked.body_choice("card_kind", CARD_KINDS)
        return _one(his.register_patient(**person, key=asked.idempotency_key(), card_kind=kind))  # type: ignore[arg-type]

    @app.get("/patients/<patient_id>")
    def patient(patient_id: str) -> Response:
        return _one(his.patient(asked.known_id(patient_id)))

    @app.get("/patients/<patient_id>/appointments")
    def appointments(patient_id: str) -> Response:
        return _items(his.appointments(asked.known_id(patient_id)))


def _serve_booking(app: Flask, his: HisPort) -> None:
    @app.get("/slots")
    def slots() -> Response:
        first, last = asked.days("first", "last")
        department_id, doctor_id = asked.optional_id("department_id"), asked.optional_id("doctor_id")
        return _items(his.slots(first=first, last=last, department_id=department_id, doctor_id=doctor_id))

    @app.get("/slots/<slot_id>")
    def slot(slot_id: str) -> Response:
        return _one(his.slot(asked.known_id(slot_id)))

    @app.post("/appointments")
    def book() -> Response:
        return _one(his.book(**asked.body("slot_id", "patient_id"), key=asked.idempotency_key()))

    @app.post("/holds")
    def hold() -> Response:
        wanted = asked.body("slot_id", "patient_id")
        minutes = asked.body_number("minutes", low=1, high=asked.LONGEST_HOLD)
        return _one(his.hold(**wanted, minutes=minutes, key=asked.idempotency_key()))

    @app.get("/appointments")
    def appointment_by_key() -> Response:
        tried = his.appointment_by_key(asked.query_key("key"), hospital_id=asked.optional_id("hospital_id"))
        return jsonify(appointment=encode(tried))


def _serve_standing(app: Flask, his: HisPort) -> None:
    @app.get("/appointments/<appointment_id>")
    def appointment(appointment_id: str) -> Response:
        return _one(his.appointment(asked.known_id(appointment_id)))

    @app.get("/changes")
    def changes() -> Response:
        return _items(his.changes(since=asked.moment("since")))

    @app.post("/appointments/<appointment_id>/confirm")
    def confirm(appointment_id: str) -> Response:
        known = asked.known_id(appointment_id)
        return _one(his.confirm(appointment_id=known, key=asked.idempotency_key()))

    @app.post("/appointments/<appointment_id>/reschedule")
    def reschedule(appointment_id: str) -> Response:
        known = asked.known_id(appointment_id)
        return _one(his.reschedule(appointment_id=known, **asked.body("slot_id"), key=asked.idempotency_key()))

    @app.post("/appointments/<appointment_id>/cancel")
    def cancel(appointment_id: str) -> Response:
        known = asked.known_id(appointment_id)
        return _one(his.cancel(appointment_id=known, key=asked.idempotency_key()))


def _serve_queue(app: Flask, his: HisPort) -> None:
    @app.get("/appointments/<appointment_id>/queue")
    def queue(appointment_id: str) -> Response:
        return _one(his.queue(asked.known_id(appointment_id)))

    @app.get("/sessions")
    def sessions() -> Response:
        return _items(his.sessions(asked.day("day")))

    @app.post("/sessions/<session_id>/call-next")
    def call_next(session_id: str) -> Response:
        return _one(his.call_next(session_id=asked.known_id(session_id), key=asked.idempotency_key()))

    @app.post("/sessions/<session_id>/close")
    def close_session(session_id: str) -> Response:
        return _one(his.close_session(session_id=asked.known_id(session_id), key=asked.idempotency_key()))

    @app.post("/sessions/<session_id>/miss")
    def miss(session_id: str) -> Response:
        return _one(his.miss(session_id=asked.known_id(session_id), key=asked.idempotency_key()))

    @app.get("/sessions/<session_id>/calls")
    def calls(session_id: str) -> Response:
        return _items(his.calls(session_id=asked.known_id(session_id)))

    @app.post("/appointments/<appointment_id>/check-in")
    def check_in(appointment_id: str) -> Response:
        return _one(his.check_in(appointment_id=asked.known_id(appointment_id), key=asked.idempotency_key()))


def _serve_reports(app: Flask, his: HisPort) -> None:
    @app.get("/patients/<patient_id>/reports")
    def reports(patient_id: str) -> Response:
        return _items(his.reports(asked.known_id(patient_id), since=asked.day("since")))

    @app.get("/patients/<patient_id>/reports/<report_id>")
    def report(patient_id: str, report_id: str) -> Response:
        patient_id, report_id = asked.known_id(patient_id), asked.known_id(report_id)
        return _one(his.report(patient_id=patient_id, report_id=report_id))

    @app.get("/patients/<patient_id>/prescriptions")
    def prescriptions(patient_id: str) -> Response:
        return _items(his.prescriptions(asked.known_id(patient_id), since=asked.day("since")))

    @app.get("/patients/<patient_id>/bills")
    def bills(patient_id: str) -> Response:
        return _items(his.bills(asked.known_id(patient_id), since=asked.day("since")))
