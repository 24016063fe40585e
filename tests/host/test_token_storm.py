"""gate-token-storm at a small size: a dozen workers of two processes."""

from __future__ import annotations

from tests.gates.token_storm import run


def test_behaviour_16_a_crowd_that_meets_a_dead_token_fetches_one(postgres_url):
    line, good = run(postgres_url, workers=12, processes=2)
    assert good, line
    assert "refreshes=1 calls=24 permanent_most_calls=2 permanent_refreshes=1" in line
