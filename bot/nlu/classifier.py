"""The intent step of config.yml: what was typed and the kinds of entities in it, ranked by the intent model."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.charcnn import learning, reading
from bot.nlu import (
    concepts,
    dates,
    features,
    lookups,
    model,
    months,
    numbers,
    requests,
    respell,
    sounds,
    text,
    times,
    training,
)
from bot.nlu.directory import Directory
from bot.nlu.extractor import spans_of
from bot.nlu.model import IntentModel
from bot.nlu.reader import read
from bot.nlu.spans import Span

RANKING = 10  # intents that the ranking shows
SOME_DAY = date(2026, 1, 1)  # training masks dates, so that any day will do; a fixed one keeps it repeatable


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class CharLinearClassifier(IntentClassifier, GraphComponent):
    """Reads the entities that the steps before it found; put it after them."""

    def __init__(
        self,
        config: dict[str, Any],
        storage: ModelStorage,
        resource: Resource,
        trained: IntentModel | None = None,
    ) -> None:
        self._config, self._storage, self._resource, self._model = config, storage, resource, trained

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"lookups": lookups.FOLDER}

    @staticmethod
    def required_packages() -> list[str]:
        return ["sklearn", "tensorflow"]

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """Names and features decide over the weights, and rasa sees neither change."""
        own = (concepts, dates, features, lookups, model, months, numbers, respell, sounds, text, times, training)
        modules = (*own, learning, reading)
        sources = [Path(str(module.__file__)).read_bytes() for module in modules] + [concepts.FILE.read_bytes()]
        return (
            lookups.fingerprint(Path(config.get("lookups", lookups.FOLDER)))
            + hashlib.sha256(b"".join(sources)).hexdigest()
        )

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> CharLinearClassifier:
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> CharLinearClassifier:
        with model_storage.read_from(resource) as folder:
            return cls(config, model_storage, resource, IntentModel.load(folder))

    def train(self, training_data: TrainingData) -> Resource:
        """Fit on the examples' text and intent; entities come from the same finders as at run time."""
        lexicon, directory = lookups.load(Path(self._config["lookups"])), Directory({})
        examples = [e for e in training_data.intent_examples if e.get(TEXT)]
        sentences = [features.blocks(e.get(TEXT), read(e.get(TEXT), lexicon, directory, SOME_DAY)) for e in examples]
        self._model = model.fit([e.get(TEXT) for e in examples], sentences, [e.get(INTENT) for e in examples])
        with self._storage.write_to(self._resource) as folder:
            self._model.save(folder)
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Of two requests in one message the first decides; both are put beside it (`requests`)."""
        for message in messages:
            typed, spans = str(message.get(TEXT) or ""), spans_of(message)
            two = requests.find(typed, spans, self._rank)
            ranking = two[0]["ranking"] if two else self._rank(typed, spans)
            best = ranking[0] if ranking else {"name": None, "confidence": 0.0}
            message.set(INTENT, dict(best), add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
            if two:
                shown = [{k: v for k, v in each.items() if k != "ranking"} for each in two]
                message.set("requests", shown, add_to_output=True)
        return messages

    def _rank(self, typed: str, spans: Sequence[Span]) -> list[dict[str, Any]]:
        """Best first; empty when there is nothing to read (only emoji, punctuation or a placeholder)."""
        counted = features.blocks(typed, spans) if typed else {}
        if self._model is None or not any(counted.values()):
            return []
        return [{"name": name, "confidence": chance} for name, chance in self._model.rank(typed, counted)[:RANKING]]
