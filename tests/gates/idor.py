"""gate-idor: every principal at every route, answer, form and view with every kind of reference; nothing leaks.

The matrix is held against Flask's url_map and the dialogue's action list: a door without a row fails. The control
is the same run with the owner checks taken out of every SELECT, and has to leak.
"""

from __future__ import annotations

import bot.lean  # noqa: F401  isort:skip

import argparse
import logging
import sys
import tempfile
from pathlib import Path

from actions import digressions
from bot import clock
from bot.db.base import make_engine
from bot.db.migrate import upgrade
from bot.host.video import DemoVideo
from tests.factories import NOW, make_ports
from tests.idor import probe
from tests.idor.control import owner_checks_gone
from tests.idor.probe import Findings
from tests.idor.world import MALFORMED, World, principals
from tests.services.broadcasts import FakeArticles
from tests.till import NOTHING, with_till


def run(*, malformed: int = len(MALFORMED), guarded: bool = True) -> tuple[Findings, list[str], int]:
    """One run on a fresh database: what was found, doors without a row, and how many principals asked."""
    with tempfile.TemporaryDirectory() as folder, clock.frozen(NOW):
        url = f"sqlite:///{Path(folder) / 'idor.db'}"
        upgrade(url)
        engine = make_engine(url)
        world = World(
            with_till(
                make_ports(engine, articles=FakeArticles(), video=DemoVideo("http://localhost")),
                Path(folder),
                prepay=NOTHING,
            )
        )
        app, people = principals(world)
        _answers, forms = probe.registered()
        rowless = probe.missing(app, digressions.intents(), set(forms))
        if guarded:
            found = probe.probe(world, app, people, malformed=malformed)
        else:
            with owner_checks_gone(engine):
                found = probe.probe(world, app, people, malformed=malformed, own=False)
        engine.dispose()
    return found, rowless, len(people)


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument(
        "--malformed", type=int, default=len(MALFORMED), help="malformed references tried at each door"
    )
    chosen = options.parse_args()
    logging.disable(logging.CRITICAL)
    found, rowless, people = run(malformed=chosen.malformed)
    control, _, _ = run(malformed=0, guarded=False)
    for line in (*rowless, *found.leaks, *found.told_apart, *found.broke, *sorted(found.useless | found.offers)):
        print(line)
    good = found.clean and not rowless and bool(control.leaks)
    figures = {
        "principals": people,
        "doors": len(found.doors),
        "requests": found.asked,
        "leaks": sum(found.leaks.values()),
        "told_apart": len(found.told_apart),
        "broke": len(found.broke),
        "changed": found.changed,
        "offers": len(found.offers),
        "rowless": len(rowless),
        "control": f"{sum(control.leaks.values())}_leaks",
    }
    print("idor:", *(f"{name}={value}" for name, value in figures.items()), "OK" if good else "FAIL")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
