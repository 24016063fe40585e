"""The door of a served hospital."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from bot.his.guard import DeniedError, Guard
from bot.his.http import signature
from bot.his.http.signature import Key, headers

KEY = Key("hospital", "a-secret-that-is-long-enough")
CALL = {"method": "POST", "target": "/appointments?x=1", "body": b'{"a": 1}'}


def _signed(key: Key = KEY, idempotency_key: str = "k1", **change: object) -> dict[str, str]:
    return headers(key, **{**CALL, **change}, idempotency_key=idempotency_key)  # type: ignore[arg-type]


def _denied(guard: Guard, given: dict[str, str], **change: object) -> str:
    with pytest.raises(DeniedError) as denied:
        guard.check(given, **{**CALL, **change})  # type: ignore[arg-type]
    return str(denied.value)


def test_a_signed_call_passes_once() -> None:
    guard, given = Guard(KEY), _signed()
    guard.check(given, **CALL)  # type: ignore[arg-type]
    assert _denied(guard, given) == "replayed"


@pytest.mark.parametrize(
    "change", [{"method": "GET"}, {"target": "/appointments?x=2"}, {"body": b'{"a": 2}'}, {"body": b""}]
)
def test_nothing_that_is_signed_can_be_changed(change: dict[str, object]) -> None:
    assert _denied(Guard(KEY), _signed(), **change) == "bad_signature"


def test_headers_cannot_be_changed_either() -> None:
    given = _signed()
    for name in (
        signature.TIME_HEADER,
        signature.NONCE_HEADER,
        signature.IDEMPOTENCY_HEADER,
        signature.KEY_HEADER,
    ):
        changed = {**given, name: given[name][:-1] + ("1" if given[name][-1] != "1" else "2")}
        assert _denied(Guard(KEY), changed) == "bad_signature", name
        without = {key: value for key, value in given.items() if key != name}
        assert _denied(Guard(KEY), without) in {"unsigned", "bad_signature"}, name


def test_another_secret_or_strange_bytes_do_not_pass() -> None:
    assert _denied(Guard(KEY), _signed(replace(KEY, secret="another-secret-long-enough"))) == "bad_signature"
    assert _denied(Guard(KEY), {**_signed(), signature.SIGNATURE_HEADER: "签\udce9é"}) == "bad_signature"
    assert _denied(Guard(KEY), {}) == "unsigned"
    assert _denied(Guard(KEY), {**_signed(), signature.TIME_HEADER: "١٢٣"}) == "unsigned"


@pytest.mark.parametrize("off", [-301, 302])
def test_an_old_or_early_call_is_stale(off: int, monkeypatch: pytest.MonkeyPatch) -> None:
    given = _signed()
    real = time.time()
    monkeypatch.setattr("bot.his.guard.time.time", lambda: real - off)
    assert _denied(Guard(KEY), given) == "stale"


def test_a_forged_call_does_not_spend_the_nonce() -> None:
    guard, given = Guard(KEY), _signed()
    assert _denied(guard, {**given, signature.SIGNATURE_HEADER: "0" * 64}) == "bad_signature"
    guard.check(given, **CALL)  # type: ignore[arg-type]


def test_nonces_are_forgotten_only_when_they_are_stale(monkeypatch: pytest.MonkeyPatch) -> None:
    guard, now = Guard(KEY), [1000.0]
    monkeypatch.setattr("bot.his.guard.time.monotonic", lambda: now[0])
    for _ in range(100):
        guard.check(_signed(), **CALL)  # type: ignore[arg-type]
    now[0] += 2 * signature.FRESH_SECONDS + 1
    for _ in range(3):
        guard.check(_signed(), **CALL)  # type: ignore[arg-type]
    assert len(guard._seen) == 3
