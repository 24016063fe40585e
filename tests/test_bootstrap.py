"""scripts/bootstrap.sh: what uv is told, and one plain line when it fails."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SYNC = 'case "$1" in sync) echo "certs=${UV_SYSTEM_CERTS-} tls=${UV_NATIVE_TLS-}" >> "$SEEN"; exit "$CODE";; esac\n'


@pytest.fixture
def bootstrap(tmp_path: Path):
    """Run the script with a uv that only writes down what it was given; gives (exit code, stderr, what uv saw)."""
    uv, seen = tmp_path / "uv", tmp_path / "seen"
    uv.write_text(f"#!/bin/sh\n{SYNC}")
    uv.chmod(0o755)
    kept = {k: v for k, v in os.environ.items() if k not in {"UV_SYSTEM_CERTS", "UV_NATIVE_TLS"}}

    def run(code: int = 0, **env: str) -> tuple[int, str, str]:
        values = {**kept, "PATH": f"{tmp_path}:{kept['PATH']}", "SEEN": str(seen), "CODE": str(code), **env}
        done = subprocess.run(
            ["sh", "scripts/bootstrap.sh"], cwd=ROOT, env=values, capture_output=True, text=True, check=False
        )
        return done.returncode, done.stderr, seen.read_text().strip()

    return run


def test_uv_trusts_the_certificates_of_the_machine(bootstrap) -> None:
    assert bootstrap() == (0, "", "certs=1 tls=1")


@pytest.mark.parametrize("name", ["UV_SYSTEM_CERTS", "UV_NATIVE_TLS"])
def test_what_somebody_has_set_stays(bootstrap, name: str) -> None:
    given = {"UV_SYSTEM_CERTS": "certs=0 tls=", "UV_NATIVE_TLS": "certs= tls=0"}[name]
    assert bootstrap(**{name: "0"})[2] == given


def test_a_failed_installation_ends_in_one_line_that_says_what_to_try(bootstrap) -> None:
    code, said, _ = bootstrap(code=2)
    assert code == 1
    assert len(said.splitlines()) == 1
    assert {word for word in ("network", "HTTPS_PROXY", "SSL_CERT_FILE") if word in said} == {
        "network",
        "HTTPS_PROXY",
        "SSL_CERT_FILE",
    }


def test_help_names_no_long_proofs_where_there_are_none() -> None:
    said = subprocess.run(["make", "GATES="], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "gate-NAME" not in said
    named = subprocess.run(["make", "GATES=xss"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "gate-NAME       one long proof: xss" in named
