"""The connector's gates at a small size: what they prove, and that their controls notice."""

from __future__ import annotations

import pytest

from bot.db.migrate import upgrade
from tests.gates import connector_dedupe, connector_fuzz, connector_vectors
from tests.gates.scenes.doors import doors
from tests.gates.scenes.malformed import Malformed
from tests.gates.scenes.published import committed


@pytest.fixture(scope="module")
def database(postgres):
    upgrade(postgres("postgres"))
    return postgres("postgres")


@pytest.fixture(scope="module")
def three(database):
    """Three web processes."""
    with doors(database, workers=connector_dedupe.WORKERS) as found:
        yield found


def test_malformed_posts_break_nothing(three):
    found = connector_fuzz.storm(three, Malformed(1).cases(150), 150)
    assert found.clean, found


def test_control_a_trusting_reader_breaks():
    assert connector_fuzz.run(40, seed=1, fault="trusting").broken > 0


def test_behaviour_05_one_execution_per_message_over_processes(three, database):
    found = connector_dedupe.storm(three, database, range(30))
    assert found.clean, found
    assert found.passive > 20


def test_control_without_the_unique_key_messages_are_done_again(three, database):
    connector_dedupe.unguarded(database)
    assert connector_dedupe.storm(three, database, range(1000, 1010)).deeds[1] < 10


def test_behaviour_11_published_cases_go_through_the_products_door():
    cases = committed()
    few = {**cases, "raw": cases["raw"][::6], "crypto": cases["crypto"][2:6]}
    assert not any(connector_vectors.run(few).values())
    assert connector_vectors.unguarded(cases) > 0


def test_the_document_names_tests_that_are_there():
    assert connector_vectors.missing() == []
    assert set(connector_vectors.listed()) == set(range(1, connector_vectors.BEHAVIOURS + 1))
