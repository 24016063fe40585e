"""The hospital's own pages."""

from __future__ import annotations

import re

import pytest

from bot.errors import HisUnavailable, NotFound
from bot.services import guide


@pytest.fixture
def database_url(sqlite_url):
    return sqlite_url


@pytest.mark.parametrize("topic", guide.TOPICS)
def test_every_page_is_whole(ports, topic):
    said = guide.text(ports, topic=topic)
    assert said == said.strip()
    assert said
    assert not re.search(r"[{}]", said)


def test_the_address_is_the_hospitals_own(ports):
    said = guide.text(ports, topic="hospital_address")
    assert "云河路1号" in said
    assert "急诊楼一层" in said
    assert "010-55550000" in guide.text(ports, topic="phone_hours")


def test_an_unknown_page_is_not_found(ports):
    with pytest.raises(NotFound):
        guide.text(ports, topic="../rules")


def test_without_the_hospital_there_is_no_page_with_holes(ports, his):
    def down():
        raise HisUnavailable

    his.hospitals = down
    with pytest.raises(HisUnavailable):
        guide.text(ports, topic="hospital_address")
