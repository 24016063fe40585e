"""The rasa side that all entity finders share: message in, merged entities out."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.spans import Span, merge
from bot.nlu.text import fold

KEYS = ("start", "end", "entity", "value")


class SpanExtractor(GraphComponent, EntityExtractorMixin):
    """A finder as a pipeline step; later steps yield to earlier ones unless they match more text."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SpanExtractor:
        return cls()

    @abstractmethod
    def find(self, folded: str) -> list[Span]:
        """What this step finds in a folded text."""

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            text = message.get(TEXT)
            if text:
                self._add(message, self.find(fold(text)))
        return messages

    def _add(self, message: Message, found: list[Span]) -> None:
        before = spans_of(message)
        owner = {id(span): entity for span, entity in zip(before, message.get(ENTITIES, []), strict=True)}
        merged = merge(before, found)
        message.set(ENTITIES, [owner.get(id(s)) or self._entity(s) for s in merged], add_to_output=True)

    def _entity(self, span: Span) -> dict[str, Any]:
        plain = {"entity": span.entity, "start": span.start, "end": span.end, "value": span.value}
        return {**plain, **span.extra, "extractor": self.name}


def spans_of(message: Message) -> list[Span]:
    """The entities that a message already has."""
    return [
        Span(e["start"], e["end"], e["entity"], e["value"], {k: v for k, v in e.items() if k not in KEYS})
        for e in message.get(ENTITIES, [])
    ]
