"""How likely each department is for a whole story: the table's figures for what is there, and what its absence says.

A finding that was asked for and is not there speaks against the departments that see it often. How often is not
counted anywhere, so the lexicon's weights stand in for it: a department that looks after a finding hears of it from
OFTEN of its patients (shared by weight where several do), any other from SELDOM.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from bot.triage import departments
from bot.triage.lexicon import lexicon, spans
from bot.triage.names import OBSTETRICS, keep
from bot.triage.story import Story

SELDOM, OFTEN = 0.04, 0.5
AFTER_BIRTH = "产后"  # of the lexicon
Belief = Mapping[str, float]


def believed(story: Story) -> Belief:
    """Department → probability (sums to 1); empty when nothing in the words is known."""
    return without(departments.likelihood(story.words, age=story.age, sex=story.sex), story)


def ranked(story: Story) -> list[departments.Suggestion]:
    """The departments' suggestions with what was denied weighed in, best first."""
    best = departments.score(story.words, age=story.age, sex=story.sex)
    likely = without({one.name: one.score for one in best}, story, total=sum(one.score for one in best))
    kept = [departments.Suggestion(one.name, round(likely[one.name], 4), one.because) for one in best]
    return sorted(kept, key=lambda one: -one.score)


def without(likely: Belief, story: Story, *, total: float = 1.0) -> Belief:
    """The same after what was denied; what is known of the person holds whatever the words said."""
    weighed = {
        name: value * _kept(name, story) * math.prod(1 - share(c, name) for c in story.denied)
        for name, value in likely.items()
    }
    whole = sum(weighed.values())
    return {name: value * total / whole for name, value in weighed.items()} if whole else likely


def _kept(name: str, story: Story) -> float:
    """Factor of age and sex; 没怀孕 names what obstetrics is about, and yet rules it out, but after a birth."""
    if name == OBSTETRICS and story.pregnant is False and AFTER_BIRTH not in {s.concept for s in spans(story.words)}:
        return 0.0
    return keep(name, age=story.age, sex=story.sex)


def share(concept: str, department: str) -> float:
    """How many of a department's patients would name this finding."""
    to = lexicon().entries[concept].to
    return SELDOM + (OFTEN - SELDOM) * to.get(department, 0.0) / sum(to.values())


def expected(concept: str, likely: Belief) -> float:
    """How likely a yes to this finding is."""
    return sum(value * share(concept, name) for name, value in likely.items())


def changed(before: Belief, after: Belief) -> float:
    """What an answer taught, in bits: the divergence of `after` from `before`; never negative."""
    floor = 1e-4  # a department nobody spoke of: the table never says 0 for certain
    return max(sum(v * math.log2(v / max(before.get(name, 0.0), floor)) for name, v in after.items() if v > floor), 0.0)


def plausible(likely: Belief, *, least: float, most: int) -> Sequence[str]:
    """The departments in question: at least `least` likely, at most `most` of them."""
    best = sorted(likely, key=lambda name: -likely[name])[:most]
    return [name for name in best if likely[name] >= least]
