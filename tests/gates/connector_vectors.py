"""gate-connector-vectors: published cases through our door: signatures, ciphertexts, refusals, raw messages.

Cases: wechat_vectors.json in $PEIZHEN_DATA (else ../shared/data; exit 2 when it is missing), or with `--own` the part of
them that may lie in tests/vectors. Raw messages are sealed anew with keys made for the run. Every behaviour must have a
test that bears its number and stands in docs/wechat.md. The control believes every signature and must let forgeries in.
"""

from __future__ import annotations

import bot.lean  # noqa: F401  isort:skip

import argparse
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from unittest.mock import patch

from connectors.wechat import crypto
from tests.gates.scenes.published import (
    committed,
    house_copies,
    negative_holds,
    notice_holds,
    page_holds,
    published,
    sample_holds,
    url_holds,
    vector_holds,
)

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("PEIZHEN_DATA", ROOT.parent / "shared" / "data")) / "wechat_vectors.json"
DOC = ROOT / "docs" / "wechat.md"
LISTED = re.compile(r"(tests/[\w/]+\.py)::(test_behaviour_(\d\d)_\w+)")
BEHAVIOURS = 20


# -- behaviours ------------------------------------------------------------------------------------------------------
def listed() -> dict[int, list[str]]:
    """Tests that docs/wechat.md names, by the number of the behaviour."""
    found: dict[int, list[str]] = {}
    for path, name, number in LISTED.findall(DOC.read_text(encoding="utf-8")):
        found.setdefault(int(number), []).append(f"{path}::{name}")
    return found


def missing() -> list[str]:
    """Listed tests that are not there, or that stand in the row of another number."""
    wrong = []
    for names in listed().values():
        for name in names:
            path, _, test = name.partition("::")
            if not (ROOT / path).exists() or f"def {test}(" not in (ROOT / path).read_text(encoding="utf-8"):
                wrong.append(name)
    rows = re.findall(r"^\| *(\d+) *\|(.*)$", DOC.read_text(encoding="utf-8"), re.MULTILINE)
    wrong += [f"row {n}: {m[1]}" for n, rest in rows for m in LISTED.findall(rest) if int(m[2]) != int(n)]
    return wrong


# -- the run ---------------------------------------------------------------------------------------------------------
def run(cases: Mapping[str, list[dict[str, Any]]]) -> dict[str, list[str]]:
    """The ids of cases that did not hold, by part."""
    by_id = {case["id"]: case for case in cases["crypto"]}
    checks = {
        "crypto": vector_holds,
        "url": url_holds,
        "negative": lambda doors, case: negative_holds(doors, case, by_id),
        "raw": sample_holds,
        "jssdk": page_holds,
        "pay": notice_holds,
    }
    failed: dict[str, list[str]] = {}
    with house_copies() as opened:
        for part, holds in checks.items():
            failed[part] = []
            for case in cases[part]:
                with opened() as doors:
                    if not holds(doors, case):
                        failed[part].append(case["id"])
    return failed


def unguarded(cases: Mapping[str, list[dict[str, Any]]]) -> int:
    """How many refusals fail when signatures and freshness are not looked at."""
    with (
        patch.object(crypto.Crypto, "check", lambda *_, **__: None),
        patch.object(crypto.Crypto, "check_fresh", lambda *_: None),
    ):
        return len(run({**cases, "crypto": cases["crypto"], "url": [], "raw": [], "jssdk": [], "pay": []})["negative"])


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--own", action="store_true", help="only what lies in tests/vectors")
    chosen = options.parse_args()
    if not chosen.own and not DATA.exists():
        print(f"not here: {DATA}")
        return 2
    cases = committed() if chosen.own else published(DATA)
    failed, let_in = run(cases), unguarded(cases)
    for part, ids in failed.items():
        print(f"{part:10} {len(cases[part]) - len(ids)} of {len(cases[part])}", *ids)
    shown, absent = listed(), missing()
    print("behaviours without a test:", *(n for n in range(1, BEHAVIOURS + 1) if n not in shown), *absent)
    good = not any(failed.values()) and let_in and len(shown) == BEHAVIOURS and not absent
    held = {part: f"{len(cases[part]) - len(ids)}/{len(cases[part])}" for part, ids in failed.items()}
    print(
        f"connector-vectors: crypto={held['crypto']} url={held['url']} negative={held['negative']} raw={held['raw']}"
        f" jssdk={held['jssdk']} pay={held['pay']} behaviours={len(shown)}/{BEHAVIOURS} control={let_in}/{len(cases['negative'])}_let_in"
        f" {'OK' if good else 'FAIL'}"
    )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
