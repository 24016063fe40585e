"""`peizhen staff …`: the first operator, and the way back in when none is left; everybody else is made in the console.

Whoever may run this holds the database and its key: no second person is asked, and the audit trail says `system`.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

from bot import cli_texts as texts

Add = Callable[..., argparse.ArgumentParser]


def add_to(add: Add) -> None:
    """Register the command."""
    command = add("staff", staff, "accounts of the console: list | add USERNAME | reset USERNAME | close USERNAME")
    command.add_argument("what", choices=["list", "add", "reset", "close"])
    command.add_argument("username", nargs="?", default="")
    command.add_argument("--name", default="", help="add: the person's name")
    command.add_argument("--role", default="operator", help="add: operator unless said otherwise")
    command.add_argument("--department", help="add: the hospital's id of it; doctors and heads need one")
    command.add_argument("--doctor", help="add: the hospital's id of the doctor")


def staff(options: argparse.Namespace) -> int:
    """Print the accounts, or what was done to one; a first password is shown here and nowhere else."""
    from bot import wiring
    from bot.services import account_rescue, accounts

    ports, username = wiring.ports(), options.username
    if options.what == "add":
        place = accounts.Place(options.role, options.department, options.doctor)
        password = account_rescue.install(ports, username=username, name=options.name or username, place=place)
        texts.write({"username": username, "password": password})
    elif options.what == "reset":
        texts.write({"username": username, "password": account_rescue.reset(ports, username=username)})
    elif options.what == "close":
        account_rescue.close(ports, username=username)
        texts.write({"username": username, "closed": True})
    else:
        rows = accounts.listed(ports)
        texts.write([{"username": a.username, "name": a.name, "role": a.place.role, "open": a.active} for a in rows])
    return 0
