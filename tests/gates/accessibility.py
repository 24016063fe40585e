"""gate-accessibility: axe-core over every page of console and H5 that shows anything, on a phone and on a desk.

Nothing serious or critical. The control is the same look at a page whose fields lost their labels and whose words
lost their colour.
"""

from __future__ import annotations

import bot.lean  # noqa: F401  isort:skip

import argparse
import logging
import sys
from dataclasses import dataclass, field

from tests.accessible import troubles
from tests.browsers import NARROW, WIDE
from tests.xss.scene import ALL, Scene, scene

SPOIL = """() => {
  document.querySelectorAll("label").forEach((label) => label.remove());
  document.querySelectorAll("p, h1").forEach((text) => text.classList.add("spoilt"));
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(".spoilt { color: #ddd !important }");
  document.adoptedStyleSheets = [sheet];
}"""


@dataclass
class Outcome:
    """Findings by width and page, and those of the spoilt one."""

    pages: int = 0
    found: dict[str, list[str]] = field(default_factory=dict)
    control: list[str] = field(default_factory=list)

    @property
    def grave(self) -> dict[str, list[str]]:
        return {page: what for page, what in self.found.items() if what}


def run(here: Scene, *, most: int = ALL, sizes: tuple[dict[str, int], ...] = (NARROW, WIDE)) -> Outcome:
    outcome = Outcome()
    for size in sizes:
        looked = here.troubles(size, most=most)
        outcome.pages = len(looked)
        outcome.found |= {f"{size['width']} {path}": what for path, what in looked.items()}
    outcome.control = _spoilt(here)
    return outcome


def _spoilt(here: Scene) -> list[str]:
    page = here.browser.new_page()
    page.goto(f"{here.address}/console/signin")
    page.evaluate(SPOIL)
    found = troubles(page)
    page.close()
    return found


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--most", type=int, default=ALL, help="pages of each visitor at most")
    chosen = options.parse_args()
    logging.disable(logging.CRITICAL)
    with scene() as here:
        found = run(here, most=chosen.most)
    for page, what in found.grave.items():
        print(page, *what)
    good = found.pages > 0 and not found.grave and bool(found.control)
    figures = {"pages": found.pages, "looks": len(found.found), "grave": sum(map(len, found.grave.values()))}
    figures |= {"control": f"{len(found.control)}_grave"}  # type: ignore[dict-item]
    print("accessibility:", *(f"{name}={value}" for name, value in figures.items()), "OK" if good else "FAIL")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
