"""`peizhen menu`, `peizhen signs`: what is done to the official account by hand."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from bot import cli_texts as texts
from bot.errors import ConfigError


def add_to(commands: Any) -> None:
    """Register the commands, as `add` of bot.cli does."""
    about = "the account's menu: push [FILE] (--dry-run: only print it) | show what WeChat has"
    shown = commands("menu", menu, about)
    shown.add_argument("what", choices=["push", "show"])
    shown.add_argument("file", nargs="?", help="without it, the menu of this product (bot/menu.yaml)")
    shown.add_argument("--dry-run", action="store_true")
    about = "signs (扫码牌) to print, an HTML file, one A4 page each: check-in, a department, a doctor"
    sheets = commands("signs", signs, about)
    sheets.add_argument("file")
    sheets.add_argument("--opens", choices=["checkin", "department", "doctor"], default="checkin")
    sheets.add_argument("--department", help="the id of one department; without it all")
    sheets.add_argument("--bed", action="append", help="a bed's sign instead, for example 7A-12; may be given again")


def menu(options: argparse.Namespace) -> int:
    from bot.host import menus
    from connectors.wechat import menu as menus_of_wechat

    if options.what == "show":
        with _refusals("menu") as platform:
            texts.write(menus_of_wechat.shown(platform), indent=2)
        return 0
    found = menus.read(_settings().public_url, Path(options.file) if options.file else menus.FILE)
    if options.dry_run:
        texts.write({"everybody": found.everybody, "tagged": dict(found.tagged)}, indent=2)
        return 0
    with _refusals("menu") as platform:
        menus_of_wechat.push(platform, found)
    print("pushed: phones show it within five minutes", file=sys.stderr)
    return 0


def signs(options: argparse.Namespace) -> int:
    from bot import wiring
    from bot.host import signs as doors
    from connectors.wechat import codes

    with _refusals("a sign") as platform:
        ports, create = wiring.ports(), partial(codes.lasting, platform)
        made = (
            doors.beds(ports, create, options.bed)
            if options.bed
            else doors.make(ports, create, opens=options.opens, department_id=options.department)
        )
    Path(options.file).write_text(doors.sheets(made), encoding="utf-8")
    print(f"{len(made)} signs in {options.file}: print it from a browser, in A4, at 100 %", file=sys.stderr)
    return 0


def _settings() -> Any:
    from bot import wiring

    return wiring.settings()


@contextmanager
def _refusals(what: str) -> Iterator[Any]:
    """The platform client; what WeChat refuses becomes one plain line."""
    from bot import wiring
    from connectors.wechat.errors import PlatformError

    ports = wiring.ports()
    try:
        yield wiring.platform(wiring.settings(), ports.transaction, ports.crypto)
    except PlatformError as error:
        raise ConfigError(setting="WeChat", why=f"did not take {what}: {error.code} {error.reason}") from None
