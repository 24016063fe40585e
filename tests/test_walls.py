"""The walls stand: each is run into once."""

from __future__ import annotations

import socket
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from bot.db import base
from bot.db.base import make_engine


@pytest.fixture
def one_two_three(sqlite_url: str) -> Engine:
    engine = make_engine(sqlite_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE walled (n INTEGER PRIMARY KEY)")
        connection.exec_driver_sql("INSERT INTO walled VALUES (1), (2), (3)")
    return engine


@pytest.mark.parametrize(
    "reach",
    [
        lambda: socket.create_connection(("203.0.113.1", 443), timeout=1),
        lambda: socket.getaddrinfo("example.com", 443),
    ],
    ids=["address", "name"],
)
def test_nothing_reaches_the_network(reach: Callable[[], object]) -> None:
    with pytest.raises(AssertionError, match="a test "):
        reach()


def test_what_nobody_ordered_comes_backwards(one_two_three: Engine) -> None:
    with one_two_three.connect() as connection:
        found = [connection.scalars(sa.text(f"SELECT n FROM walled{order}")).all() for order in ("", " ORDER BY n")]
    assert found == [[3, 2, 1], [1, 2, 3]]


def test_a_write_where_only_reading_was_meant_is_found(one_two_three: Engine) -> None:
    with pytest.raises(AssertionError, match="DELETE"), base.reading(), one_two_three.begin() as connection:
        connection.exec_driver_sql("DELETE FROM walled")
