"""The connector and the simulator are for anybody: they lean on nothing of ours, and no hospital stands in their Python."""

from __future__ import annotations

import re

import pytest

from tests.architecture.source import ROOT, imports, modules

# Each room, and what is not for it: the connector shares no code with the simulator that plays WeChat for it.
OURS = {
    "connectors.simulator": re.compile(r"(bot|actions|connectors(?!\.simulator)|wechatpy|rasa)\b"),
    "connectors.wechat": re.compile(r"(bot|actions|connectors(?!\.wechat\b)|rasa)\b"),
}
WORDS = re.compile(r"医院|患者|就诊|科室|医生|挂号|报告|处方|hospital|\bpatients?\b|doctor|clinic", re.IGNORECASE)
MODULES = [(room, module, path) for room in OURS for module, path in modules() if f"{module}.".startswith(f"{room}.")]


@pytest.mark.parametrize(("room", "module", "path"), MODULES, ids=[module for _, module, _ in MODULES])
def test_a_module_knows_neither_the_product_nor_a_hospital(room, module, path):
    assert [name for name in imports(module, path) if OURS[room].match(name)] == []
    assert WORDS.findall(path.read_text(encoding="utf-8")) == []


def test_both_rules_would_notice():
    assert all(rule.match("bot.ports") for rule in OURS.values())
    assert OURS["connectors.simulator"].match("connectors.wechat.crypto")
    assert OURS["connectors.wechat"].match("connectors.wechatpay")
    assert not OURS["connectors.simulator"].match("connectors.simulator.peer")
    assert not OURS["connectors.wechat"].match("connectors.wechat.crypto")
    assert WORDS.search("请到医院挂号")
    assert (ROOT / "connectors" / "simulator" / "README.md").exists()
