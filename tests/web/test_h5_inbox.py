"""我的消息: what was to be told stands here, whatever way it went."""

from __future__ import annotations
