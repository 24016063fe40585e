"""The first operator of an installation, and the way back in when none is left: by whoever has the machine itself."""

from __future__ import annotations

from bot.errors import NotFound
from bot.ports import Ports
from bot.services import accounts, passwords, staff_sessions
from bot.services.accounts import Account, Place


def install(ports: Ports, *, username: str, name: str, place: Place) -> str:
    """Make an account and give its first password. Raises BadInput, Conflict('username_taken')."""
    facts = accounts.checked(username, name, place)
    password = passwords.first()
    hashed = passwords.hashed(password)
    with ports.transaction() as session:
        account_id = accounts.insert(ports, session, {**facts, "password_hash": hashed, "active": True})
        accounts.written(ports, session, None, "staff.create", account_id, place.role)
    return password


def reset(ports: Ports, *, username: str) -> str:
    """A new first password and no phone; a closed account is open again. Raises NotFound."""
    found, password = _named(ports, username), passwords.first()
    hashed = passwords.hashed(password)
    with ports.transaction() as session:
        accounts.begin_anew(ports, session, None, found.id, hashed)
    return password


def close(ports: Ports, *, username: str) -> None:
    """Let nobody in by this account any more. Raises NotFound."""
    found = _named(ports, username)
    with ports.transaction() as session:
        accounts.update(session, found.id, active=False)
        staff_sessions.end_all(session, staff_id=found.id)
        accounts.written(ports, session, None, "staff.close", found.id, found.place.role)


def _named(ports: Ports, username: str) -> Account:
    found = next((one for one in accounts.listed(ports) if one.username == username), None)
    if found is None:
        raise NotFound
    return found
