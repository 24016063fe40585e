"""RecentRulePolicy decides as rasa's RulePolicy does, at every step of a long talk."""

from __future__ import annotations

import copy

import pytest
from rasa.core.policies.rule_policy import RULES, RulePolicy
from rasa.shared.core.events import ActionExecuted
from rasa.shared.core.trackers import DialogueStateTracker

from bot.nlu.policy import RecentRulePolicy
from bot.services import inbox
from tests.conversations.house import InProcessRasa, Talk
from tests.conversations.visits import tracker_of

TALK = (
    *("你好", "我要挂号", "皮肤科", "停车方便吗", "明天", "不是明天，是后天", "返回", "骨科在几楼", "咳嗽三天了"),
    *("三十五岁", "胃镜多少钱", "女", "吃饭能喝酒吗", "取消", "我的预约", "嗯嗯啊啊", "哦哦哦哦", "额额额额"),
)
FEWEST = 40  # decisions compared


def _policy(rasa: InProcessRasa) -> RecentRulePolicy:
    nodes = rasa.agent.processor.graph_runner._instantiated_nodes.values()
    return next(node._component for node in nodes if isinstance(node._component, RecentRulePolicy))


def test_every_decision_of_a_long_talk_is_rasas_own(
    bound: Talk, rasa: InProcessRasa, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "ROLL_TURNS", 99)
    for line in TALK:
        bound(line)
    tracker = tracker_of(rasa, bound)
    ours, domain = _policy(rasa), rasa.agent.domain
    stock = copy.copy(ours)
    stock.__class__ = RulePolicy  # the same rules in rasa's own hands
    assert ours._reach is not None
    assert ours._reach < sum(isinstance(each, ActionExecuted) for each in tracker.events)
    places = [place for place, event in enumerate(tracker.events) if isinstance(event, ActionExecuted)]
    before = [DialogueStateTracker.from_events("t", list(tracker.events)[:n], domain.slots) for n in places]
    assert len(before) >= FEWEST
    wanted = [_decided(stock, each, domain) for each in before]
    assert [_decided(ours, each, domain) for each in before] == wanted
    blind = copy.copy(ours)
    blind.lookup = {**ours.lookup, RULES: {}}  # control: these decisions are the rules' own
    assert [_decided(blind, each, domain) for each in before] != wanted


def _decided(policy: RulePolicy, tracker: DialogueStateTracker, domain: object) -> tuple[list[float], bool, list[str]]:
    found = policy.predict_action_probabilities(tracker, domain)
    return list(found.probabilities), found.is_no_user_prediction, [type(each).__name__ for each in found.events or ()]
