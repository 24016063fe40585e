"""The department table is built from the pool, the knowledge bases and our own words, and from no evaluation file."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ALLOWED = {"triage_pool.jsonl", "disease_kb.jsonl", "symptom_kb.jsonl"}
WATCH = """
import sys, pathlib
data = pathlib.Path(sys.argv[1]).resolve()
def note(event, args):
    if event == "open" and isinstance(args[0], (str, bytes, pathlib.Path)):
        path = pathlib.Path(str(args[0] if not isinstance(args[0], bytes) else args[0].decode()))
        if data in path.resolve().parents:
            print(path.name)
sys.addaudithook(note)
"""
GATHER = "from bot.triage.build_table import gather\ngather(data)\n"
TRESPASS = "from bot.triage.building.examples import read\nread(data / 'triage_dev.jsonl')\n"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small data directory; evaluation files lie beside the sources."""
    directory = tmp_path_factory.mktemp("data")
    row = {"text": "头疼三天了", "departments": ["神经内科"], "age_band": "30+"}
    files = {
        "triage_pool.jsonl": row,
        "disease_kb.jsonl": {"disease": "偏头痛", "alias": ["血管性头痛"], "departments": ["神经内科"]},
        "symptom_kb.jsonl": {"symptom": "头痛", "n_diseases": 2, "departments": {"神经内科": 2}},
        "triage_dev.jsonl": row,
        "triage_cmid_dev.jsonl": row,
        "triage_heldout.jsonl": row,
    }
    for name, body in files.items():
        (directory / name).write_text(json.dumps(body, ensure_ascii=False) + "\n", encoding="utf-8")
    return directory


def opened(data: Path, code: str) -> set[str]:
    """Names of the files under the data directory that a process opened."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", WATCH + code, str(data)],
        cwd=ROOT, check=True, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    return set(done.stdout.split())


def test_the_builder_opens_the_pool_and_the_knowledge_bases_and_nothing_else(data: Path) -> None:
    assert opened(data, GATHER) == ALLOWED


def test_a_builder_that_reads_a_development_file_is_seen(data: Path) -> None:
    assert "triage_dev.jsonl" in opened(data, TRESPASS)


def test_no_builder_names_an_evaluation_file() -> None:
    builders = [ROOT / "bot/triage/build_table.py", ROOT / "bot/triage/build_sounds.py"]
    builders += (ROOT / "bot/triage/building").glob("*.py")
    assert len(builders) > 4
    for path in builders:
        text = path.read_text(encoding="utf-8")
        assert not any(word in text for word in ("_dev", "heldout", "corpora")), path


def test_our_own_texts_are_not_those_that_measure() -> None:
    from bot.triage.building.examples import own_examples

    corpus = (ROOT / "tests/gates/corpora/departments.jsonl").read_text(encoding="utf-8").splitlines()
    measured = [_pairs(json.loads(line)["text"]) for line in corpus]
    for one in own_examples():
        own = _pairs(one.text)
        assert max(len(own & other) / len(own | other) for other in measured) < 0.5, one.text


def _pairs(text: str) -> set[str]:
    """Character pairs."""
    return {text[at : at + 2] for at in range(len(text) - 1)}
