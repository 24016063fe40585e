"""docs/connecting-a-hospital.md says what is so."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from bot.his.http.signature import sign
from bot.his.port import EVERY_PART

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "connecting-a-hospital.md").read_text(encoding="utf-8")
EXAMPLE = (ROOT / "docs" / "examples" / "his_minimal.py").read_text(encoding="utf-8")
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
    everything, parts = SUITE.count("\ndef test_"), SUITE.count("\n@pytest.mark.part(")
    assert (everything, everything - parts) == (25, 16)
    assert "Sixteen tests pass" in PAGE
    assert "all twenty-five tests pass" in PAGE


def test_every_part_has_a_row_that_says_what_becomes_of_patients_without_it() -> None:
    assert set(re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)) == set(EVERY_PART)


def test_the_example_is_as_short_as_the_page_says() -> None:
    lines = [line for line in EXAMPLE.splitlines() if line.strip()]
    assert len(lines) <= 123
    assert "in 120 lines of code" in PAGE
