"""Our own everyday sayings for categories 1–15: tuned on, so a guard against losing words, never a measure of recall."""

from __future__ import annotations

import json
from pathlib import Path

from bot.triage import redflags
from bot.triage.sounds import spelt

SAYINGS = [
    json.loads(line) for line in (Path(__file__).parent / "sayings.jsonl").read_text(encoding="utf-8").splitlines()
]
KEPT = 0.99  # share that must go on firing


def test_our_sayings_go_on_firing() -> None:
    quiet = [saying["text"] for saying in SAYINGS if not redflags.check(saying["text"]).red_flag]
    assert len(SAYINGS) >= 1500
    assert len(quiet) <= (1 - KEPT) * len(SAYINGS), quiet


def test_every_category_is_spoken_of() -> None:
    assert {saying["category"] for saying in SAYINGS} == set(range(1, 16))


def test_the_worst_words_are_found_in_pinyin_and_in_dialect() -> None:
    assert "xiong口" in spelt("胸口")
    assert "xiongkou" in spelt("胸口")
    for text in ("xiongkou teng 冒冷汗", "我爸fu痛一整天 发烧打冷占 脸色发灰", "老豆突然讲嘢唔清楚，半边身郁唔到"):
        assert redflags.check(text).red_flag, text


def test_a_check_up_does_not_end_childbed() -> None:
    assert redflags.check("预约产后复查，这两天又流鲜血好多").red_flag
    assert not redflags.check("预约产后复查").red_flag


def test_a_bare_number_beside_a_baby_is_a_temperature_and_no_length() -> None:
    assert redflags.check("宝宝两个月，38.9").red_flag
    assert not redflags.check("宝宝两个月头围38.5").red_flag
