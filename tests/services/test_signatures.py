"""A signature vouches for one content, whichever process sees it."""

from __future__ import annotations

import threading
from unittest.mock import patch

import sqlalchemy as sa

from bot.db.base import make_engine
from bot.db.messages import SeenSignature
from bot.services import signatures
from tests.factories import make_ports

ONE, OTHER = "1" * 64, "2" * 64
SIGNATURE = "a" * 40


def test_the_same_content_comes_as_often_as_it_likes_and_no_other(ports):
    assert [signatures.vouched(ports, signature=SIGNATURE, content=c) for c in (ONE, ONE, OTHER, ONE)] == [
        *(True, True),
        *(False, True),
    ]
    assert signatures.vouched(ports, signature="b" * 40, content=OTHER)


def claims(url):
    """Twelve contents at once under one signature, from engines of their own: how many were let in."""
    engines, gate, found = [make_engine(url) for _ in range(3)], threading.Barrier(12), []
    every = [make_ports(engine) for engine in engines]

    def claim(n):
        gate.wait(10)
        found.append(signatures.vouched(every[n % 3], signature=SIGNATURE, content=f"{n:064x}"))

    threads = [threading.Thread(target=claim, args=(n,)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    for engine in engines:
        engine.dispose()
    assert len(found) == 12
    return sum(found)


def test_of_many_contents_at_once_one_is_let_in(postgres_url):
    assert claims(postgres_url) == 1


def test_control_without_the_unique_key_several_are_let_in(own_postgres_url):
    looked = threading.Barrier(12)

    def look_then_write(session, row):
        seen = session.execute(sa.select(SeenSignature.content)).all()
        looked.wait(10)
        if not seen:
            session.execute(signatures.SEEN.insert().values(**row))
        return not seen

    engine = make_engine(own_postgres_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE seen_signature DROP CONSTRAINT pk_seen_signature")
    engine.dispose()
    with patch.object(signatures, "_noted", look_then_write):
        assert claims(own_postgres_url) > 1
