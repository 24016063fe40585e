"""Every page of console and H5 in Chromium: the small sizes of gate-accessibility and gate-xss on one hospital."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browsers import NARROW
from tests.gates import accessibility, xss
from tests.xss.look import MARKUP
from tests.xss.payloads import MANY, RUN, corpus
from tests.xss.scene import Scene, scene


@pytest.fixture(scope="module")
def here() -> Iterator[Scene]:
    with scene() as found:
        yield found


@pytest.fixture(scope="module")
def looked(here: Scene) -> accessibility.Outcome:
    """Before anything is poisoned: a payload has no colours."""
    return accessibility.run(here, sizes=(NARROW,))


@pytest.fixture(scope="module")
def poisoned(here: Scene, looked: accessibility.Outcome) -> xss.Outcome:
    return xss.run(here, rounds=1, most=2, control=1)


def test_nothing_keeps_anybody_from_reading_or_using_a_page(looked: accessibility.Outcome) -> None:
    assert looked.grave == {}
    assert looked.pages > 40


def test_a_spoilt_page_is_found(looked: accessibility.Outcome) -> None:
    assert {finding.partition(":")[0] for finding in looked.control} >= {"label", "color-contrast"}


def test_three_hundred_payloads_each_once() -> None:
    assert len(set(corpus())) == len(corpus()) == MANY
    assert sum(RUN in one for one in corpus()) > MANY * 0.8


def test_nothing_runs_and_no_word_becomes_markup(poisoned: xss.Outcome) -> None:
    assert (poisoned.real.ran, poisoned.real.markup) == ({}, {})
    assert poisoned.real.pages > 15
    assert poisoned.values > 200


@pytest.mark.parametrize(
    ("markup", "found"),
    [
        ('<a href="/h5/faq?department=//evil.invalid/x">', []),
        ('<a href="tel:120">', []),
        ('<a href="//evil.invalid/x">', ["elsewhere"]),
        ('<a href="/\\evil.invalid">', ["elsewhere"]),
        ('<form action="https://evil.invalid">', ["action=https://evil.invalid", "elsewhere"]),
    ],
)
def test_a_link_is_judged_by_where_it_leads(here: Scene, markup: str, found: list[str]) -> None:
    page = here.browser.new_page()
    page.route("**/*", lambda route: route.fulfill(body=f"<body>{markup}", content_type="text/html"))
    page.goto("http://localhost/")
    assert page.evaluate(MARKUP) == found
    page.close()


def test_the_policy_is_strict_and_has_nothing_to_refuse(poisoned: xss.Outcome) -> None:
    assert (poisoned.real.loose, poisoned.real.violations) == (set(), {})


def test_without_escaping_and_policy_they_run(poisoned: xss.Outcome) -> None:
    assert sum(poisoned.control.ran.values()) > 10


def test_without_escaping_the_policy_alone_lets_none_run(poisoned: xss.Outcome) -> None:
    assert poisoned.policy.ran == {}
    assert sum(poisoned.policy.violations.values()) > 10
