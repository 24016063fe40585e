"""The jobs process keeps TensorFlow out for good; the tests that come after may need it."""

from __future__ import annotations

import sys

_known = "tensorflow" in sys.modules
import bot.jobs.schedule  # noqa: E402, F401

if not _known:
    sys.modules.pop("tensorflow", None)
