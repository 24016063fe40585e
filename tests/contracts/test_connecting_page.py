"""docs/connecting-a-hospital.md says what is so."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from bot.his.http.signature import sign

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "connecting-a-hospital.md").read_text(encoding="utf-8")
SUITE = (ROOT / "tests" / "connecting" / "test_his_url.py").read_text(encoding="utf-8")


def test_the_call_to_compare_with_has_the_signature_that_is_printed() -> None:
    rows = dict(re.findall(r"^\| ([^|]+?) \| `([^`]*)` \|$", PAGE, re.MULTILINE))
    method, target, seconds, nonce, key, body_hash = rows.values()
    body = re.search(r"The body is `([^`]+)`, the secret `([^`]+)`", PAGE)
    assert body is not None
    assert hashlib.sha256(body[1].encode()).hexdigest() == body_hash
    right = sign(
        body[2], method=method, target=target, seconds=seconds, nonce=nonce, idempotency_key=key, body=body[1].encode()
    )
    assert f"```\n{right}\n```" in PAGE


def test_every_word_of_a_step_picks_tests_of_the_suite() -> None:
    steps = re.findall(r"^\d\. \*\*(.+?)\*\*", PAGE, re.MULTILINE)
    words = [word for step in steps for word in re.findall(r"`(\w+)`", step)]
    assert words
    for word in words:
        assert re.search(rf"def test_\w*{word}", SUITE), word


def test_the_number_of_tests_is_the_number_that_is_promised() -> None:
    assert SUITE.count("\ndef test_") == 21
    assert "Twenty-one tests pass" in PAGE
