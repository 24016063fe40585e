"""The second net: it adds, doubts nothing that it has not read whole, weighs the same however it is asked, and learns
from no closed text.
"""

from __future__ import annotations

import json
from pathlib import Path
from unittest.mock import patch

import pytest

from bot.triage import build_weights, redflags
from bot.triage.building import grave
from bot.triage.building import weighing as building
from bot.triage.building.examples import POOL
from bot.triage.redflags import engine, weighing
from bot.triage.redflags.measures import measure
from bot.triage.redflags.rulebook import rulebook
from bot.triage.sounds import signs_of
from bot.triage.text import normalise
from tests.gates.redflags import texts

ODD = "伊爸刚才茶杯拿不牢，一爿身体全麻脱，闲话也讲勿清爽"


def load(text: str) -> weighing.Load:
    normal = normalise(text)
    return weighing.weigh(normal, measure(normal))


def test_what_no_rule_finds_is_found_by_its_weight() -> None:
    with patch.object(engine, "weigh", lambda *_, **__: weighing.Load(0.0)):
        rules = sum(redflags.check(row["text"]).red_flag for row in texts("open", "positives")[::30])
    both = sum(redflags.check(row["text"]).red_flag for row in texts("open", "positives")[::30])
    assert both > rules
    assert load(ODD).weight > load("请问周五上午骨科还有号吗，谢谢").weight + 5


@pytest.mark.parametrize("more", ["我想挂个号，", "我们离医院有二十公里，路上要一个小时。", "应该没什么，"])
def test_nothing_said_before_or_after_makes_it_lighter(more: str) -> None:
    for text in (ODD, "手脚冰冷，喊也不应，快不行了", "药都攒好了，今晚等他们睡了就走"):
        assert load(more + text).weight >= load(text).weight
        assert load(text + "，" + more).weight >= load(text).weight


def test_weighed_by_automaton_as_it_was_learnt() -> None:
    weights = weighing.read()
    assert len(weights.of) > 1000
    text = "宝宝两个月，烧到38度6，bao宝蔫蔫的"
    numbers = {gram: number for number, gram in enumerate(_terms())}
    learnt = [{numbers[gram] for gram in said if gram in numbers} for _, said in building.cut(text)]
    parts = [part for part, _ in building.cut(text)]
    normal = normalise(text)
    assert weighing._found(weights, normal.text, measure(normal), parts) == learnt


def _terms() -> list[str]:
    """N-grams of the file as `grams` gives them."""
    names = (line.split("\t")[0] for line in weighing.PATH.read_text(encoding="utf-8").splitlines()[1:])
    return [weighing.HEARD + signs_of(name[1:]) if name[0] == weighing.HEARD else name for name in names]


@pytest.mark.parametrize(
    "text", ["没有胸痛，没有晕倒，就是来体检的", "下面流血了", "看书上说中风会嘴歪说话不清", "胸口疼得厉害，三年了"]
)
def test_denied_told_old_and_short_is_left_to_the_rules(text: str) -> None:
    assert not [rule for rule in redflags.check(text).rules if rule.endswith(".weighed")]


def test_what_it_has_not_read_whole_it_cannot_doubt() -> None:
    with patch.object(engine, "weigh", lambda *_, **__: weighing.Load(-99.0)):
        for text in ("我不想活了", "宝宝两个月烧到38度5", "怀孕六个月下面流血了", "胸部压迫感，牙床子疼，恶心"):
            assert redflags.check(text).red_flag, text


def test_every_category_has_a_rule_for_what_only_weighs() -> None:
    named = {concept for rule in rulebook().rules if rule.weighed for concept in rule.needs[0]}
    assert named == {"weighed", *(f"weighed_{number}" for number in range(1, 31))}


def test_it_learns_from_open_writers_only(tmp_path: Path) -> None:
    for name, text in (("open", "开"), ("open2", "二"), ("closed", "闭")):
        row = json.dumps({"category": 1, "kind": "plain", "text": text}, ensure_ascii=False)
        (tmp_path / f"{name}_positives.jsonl").write_text(row + "\n", encoding="utf-8")
    assert [one.words for one in grave.written(tmp_path)] == ["二", "开"]
    assert [one.words for one in grave.written(tmp_path, without="open2")] == ["开"]


def test_control_without_weights_nothing_is_learnt_apart() -> None:
    learnt = building.learn([building.Text("胸口疼冒冷汗", 1)] * 3 + [building.Text("想挂个号看牙")] * 5, 0.0)
    weigh = dict(zip(learnt.terms, learnt.weights, strict=True))
    assert weigh["胸口"] > 0 > weigh["挂个"]


def test_a_writer_left_out_is_counted_at_every_margin(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [{"category": 19, "kind": "plain", "text": "药都攒好了，今晚等他们睡了就走"}]
    (tmp_path / "open9_positives.jsonl").write_text(json.dumps(rows[0]), encoding="utf-8")
    kinds = grave.by_kind(tmp_path, "open9")
    assert kinds == {"emergency": [rows[0]["text"]]}
    build_weights.count(weighing.read(), kinds, [building.Text("请问周五上午骨科还有号吗，谢谢")])
    printed = capsys.readouterr().out.splitlines()
    assert len(printed) == 2 * len(build_weights.MARGINS)
    assert all("emergency=1/1 pool=0/1" in line for line in printed)


SILENCED = "民宿里一个客人肚子疼得满床翻，脸色惨白，说以前有胃溃疡，一动就叫"


def test_what_weighs_much_is_excused_by_no_long_illness_told_beside_it() -> None:
    assert redflags.check(SILENCED).red_flag
    with patch.object(engine, "HEAVY", float("inf")):  # the control: then the ulcer of years ago excuses it
        assert not redflags.check(SILENCED).red_flag


@pytest.mark.parametrize("text", ["医生说大便正常，血也没有", "奶奶说孩子体温正常，不发烧"])
def test_what_kin_call_normal_counts_only_when_it_is_a_finding(text: str) -> None:
    assert not redflags.check(text).red_flag
    assert redflags.check("婆婆说怀孕流点血正常").red_flag
    assert not redflags.check("医生说怀孕流点血正常").red_flag


def test_what_was_read_of_the_pool_is_learnt_as_it_was_read(tmp_path: Path) -> None:
    rows = [line.split("\t") for line in grave.POOL_READ.read_text(encoding="utf-8").splitlines()]
    kinds = dict(rows)
    assert len(kinds) == len(rows)
    assert set(kinds.values()) <= {grave.PERHAPS, *map(str, range(1, 31))}
    perhaps = next(row for row, kind in rows if kind == grave.PERHAPS)
    grave_row, kind = next((row, kind) for row, kind in rows if kind != grave.PERHAPS)
    said = {perhaps: "可能是", grave_row: "是急症", "unread": "不是", "empty": ""}
    lines = [json.dumps({"row": row, "text": text}) for row, text in said.items()]
    (tmp_path / POOL).write_text("\n".join(lines), encoding="utf-8")
    assert {one.words: one.category for one in grave.pool(tmp_path)} == {"是急症": int(kind), "不是": 0}
