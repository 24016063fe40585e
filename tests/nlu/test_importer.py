from __future__ import annotations

from pathlib import Path

import pytest
from rasa.shared.exceptions import RasaException

from bot.importer import SplitDomainImporter

MAIN = 'version: "3.1"\nintents: [greet]\nresponses:\n  utter_greet: [{text: 你好}]\n'
SKILL = """version: "3.1"
intents: [book]
slots:
  day: {type: text, mappings: [{type: custom}]}
actions: [action_book]
"""


def test_the_domain_is_domain_yml_and_every_skill_file(tmp_path: Path) -> None:
    (tmp_path / "domain.yml").write_text(MAIN, encoding="utf-8")
    (tmp_path / "bot" / "domain").mkdir(parents=True)
    (tmp_path / "bot" / "domain" / "booking.yml").write_text(SKILL, encoding="utf-8")
    domain = SplitDomainImporter(domain_path=str(tmp_path / "domain.yml")).get_domain()
    assert {"greet", "book"} <= set(domain.intents)
    assert "action_book" in domain.user_actions
    assert "utter_greet" in domain.responses
    assert "day" in {slot.name for slot in domain.slots}


def test_a_broken_skill_file_stops_the_training(tmp_path: Path) -> None:
    (tmp_path / "domain.yml").write_text(MAIN, encoding="utf-8")
    (tmp_path / "bot" / "domain").mkdir(parents=True)
    (tmp_path / "bot" / "domain" / "booking.yml").write_text("intents: [[[\n", encoding="utf-8")
    with pytest.raises(RasaException):
        SplitDomainImporter(domain_path=str(tmp_path / "domain.yml")).get_domain()


def test_without_a_domain_path_the_domain_is_empty() -> None:
    assert SplitDomainImporter().get_domain().is_empty()
