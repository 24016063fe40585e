"""How much may come from one address in a minute: generous, because a hospital's Wi-Fi is one address for a thousand.

Counted in the database, so that all web processes count together. An address is kept as a keyed hash, for an hour.
WeChat's own calls are never counted here: all patients' messages come from its few addresses.
"""

from __future__ import annotations

from datetime import timedelta
from ipaddress import IPv6Address, ip_address, ip_network

import sqlalchemy as sa

from bot.db.quotas import Quota
from bot.errors import Refused
from bot.ports import Ports
from bot.services import quotas

KIND = "from_address"
HOME = 64  # bits of an IPv6 address that one connection has for itself
MOST = {"form": "forms_per_minute_address", "sign_in": "sign_ins_per_minute_address"}


def count(ports: Ports, *, what: str, address: str) -> None:
    """Count one form or sign_in. Raises Refused('too_crowded') beyond the minute's number."""
    source = _source(ports, address)
    if source is None:
        return
    at, most = ports.now(), ports.rules[MOST[what]]
    kind = f"{KIND}:{what}:{at:%H%M}"
    with ports.transaction() as session:
        taken = quotas.take(session, kind=kind, subject=ports.crypto.digest("address", source), at=at, limit=most)
    if not taken:
        raise Refused("too_crowded")


def forget(ports: Ports) -> int:
    """Delete what was counted more than an hour ago; gives how many rows went."""
    old = Quota.kind.startswith(f"{KIND}:"), Quota.last_at < ports.now() - timedelta(hours=1)
    with ports.transaction() as session:
        return int(session.execute(sa.delete(Quota).where(*old).execution_options(synchronize_session=False)).rowcount)


def _source(ports: Ports, address: str) -> str | None:
    """What counts as one sender; None = not to be counted: the house itself, or nothing that can be read."""
    try:
        found = ip_address(address)
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    found = mapped or found
    if found.is_loopback or any(found in ip_network(net) for net in ports.rules["own_networks"]):
        return None
    return str(ip_network((found, HOME), strict=False) if isinstance(found, IPv6Address) else found)
