"""What is served is what docs/his-api.yaml says: paths, fields, errors, and never a 5xx for bad input."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, get_type_hints
from urllib.parse import quote

import pytest
import yaml
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, RefResolver

from bot import clock
from bot.his import port
from bot.his.embedded import EmbeddedHis
from bot.his.faults import FaultyHis
from bot.his.port import HisPort
from bot.his.serve import create_app
from tests.contracts.conftest import KEY, MONDAY, NOW, World
from tests.contracts.signed import call

SPEC = yaml.safe_load((Path(__file__).parents[2] / "docs" / "his-api.yaml").read_text(encoding="utf-8"))
OPERATIONS = {
    operation["operationId"]: (method, path, operation)
    for path, methods in SPEC["paths"].items()
    for method, operation in methods.items()
}
PERSON = {"name": "新来的", "id_number": "330106199001011234", "phone": "13900001111"}


@pytest.fixture
def client(sqlite_office: EmbeddedHis) -> FlaskClient:
    return create_app(sqlite_office, KEY).test_client()


@pytest.fixture
def inside(sqlite_office: EmbeddedHis) -> World:
    return World(sqlite_office, sqlite_office)


def _schema_of(operation_id: str, status: int) -> dict[str, Any]:
    answers = OPERATIONS[operation_id][2]["responses"]
    answer = answers.get(str(status), answers["default"])
    found = _resolved(answer)["content"]["application/json"]["schema"]
    assert isinstance(found, dict)
    return found


def _resolved(node: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in node:
        return node
    found: Any = SPEC
    for step in node["$ref"].removeprefix("#/").split("/"):
        found = found[step]
    return _resolved(found)


def _conforms(operation_id: str, status: int, data: object) -> None:
    resolver = RefResolver("", SPEC)
    checker = Draft202012Validator(_schema_of(operation_id, status), resolver=resolver)
    assert [error.message for error in checker.iter_errors(data)] == []


def test_the_description_names_every_call_of_the_port() -> None:
    calls = {name for name in dir(HisPort) if not name.startswith("_")}
    assert set(OPERATIONS) == calls


def test_every_part_has_its_paths_and_each_of_them_may_answer_that_it_is_not_offered() -> None:
    parts = {name: operation.get("x-part") for name, (_, _, operation) in OPERATIONS.items()}
    assert SPEC["components"]["schemas"]["Part"]["enum"] == list(port.EVERY_PART)
    assert {part for part in parts.values() if part} == set(port.EVERY_PART)
    for name, part in parts.items():
        assert not part or "404" in OPERATIONS[name][2]["responses"], name


@pytest.mark.parametrize(
    "name",
    [name for name in SPEC["components"]["schemas"] if hasattr(getattr(port, name, None), "__dataclass_fields__")],
)
def test_a_schema_requires_exactly_the_fields_of_the_port(name: str) -> None:
    schema, kind = SPEC["components"]["schemas"][name], getattr(port, name)
    names = [field.name for field in fields(kind)]
    assert schema["required"] == names
    assert list(schema["properties"]) == names
    for field, hint in get_type_hints(kind).items():
        text = json.dumps(_resolved(schema["properties"][field]))
        assert ("null" in text) == (type(None) in getattr(hint, "__args__", ())), field


def test_every_schema_is_valid_json_schema() -> None:
    for schema in SPEC["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def _tour(inside: World) -> Iterator[tuple[str, str, Any, str]]:
    """A good call of every operation: id, target, body, idempotency key."""
    patient, slot = inside.patient(), inside.free(day=MONDAY, left=2)
    who = {"name": patient.name, "id_number": patient.id_number, "phone": patient.phone}
    later, other = (inside.free(day=MONDAY + timedelta(days=ahead)) for ahead in (1, 2))
    booked = inside.his.book(slot_id=slot.id, patient_id=inside.patient().id, key="before")
    report = inside.his.reports(patient.id, since=date(2023, 11, 23))[-1]
    yield "hospitals", "/hospitals", None, ""
    yield "departments", "/departments", None, ""
    yield "doctors", "/doctors", None, ""
    yield "prices", "/prices?text=CT&kind=exam&limit=3", None, ""
    yield "find_patient", "/patients/search", who, ""
    yield "register_patient", "/patients", who, "r"
    yield "patient", f"/patients/{patient.id}", None, ""
    yield "slots", f"/slots?first={MONDAY}&last={MONDAY}&department_id={slot.department_id}", None, ""
    yield "slot", f"/slots/{slot.id}", None, ""
    yield "book", "/appointments", {"slot_id": slot.id, "patient_id": patient.id}, "b"
    yield "appointment", f"/appointments/{booked.id}", None, ""
    yield "appointment_by_key", "/appointments?key=b", None, ""
    yield "appointments", f"/patients/{patient.id}/appointments", None, ""
    yield "queue", f"/appointments/{booked.id}/queue", None, ""
    yield "sessions", f"/sessions?day={MONDAY}", None, ""
    yield "check_in", f"/appointments/{booked.id}/check-in", None, "i"
    yield "call_next", f"/sessions/{_running(inside)}/call-next", None, "n"
    yield "reschedule", f"/appointments/{booked.id}/reschedule", {"slot_id": other.id}, "m"
    yield "miss", f"/sessions/{_running(inside)}/miss", None, "m"
    yield "calls", f"/sessions/{_running(inside)}/calls", None, ""
    yield "cancel", f"/appointments/{booked.id}/cancel", None, "c"
    yield "hold", "/holds", {"slot_id": later.id, "patient_id": patient.id, "minutes": 5}, "h"
    yield "confirm", f"/appointments/{inside.his.appointment_by_key('h').id}/confirm", None, "f"  # type: ignore[union-attr]
    yield "close_session", f"/sessions/{later.session_id}/close", None, "s"
    yield "changes", "/changes?since=2026-11-23T08:00:00%2B08:00", None, ""
    yield "reports", f"/patients/{patient.id}/reports?since=2023-11-23", None, ""
    yield "report", f"/patients/{patient.id}/reports/{report.id}", None, ""
    yield "prescriptions", f"/patients/{patient.id}/prescriptions?since=2023-11-23", None, ""
    yield "bills", f"/patients/{patient.id}/bills?since=2023-11-23", None, ""


def _running(inside: World) -> str:
    return next(s.id for s in inside.his.sessions(MONDAY) if s.start <= NOW < s.end and s.waiting)


def test_every_answer_is_as_described(client: FlaskClient, inside: World) -> None:
    met = set()
    for operation_id, target, body, key in _tour(inside):
        method = OPERATIONS[operation_id][0].upper()
        response = call(client, KEY, method, target, body=body, idempotency_key=key)
        assert response.status_code == 200, (operation_id, response.json)
        assert response.headers["Content-Type"] == "application/json"
        assert response.headers["Cache-Control"] == "no-store"
        _conforms(operation_id, 200, response.json)
        assert response.json != {"items": []}, operation_id
        met.add(operation_id)
    assert met == set(OPERATIONS)


def test_moments_travel_with_their_offset(client: FlaskClient, inside: World) -> None:
    slot = inside.free()
    served = call(client, KEY, "GET", f"/slots/{slot.id}").json
    assert served["start"].endswith("+08:00")
    assert clock.utc(datetime.fromisoformat(served["start"])) == slot.start


@pytest.mark.parametrize(
    ("operation_id", "target", "body", "key", "status", "code"),
    [
        ("slot", "/slots/yh.nowhere", None, "", 404, "not_found"),
        ("slot", "/slots/%00", None, "", 404, "not_found"),
        ("slots", "/slots", None, "", 400, "missing_field"),
        ("slots", "/slots?first=2026-11-23&last=tomorrow", None, "", 422, "bad_field"),
        ("slots", "/slots?first=2026-01-01&last=2026-12-31", None, "", 422, "bad_field"),
        ("slots", "/slots?first=2026-11-23&last=2026-11-23&doctor_id=%00", None, "", 422, "bad_field"),
        ("prices", "/prices?limit=0", None, "", 422, "bad_field"),
        ("prices", "/prices?limit=9999999999999999999", None, "", 422, "bad_field"),
        ("prices", "/prices?kind=house", None, "", 422, "bad_field"),
        ("prices", "/prices?text=%00", None, "", 422, "bad_field"),
        ("find_patient", "/patients/search", b"{", "", 400, "malformed"),
        ("find_patient", "/patients/search", b"\xff\xfe", "", 400, "malformed"),
        ("find_patient", "/patients/search", b"[" * 60_000, "", 400, "malformed"),
        ("find_patient", "/patients/search", [], "", 400, "malformed"),
        ("find_patient", "/patients/search", {}, "", 400, "missing_field"),
        ("find_patient", "/patients/search", {**PERSON, "name": 5}, "", 422, "bad_field"),
        ("find_patient", "/patients/search", {**PERSON, "name": "王\x00"}, "", 422, "bad_field"),
        ("find_patient", "/patients/search", {**PERSON, "name": "\ud800"}, "", 422, "bad_field"),
        ("find_patient", "/patients/search", {**PERSON, "phone": "1" * 99}, "", 422, "bad_field"),
        ("register_patient", "/patients", PERSON, "", 400, "missing_field"),
        ("register_patient", "/patients", PERSON, "k" * 129, 422, "bad_field"),
        ("register_patient", "/patients", PERSON, "r", 422, "bad_id_number"),
        ("register_patient", "/patients", {**PERSON, "card_kind": "gold"}, "r", 422, "bad_field"),
        ("register_patient", "/patients", {**PERSON, "card_kind": ["self_pay"]}, "r", 422, "bad_field"),
        ("book", "/appointments", {"slot_id": "yh.x", "patient_id": "yh.y"}, "b", 404, "not_found"),
        ("book", "/appointments", {"slot_id": "../x", "patient_id": "yh.y"}, "b", 404, "not_found"),
        ("hold", "/holds", {"slot_id": "yh.x", "patient_id": "yh.y"}, "h", 400, "missing_field"),
        ("hold", "/holds", {"slot_id": "yh.x", "patient_id": "yh.y", "minutes": 0}, "h", 422, "bad_field"),
        ("hold", "/holds", {"slot_id": "yh.x", "patient_id": "yh.y", "minutes": True}, "h", 422, "bad_field"),
        ("hold", "/holds", {"slot_id": "yh.x", "patient_id": "yh.y", "minutes": 5}, "h", 404, "not_found"),
        ("hold", "/holds", [], "h", 400, "malformed"),
        ("appointment", "/appointments/%00", None, "", 404, "not_found"),
        ("confirm", "/appointments/yh.x/confirm", None, "", 400, "missing_field"),
        ("confirm", "/appointments/yh.x/confirm", None, "f", 404, "not_found"),
        ("reschedule", "/appointments/yh.x/reschedule", {}, "m", 400, "missing_field"),
        ("reschedule", "/appointments/yh.x/reschedule", {"slot_id": "yh.y"}, "m", 404, "not_found"),
        ("close_session", "/sessions/yh.x/close", None, "s", 404, "not_found"),
        ("changes", "/changes", None, "", 400, "missing_field"),
        ("changes", "/changes?since=2026-11-23", None, "", 422, "bad_field"),
        ("changes", "/changes?since=2026-11-23T08:00:00", None, "", 422, "bad_field"),
        ("changes", "/changes?since=0001-01-01T00:00:00%2B08:00", None, "", 422, "bad_field"),
        ("sessions", "/sessions?day=0000-00-00", None, "", 422, "bad_field"),
        ("reports", "/patients/yh.p00001/reports?since=9999-01-01", None, "", 422, "bad_field"),
        ("bills", "/patients/yh.p00001/bills", None, "", 400, "missing_field"),
        ("prescriptions", "/patients/yh.p00001/prescriptions?since=0", None, "", 422, "bad_field"),
    ],
)
def test_what_cannot_be_answered_says_why(
    client: FlaskClient, operation_id: str, target: str, body: Any, key: str, status: int, code: str
) -> None:
    method = OPERATIONS[operation_id][0].upper()
    response = call(client, KEY, method, target, body=body, idempotency_key=key)
    assert (response.status_code, response.json["code"]) == (status, code)
    _conforms(operation_id, status, response.json)


def test_other_paths_and_methods_are_json_errors(client: FlaskClient) -> None:
    for method, target, status in (
        ("GET", "/nothing", 404),
        ("DELETE", "/slots", 405),
        ("GET", "/slots/a/b", 404),
    ):
        response = call(client, KEY, method, target)
        assert (response.status_code, set(response.json)) == (status, {"code"})
    large = call(client, KEY, "POST", "/patients/search", body=b"x" * 70_000)
    assert (large.status_code, large.json) == (413, {"code": "too_large"})


def test_a_hospital_that_fails_inside_tells_nothing(sqlite_office: EmbeddedHis) -> None:
    faulty = FaultyHis(sqlite_office)
    client = create_app(faulty, KEY).test_client()
    faulty.fail("doctors", "error")
    down = call(client, KEY, "GET", "/doctors")
    assert (down.status_code, down.json) == (503, {"code": "his_unavailable"})
    faulty.inner = None  # type: ignore[assignment] - as broken as can be
    broken = call(client, KEY, "GET", "/doctors")
    assert (broken.status_code, broken.json) == (500, {"code": "internal"})


def test_an_empty_part_of_a_path_is_an_answer_in_json_and_no_redirect(client: FlaskClient) -> None:
    with clock.frozen(NOW):
        response = call(client, KEY, "GET", "/patients//reports")
    assert response.status_code == 404
    assert response.is_json


ASCII = st.characters(min_codepoint=0x20, max_codepoint=0x7E)
WORDS = st.text(max_size=40) | st.sampled_from(["yh.d001", "2026-11-23", "'", "\x00", "%", "..", "١٢", "0", "-1"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=8,
)


@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,  # the same inputs on every machine: a suite is no lottery
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_no_input_makes_a_server_error(client: FlaskClient, data: st.DataObject) -> None:
    for operation_id, (method, path, operation) in OPERATIONS.items():
        target = path
        for part in ("patient_id", "slot_id", "appointment_id", "session_id", "report_id"):
            target = target.replace("{" + part + "}", data.draw(WORDS).replace("/", "") or "-")
        names = [
            _resolved(each)["name"] for each in operation.get("parameters", []) if _resolved(each)["in"] == "query"
        ]
        asked = [f"{name}={data.draw(WORDS).replace('&', '')}" for name in names if data.draw(st.booleans())]
        target = "?".join([target.replace("?", ""), *(["&".join(asked)] if asked else [])])
        body = data.draw(JSON | _almost(operation)) if method == "post" else None
        with clock.frozen(NOW):
            response = call(client, KEY, method.upper(), _sendable(target), body=_bytes(body), idempotency_key="k")
        assert response.status_code < 500, (operation_id, target, body)
        _conforms(operation_id, response.status_code, response.json)


@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_every_call_made_from_the_description_is_answered_as_described(
    client: FlaskClient, data: st.DataObject
) -> None:
    for operation_id, (method, path, operation) in OPERATIONS.items():
        given_here = [_resolved(each) for each in operation.get("parameters", [])]
        target, query = path, []
        for each in given_here:
            if each["in"] == "path":
                target = target.replace("{" + each["name"] + "}", data.draw(_valid(each["schema"])))
            elif each["in"] == "query" and (each.get("required") or data.draw(st.booleans())):
                query.append(f"{each['name']}={quote(str(data.draw(_valid(each['schema']))))}")
        key = data.draw(_valid({"$ref": "#/components/schemas/Key"})) if method == "post" else ""
        target = "?".join([target, *(["&".join(query)] if query else [])])
        body = data.draw(_valid_body(operation))
        with clock.frozen(NOW):
            response = call(client, KEY, method.upper(), target, body=body, idempotency_key=key)
        assert response.status_code in {200, 404, 409, 422}, (operation_id, target, body, response.json)
        _conforms(operation_id, response.status_code, response.json)


def _valid(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Values that the description allows, and some that exist."""
    schema = _resolved(schema)
    if schema.get("format") == "date":
        return st.dates(date(2020, 1, 1), date(2030, 1, 1)).map(date.isoformat)
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if schema["type"] == "integer":
        return st.integers(schema["minimum"], schema["maximum"])
    if schema == SPEC["components"]["schemas"]["Id"]:
        known = st.sampled_from(["yh", "yh.d001", "yh.k12", "yh.p00001", "yh.t-d001-20261124-0800"])
        return known | st.from_regex(schema["pattern"].strip("^$"), fullmatch=True, alphabet=ASCII)
    if "pattern" in schema:
        return st.from_regex(schema["pattern"].strip("^$"), fullmatch=True, alphabet=ASCII)
    printable = st.characters(blacklist_categories=("Cs", "Cc", "Cf", "Co", "Cn", "Zl", "Zp", "Zs"))
    return st.text(printable, min_size=schema.get("minLength", 0), max_size=schema["maxLength"])


def _valid_body(operation: dict[str, Any]) -> st.SearchStrategy[Any]:
    if "requestBody" not in operation:
        return st.none()
    schema = _resolved(operation["requestBody"])["content"]["application/json"]["schema"]
    values = {name: _valid(each) for name, each in schema["properties"].items()}
    required = {name: values.pop(name) for name in schema["required"]}
    return st.fixed_dictionaries(required, optional=values)


def _almost(operation: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Bodies with the right names and any values."""
    if "requestBody" not in operation:
        return st.just({})
    schema = _resolved(operation["requestBody"])["content"]["application/json"]["schema"]
    return st.fixed_dictionaries(dict.fromkeys(schema["required"], WORDS))


def _sendable(target: str) -> str:
    return target.encode("utf-8", "replace").decode().replace("#", "")


def _bytes(body: Any) -> bytes:
    return json.dumps(body).encode()
