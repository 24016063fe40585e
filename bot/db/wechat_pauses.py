"""Calls that WeChat wants to be left alone with, as any process has met them: for the operators' eyes."""

from __future__ import annotations

import sqlalchemy as sa

from bot.db.base import Base


class WeChatPause(Base):
    """One call that rests until `ends_at` (machine's clock); `call` is its path, `*` = every call."""

    __tablename__ = "wechat_pause"
    call = sa.Column(sa.String(64), primary_key=True)
    code = sa.Column(sa.Integer, nullable=False)
    reason = sa.Column(sa.String(32), nullable=False)
    begun_at = sa.Column(sa.DateTime, nullable=False)
    ends_at = sa.Column(sa.DateTime, nullable=False)
