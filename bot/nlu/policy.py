"""Rasa's RulePolicy, looking only as far back as its longest rule.

The stock policy draws up the state of every turn since the session began, twice in a prediction, and copies it for a
log line; a talk's twentieth turn then costs twice its first. No rule of ours is longer than a few states and none
reads a patient's words, so the last states decide alone.
"""

from __future__ import annotations

from typing import Any

from rasa.core.policies.rule_policy import RULES, RULES_FOR_LOOP_UNHAPPY_PATH, RulePolicy
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.core.constants import PREVIOUS_ACTION, USER
from rasa.shared.core.domain import Domain, State
from rasa.shared.core.events import ActionExecuted
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import ACTION_NAME, TEXT

NOTHING = (None, None, False)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True)
class RecentRulePolicy(RulePolicy):
    """Predicts what RulePolicy predicts, for rules on intents."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        keys = [*self.lookup.get(RULES, {}), *self.lookup.get(RULES_FOR_LOOP_UNHAPPY_PATH, {})]
        rules = [self._rule_key_to_state(key) for key in keys]
        # States to look at: those of the longest rule and one before it. In training there are no rules yet: all.
        self._reach = 1 + max(map(len, rules)) if rules else None
        self._endings: dict[str, str | None] = {}
        self._reads_text = not rules or any(TEXT in state.get(USER, {}) for states in rules for state in states)

    def _find_action_from_rules(
        self,
        tracker: DialogueStateTracker,
        domain: Domain,
        use_text_for_last_user_input: bool,  # noqa: FBT001
    ) -> tuple[str | None, str | None, bool]:
        if use_text_for_last_user_input and not self._reads_text:
            return NOTHING
        return super()._find_action_from_rules(tracker, domain, use_text_for_last_user_input)

    def _prediction_states(
        self,
        tracker: DialogueStateTracker,
        domain: Domain,
        use_text_for_last_user_input: bool = False,  # noqa: FBT001, FBT002 - rasa's own signature
        **_: Any,
    ) -> list[State]:
        if self._reach is None:
            return super()._prediction_states(tracker, domain, use_text_for_last_user_input)
        known = 1 + sum(isinstance(event, ActionExecuted) for event in tracker.applied_events())
        states = [
            domain._clean_state(domain.get_active_state(prior))  # noqa: SLF001 - as Domain.states_for_tracker_history
            for place, (prior, _hidden) in enumerate(tracker.generate_all_prior_trackers())
            if place >= known - self._reach
        ]
        self.featurizer._choose_last_user_input([states], use_text_for_last_user_input)  # noqa: SLF001
        return states

    def _get_possible_keys(self, lookup: dict[str, str], states: list[State]) -> set[str]:
        """Of the rules that end after the action that was last, as rasa does of all."""
        last = _last_action(states[-1])
        return super()._get_possible_keys({key: lookup[key] for key in lookup if self._ends_after(key) == last}, states)

    def _ends_after(self, key: str) -> str | None:
        if key not in self._endings:
            self._endings[key] = _last_action(self._rule_key_to_state(key)[-1])
        return self._endings[key]


def _last_action(state: State) -> str | None:
    return state.get(PREVIOUS_ACTION, {}).get(ACTION_NAME)
