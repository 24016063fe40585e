"""The model is trained when what it is made of has changed, and its name says of what."""

from __future__ import annotations

import os
import sys
import threading

import pytest

from bot import train
from bot.errors import ConfigError
from bot.nlu import spacy_model


@pytest.fixture
def house(tmp_path, monkeypatch):
    """A small tree of training data."""
    for name in ("config.yml", "domain.yml", "bot/domain/a.yml", "nlu_data/intents/b.yml", "bot/nlu/c.py", "uv.lock"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    (tmp_path / "bot/importer.py").write_text("x")
    (tmp_path / "models").mkdir()
    monkeypatch.setattr(train, "ROOT", tmp_path)
    monkeypatch.setattr(train, "MODELS", tmp_path / "models")
    monkeypatch.setattr(spacy_model, "build", lambda folder: folder.mkdir(exist_ok=True))
    return tmp_path


@pytest.fixture
def rasa(house, monkeypatch):
    """Let a shell script stand in for `python -m rasa train`."""

    def be(script: str) -> None:
        program = house / "python"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        monkeypatch.setattr(sys, "executable", str(program))

    return be


@pytest.fixture
def trained(house, rasa):
    """Trainings that were asked for; each makes its model."""
    rasa(
        f"""[ "$RASA_TELEMETRY_ENABLED" = false ] || exit 9
        echo "$@" >> {house}/asked
        while [ $# -gt 0 ]; do
            case "$1" in --out) out=$2;; --fixed-model-name) name=$2;; esac
            shift
        done
        echo model > "$out/$name.tar.gz\""""
    )
    return lambda: (house / "asked").read_text().splitlines()


def test_a_model_that_is_there_is_not_trained_again(house, trained):
    assert train.ensure() == train.ensure() == train.current()
    assert len(trained()) == 1
    assert trained()[0].startswith("-m rasa train --config config.yml")


def test_two_who_need_it_at_once_train_it_once(house, trained, monkeypatch):
    met, trainings, flock, patiently = threading.Event(), [], train.fcntl.flock, train._patiently
    other = threading.Thread(target=train.ensure)

    def at_the_lock(*turn):
        if threading.current_thread() is other:
            met.set()
        flock(*turn)

    def slowly(*command):
        trainings.append(command)
        if len(trainings) == 1:
            other.start()
        else:
            met.set()  # nothing held it back
        assert met.wait(30)
        return patiently(*command)

    monkeypatch.setattr(train.fcntl, "flock", at_the_lock)
    monkeypatch.setattr(train, "_patiently", slowly)
    assert train.ensure() == train.current()
    other.join(30)
    assert len(trainings) == len(trained()) == 1


def test_half_a_model_is_none(house, rasa):
    rasa("""while [ $# -gt 0 ]; do
            case "$1" in --out) out=$2;; --fixed-model-name) name=$2;; esac
            shift
        done
        echo half > "$out/$name.tar.gz"; exit 1""")
    with pytest.raises(ConfigError):
        train.ensure()
    assert not train.current().exists()


def test_words_that_are_gone_are_made_again_without_training(house, trained):
    train.ensure()
    (house / "models/zh_hospital").rmdir()
    train.ensure()
    assert (house / "models/zh_hospital").is_dir()
    assert len(trained()) == 1


@pytest.mark.parametrize(
    "name", ["config.yml", "domain.yml", "bot/domain/a.yml", "nlu_data/intents/b.yml", "bot/nlu/c.py", "uv.lock"]
)
def test_each_part_it_is_made_of_changes_its_name(house, name):
    before = train.fingerprint()
    (house / name).write_text("changed")
    assert train.fingerprint() != before


def test_a_file_that_moves_changes_it_and_what_is_made_by_running_does_not(house):
    before = train.fingerprint()
    (house / "bot/nlu/c.pyc").write_text("x")
    (house / "nlu_data/notes.txt").write_text("x")
    assert train.fingerprint() == before
    (house / "nlu_data/intents/b.yml").rename(house / "nlu_data/intents/d.yml")
    assert train.fingerprint() != before


def test_old_models_go_and_the_newest_stay(house, trained):
    for n in range(6):
        old = house / f"models/peizhen-{n}.tar.gz"
        old.write_text("old")
        os.utime(old, (n, n))
    made = train.ensure()
    left = {path.name for path in (house / "models").glob("*.tar.gz")}
    assert left == {made.name, "peizhen-5.tar.gz", "peizhen-4.tar.gz"}


@pytest.mark.parametrize("code", [1, 0])
def test_a_training_that_fails_says_where_to_look(rasa, code):
    rasa(f"echo line; echo 'InvalidDomain: twice' >&2; echo; exit {code}")
    with pytest.raises(ConfigError) as error:
        train.ensure()
    assert "training.log" in error.value.facts["why"]
    assert "InvalidDomain: twice" in error.value.facts["why"]


def test_our_own_tree_is_all_found():
    names = {path.relative_to(train.ROOT).as_posix() for path in train._files()}
    assert {"config.yml", "domain.yml", "bot/importer.py", "uv.lock"} <= names
    assert any(name.startswith("nlu_data/rules/") for name in names)
    assert all((train.ROOT / name).exists() for name in train.MADE_OF)
