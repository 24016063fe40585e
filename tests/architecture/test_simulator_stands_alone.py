"""The simulator is for anybody: it leans on nothing of ours, and no hospital stands in its Python."""

from __future__ import annotations

import re

import pytest

from tests.architecture.source import ROOT, imports, modules

ROOM = "connectors.simulator"
OURS = re.compile(r"(bot|actions|connectors(?!\.simulator)|wechatpy|rasa)\b")
WORDS = re.compile(r"医院|患者|就诊|科室|医生|挂号|报告|处方|hospital|patient|doctor|clinic", re.IGNORECASE)
MODULES = [(module, path) for module, path in modules() if module == ROOM or module.startswith(f"{ROOM}.")]


@pytest.mark.parametrize(("module", "path"), MODULES, ids=lambda value: value if isinstance(value, str) else "")
def test_a_module_of_the_simulator_knows_neither_the_product_nor_a_hospital(module, path):
    assert [name for name in imports(module, path) if OURS.match(name)] == []
    assert WORDS.findall(path.read_text(encoding="utf-8")) == []


def test_both_rules_would_notice():
    assert OURS.match("bot.ports")
    assert OURS.match("connectors.wechat.crypto")
    assert not OURS.match("connectors.simulator.peer")
    assert WORDS.search("请到医院挂号")
    assert (ROOT / "connectors" / "simulator" / "README.md").exists()
