"""Red flags as the inbox answers them: at once, with our place and phone, or without."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from bot.services import emergency
from tests.factories import make_ports

FLAGS = ["突然胸口压着疼，一身冷汗", "半边身子没劲，嘴也歪了", "孩子呛到了，喘不上气脸都紫了", "不想活了，药都准备好了"]


@pytest.fixture
def ports(sqlite_url):
    from bot.db.base import make_engine

    return make_ports(make_engine(sqlite_url))


@pytest.mark.parametrize("text", FLAGS)
def test_a_red_flag_says_where_to_go_and_leaves_the_ordinary_way_open(ports, text):
    reply = emergency.check(ports, text=text)
    assert "云河医院急诊楼一层" in reply["text"]
    assert "010-55550120" in reply["text"]
    assert not re.search(r"[{}]", reply["text"])
    assert [c["payload"] for c in reply["choices"]] == ["/book", "/triage", "/human_agent"]


@pytest.mark.parametrize("text", FLAGS)
def test_a_hospital_that_does_not_answer_takes_nothing_but_its_name(ports, text):
    reply = emergency.check(replace(ports, his=None), text=text)
    assert "最近医院的急诊科" in reply["text"]
    assert "120" in reply["text"]
    assert not re.search(r"[{}]", reply["text"])


@pytest.mark.parametrize("text", ["我要挂号", "胸口闷两天了怎么挂号", "", "👍", "高血压饮食", "\x00\u200b"])
def test_ordinary_words_are_no_emergency(ports, text):
    assert emergency.check(ports, text=text) is None
