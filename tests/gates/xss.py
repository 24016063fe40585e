"""gate-xss: hostile words in everything that is stored, said by the hospital, typed or in an address; every page in Chromium.

Nothing may run, no markup may come of words, and the content security policy has nothing to refuse. The control shows
the same pages without autoescape and without the policy, and has to see things run; with the policy alone, none.
"""

from __future__ import annotations

import bot.lean  # noqa: F401  isort:skip

import argparse
import logging
import sys
from dataclasses import dataclass, field

from tests.xss.look import Seen
from tests.xss.payloads import corpus
from tests.xss.poison import TOGETHER, dealer, hostile_hospital, poisoner
from tests.xss.scene import ALL, Scene, scene, unescaped

CONTROL = 4  # pages of each visitor that the control looks at
TYPING = 10  # rounds between two in which forms are filled in as well: they change what is there
ROUNDS = 30  # of ten payloads in each value: each place meets each of the 300


@dataclass
class Outcome:
    """Of the pages as they are, of the control, and of the policy alone."""

    real: Seen = field(default_factory=Seen)
    control: Seen = field(default_factory=Seen)
    policy: Seen = field(default_factory=Seen)
    payloads: int = 0
    values: int = 0
    pages: int = 0
    sent: int = 0

    @property
    def good(self) -> bool:
        guarded = self.real.clean and not self.policy.ran
        return guarded and bool(self.control.ran) and bool(self.policy.violations) and self.real.pages > 0


def run(here: Scene, *, rounds: int = ROUNDS, most: int = ALL, control: int = CONTROL) -> Outcome:
    """So many rounds over the pages, each with other payloads everywhere; `most` pages of each visitor."""
    found, payloads = Outcome(pages=here.tour.pages), corpus()
    again = poisoner(here.world.ports)
    for turn in range(rounds):
        begin = turn * TOGETHER % len(payloads)
        hostile_hospital(here.world.his, dealer(payloads, begin))
        found.values = again(dealer(payloads, begin))
        here.walk(found.real, payloads[begin], most=most)
        print(f"round {turn + 1} of {rounds}", file=sys.stderr, flush=True)
        if most == ALL and turn % TYPING == 0:
            found.sent += here.type_in(found.real, dealer(payloads, begin)())
    with unescaped(here.app):
        here.walk(found.control, payloads[0], policy=False, most=control)
        here.walk(found.policy, payloads[0], most=control)
    found.payloads = min(len(payloads), max(found.values, rounds) * TOGETHER)
    return found


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=ROUNDS, help="rounds over all pages, each with other payloads")
    chosen = options.parse_args()
    logging.disable(logging.CRITICAL)
    with scene() as here:
        found = run(here, rounds=chosen.rounds)
    for line in (*found.real.ran, *found.real.markup, *found.real.violations, *sorted(found.real.loose)):
        print(line)
    figures = {
        "payloads": found.payloads,
        "values": found.values,
        "pages": found.pages,
        "looks": found.real.pages,
        "sent": found.sent,
        "executions": sum(found.real.ran.values()),
        "markup": sum(found.real.markup.values()),
        "violations": sum(found.real.violations.values()),
        "loose": len(found.real.loose),
        "policy_alone": sum(found.policy.ran.values()),
        "control": f"{sum(found.control.ran.values())}_executions",
    }
    print("xss:", *(f"{name}={value}" for name, value in figures.items()), "OK" if found.good else "FAIL")
    return 0 if found.good else 1


if __name__ == "__main__":
    sys.exit(main())
