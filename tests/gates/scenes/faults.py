"""Guards taken away inside a worker, for the controls of gates that run their doors as processes."""

from __future__ import annotations

from typing import Any, NoReturn
from unittest.mock import patch
from xml.etree import ElementTree as ET

from connectors.wechat import document, posts, webhook
from connectors.wechat.element import Element


def trusting() -> None:
    """Read as a beginner would: no limit, no refusal of strange documents, and exceptions go where they go."""
    patch.object(posts, "MAX_BODY", 2**30).start()
    patch.object(document, "from_xml", _naive).start()
    patch.object(webhook, "_failed", _raise).start()


def _naive(text: str) -> Element:
    root = ET.fromstring(text)
    return Element("xml", children=[Element(child.tag, [child.text or ""]) for child in root])


def _raise(_step: str, error: Exception, *_row: Any) -> NoReturn:
    raise error
