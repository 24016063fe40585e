"""Reading sentences with the trained model, without dialogue, policies or a server (`peizhen understand`)."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from rasa.core.channels.channel import UserMessage
from rasa.engine.constants import PLACEHOLDER_MESSAGE
from rasa.engine.graph import ExecutionContext
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.model import get_latest_model
from rasa.shared.constants import DEFAULT_NLU_FALLBACK_INTENT_NAME
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_RANKING_KEY

from bot.errors import ConfigError

NOTHING = {"name": "out_of_scope", "confidence": 0.0}


class Reader:
    """The language half of a trained model; `close` removes its unpacked files."""

    def __init__(self, model_dir: Path) -> None:
        """Raises ConfigError('no_model') when the folder holds no trained model."""
        archive = get_latest_model(str(model_dir))
        if archive is None:
            raise ConfigError("no_model", folder=str(model_dir))
        self._files = tempfile.TemporaryDirectory()
        storage, metadata = LocalModelStorage.from_model_archive(Path(self._files.name), archive)
        self._target = metadata.nlu_target
        metadata.predict_schema.nodes[self._target].needs.pop("domain", None)  # checks only intents typed as /name
        schema = metadata.predict_schema.minimal_graph_schema([self._target])
        context = ExecutionContext(graph_schema=schema, model_id=metadata.model_id)
        self._runner = DaskGraphRunner.create(schema, storage, context)

    def read(self, text: str) -> dict[str, Any]:
        """`{"intent", "confidence", "entities": [{"entity", "value"}]}`; a date's value is its day."""
        inputs = {PLACEHOLDER_MESSAGE: [UserMessage(text)]}
        [message] = self._runner.run(inputs, targets=[self._target])[self._target]
        intent = _best(message.get(INTENT_RANKING_KEY) or [message.get(INTENT) or {}])
        return {
            "intent": intent["name"],
            "confidence": round(float(intent["confidence"]), 4),
            "entities": [{"entity": e["entity"], "value": e["value"]} for e in message.get(ENTITIES, [])],
        }

    def close(self) -> None:
        self._files.cleanup()


def _best(ranking: list[dict[str, Any]]) -> dict[str, Any]:
    """The intent that the bot acts on; below the fallback threshold, where it asks again, out_of_scope."""
    if ranking[0].get("name") in {None, DEFAULT_NLU_FALLBACK_INTENT_NAME}:
        return {**NOTHING, "confidence": ranking[1]["confidence"] if len(ranking) > 1 else 0.0}
    return ranking[0]


def understand(texts: Iterable[str], model_dir: Path) -> Iterator[dict[str, Any]]:
    """One answer per text, in order; the model is loaded at the first."""
    reader = Reader(model_dir)
    try:
        for text in texts:
            yield reader.read(text)
    finally:
        reader.close()
