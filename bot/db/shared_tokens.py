"""Short-lived keys of the outside world that all processes on all machines use together."""

from __future__ import annotations

import sqlalchemy as sa

from bot.db.base import Base


class SharedToken(Base):
    """One key by its name; whoever holds the `lease` fetches the next one while the others wait for it."""

    __tablename__ = "shared_token"
    name = sa.Column(sa.String(64), primary_key=True)
    value_sealed = sa.Column(sa.LargeBinary)  # NULL = none was fetched yet
    expires_at = sa.Column(sa.BigInteger, nullable=False, default=0)  # Unix seconds
    serial = sa.Column(sa.Integer, nullable=False, default=0)
    lease = sa.Column(sa.String(32))
    leased_until = sa.Column(sa.DateTime)  # machine's clock
    saved_at = sa.Column(sa.DateTime, nullable=False)
