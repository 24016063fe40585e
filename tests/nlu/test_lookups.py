from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import ConfigError
from bot.nlu import lookups
from bot.nlu.lookups import Lexicon
from bot.nlu.text import fold

OURS = Path(__file__).parents[2] / "nlu_data" / "lookups"


def found(lexicon: Lexicon, text: str) -> list[tuple[str, object]]:
    return [(s.entity, s.value) for s in lexicon.find(fold(text))]


@pytest.fixture(scope="module")
def small() -> Lexicon:
    return Lexicon(
        {
            "department": {"骨科": "骨科", "骨头科": "骨科", "呼吸": "呼吸内科", "小儿骨科": "骨科"},
            "symptom": {"头痛": "头痛", "头疼": "头痛", "感冒": "感冒"},
            "drug": {"感冒灵": "感冒灵颗粒"},
            "exam": {"ct": "CT"},
        }
    )


def test_everyday_names_give_the_standard_term(small: Lexicon) -> None:
    assert found(small, "头疼挂骨头科") == [("symptom", "头痛"), ("department", "骨科")]


def test_the_longest_name_wins(small: Lexicon) -> None:
    assert found(small, "感冒灵多少钱") == [("drug", "感冒灵颗粒")]
    assert [s.end for s in small.find("小儿骨科")] == [4]


def test_traditional_and_full_width_text_is_read(small: Lexicon) -> None:
    assert found(small, "頭疼做ＣＴ") == [("symptom", "头痛"), ("exam", "CT")]


def test_latin_names_are_whole_words(small: Lexicon) -> None:
    assert found(small, "hct偏低") == []


def test_a_bare_organ_word_is_a_department_only_in_its_company(small: Lexicon) -> None:
    assert found(small, "挂呼吸的号") == [("department", "呼吸内科")]
    assert found(small, "呼吸有杂音") == []


def test_our_own_files_load_and_cover_every_kind() -> None:
    names = lookups.load(OURS).names
    assert sorted(names) == ["department", "drug", "exam", "person", "symptom"]
    assert all(names.values())


def test_a_malformed_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "bad.yml").write_text("lookup: drugs\nentries: [1, 2]\n", encoding="utf-8")
    with pytest.raises(ConfigError) as raised:
        lookups.load(tmp_path)
    assert raised.value.facts["file"] == "bad.yml"


def test_one_name_with_two_meanings_in_one_lookup_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text("lookup: drugs\nentries: {甲: [丙], 乙: [丙]}\n", encoding="utf-8")
    with pytest.raises(ConfigError):
        lookups.load(tmp_path)


def test_a_changed_name_changes_the_fingerprint(tmp_path: Path) -> None:
    path = tmp_path / "a.yml"
    path.write_text("lookup: drugs\nentries: {甲: [丙]}\n", encoding="utf-8")
    before = lookups.fingerprint(tmp_path)
    path.write_text("lookup: drugs\nentries: {甲: [丁]}\n", encoding="utf-8")
    assert lookups.fingerprint(tmp_path) != before
