"""The entity steps of config.yml, each a doorway to one pure finder of this room."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot import clock
from bot.nlu import dates, lookups, numbers, placeholders, times
from bot.nlu.directory import DirectoryFile
from bot.nlu.extractor import SpanExtractor
from bot.nlu.lookups import Lexicon
from bot.nlu.spans import Span

EXTRACTOR = DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR
STORED = "names.json"


@DefaultV1Recipe.register(EXTRACTOR, is_trainable=False)
class PlaceholderEntities(SpanExtractor):
    """Vault placeholders; first in the pipeline, so that nothing is read into them."""

    def find(self, folded: str) -> list[Span]:
        return placeholders.find(folded)


@DefaultV1Recipe.register(EXTRACTOR, is_trainable=False)
class DirectoryEntities(SpanExtractor):
    """The hospital's departments and doctors from the file that `$PEIZHEN_DIRECTORY` names."""

    def __init__(self) -> None:
        path = os.environ.get("PEIZHEN_DIRECTORY")
        self._file = DirectoryFile(Path(path) if path else None)

    def find(self, folded: str) -> list[Span]:
        return self._file.current().find(folded)


@DefaultV1Recipe.register(EXTRACTOR, is_trainable=False)
class DateEntities(SpanExtractor):
    """Days, parts of the day and clock times, by the hospital's clock."""

    def find(self, folded: str) -> list[Span]:
        return dates.find(folded, clock.today()) + times.find(folded)


@DefaultV1Recipe.register(EXTRACTOR, is_trainable=False)
class NumberEntities(SpanExtractor):
    """Age, sex and duration."""

    def find(self, folded: str) -> list[Span]:
        return numbers.find(folded)


@DefaultV1Recipe.register(EXTRACTOR, is_trainable=True)
class LookupEntities(SpanExtractor):
    """Everyday names from nlu_data/lookups, kept with the model."""

    def __init__(self, lexicon: Lexicon, storage: ModelStorage, resource: Resource) -> None:
        self._lexicon, self._storage, self._resource = lexicon, storage, resource

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"folder": lookups.FOLDER}

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """Rasa does not know these files; without this a changed name would not train anew.

        A step that comes out of the cache is asked with another step's config, hence the default.
        """
        return lookups.fingerprint(Path(config.get("folder", lookups.FOLDER)))

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> LookupEntities:
        return cls(lookups.load(Path(config["folder"])), model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> LookupEntities:
        with model_storage.read_from(resource) as folder:
            names = json.loads((folder / STORED).read_text(encoding="utf-8"))
        return cls(Lexicon(names), model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Nothing is learned: the names are written beside the model."""
        with self._storage.write_to(self._resource) as folder:
            content = json.dumps(self._lexicon.names, ensure_ascii=False)
            (folder / STORED).write_text(content, encoding="utf-8")
        return self._resource

    def find(self, folded: str) -> list[Span]:
        return self._lexicon.find(folded)
