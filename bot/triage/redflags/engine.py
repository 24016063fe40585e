"""One pass over the hits: derived concepts, rules, then what must hold for the whole text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from operator import itemgetter

from bot.triage.matcher import Found, Hit, hits
from bot.triage.redflags.around import ARRANGING, CHRONIC, HAPPENING, SUDDEN, Around
from bot.triage.redflags.measures import measure, no_crisis
from bot.triage.redflags.possible import Possible, by_concept, narrowed, reachable
from bot.triage.redflags.rulebook import Derived, Groups, Rule, Rulebook
from bot.triage.redflags.weighing import ANY, weigh
from bot.triage.scope import DENIALS, OVER, PREFIX, SUPPOSED, idle, judge
from bot.triage.sounds import sound, sounds
from bot.triage.text import Normal

HEAVY = 5.0  # what weighs so much is excused by no long illness, report or small degree that is told beside it
LIGHT = 2.5  # what weighs less is no crisis where a blood pressure was measured that is none
AGAINST, AGAINST_SURE = -8.0, -12.5  # what weighs less speaks clearly against a rule; against one that is SURE
SURE = frozenset({4, 15, 17, 18, 19, 20, 21})  # what one word may tell, or what may not be missed at all
PRESSURE = f"{ANY}_24"
TRIES = 8  # places at which one rule is tried against its exceptions; keeps long texts linear
STATES = frozenset({"pregnant", "postpartum", "infant", "child"})  # a check-up does not end them (产后复查)


@dataclass(frozen=True)
class Firing:
    """A rule that fired and the findings that made it fire."""

    rule: Rule
    hits: tuple[Hit, ...]


@dataclass(frozen=True)
class Findings:
    """What fired; `doubted` when nothing but rules did and the second net speaks clearly against them."""

    fired: list[Firing]
    doubted: bool = False


class _Pass:
    """State of one pass: where each concept and each group was last seen alive, and what nearly fired.

    Only what can still matter is looked at: `open`, which shrinks as rules have all the places that they may have.
    """

    def __init__(self, book: Rulebook, normal: Normal, possible: Possible) -> None:
        self._normal = normal
        self._groups = book.groups
        self._possible = possible
        self._last: dict[str, Hit] = {}
        self._group: dict[frozenset[str], Hit] = {}
        self._by_concept = by_concept(possible.rules)
        self._derived = by_concept(possible.derived)
        self._settled: set[str] = set()
        self.tried: dict[str, list[tuple[Hit, ...]]] = {}
        self.made: list[Hit] = []
        self.open = possible.concepts

    @property
    def seen(self) -> set[str]:
        """Every concept that was seen alive."""
        return set(self._last)

    def take(self, hit: Hit) -> None:
        """One live finding; it may complete derived concepts, which are findings in turn."""
        concept = hit.concept
        if concept not in self.open:
            return
        known = self._last.get(concept)
        if known is not None and known.end >= hit.end and known.start <= hit.start:
            return
        self._last[concept] = hit
        for group in self._groups.get(concept, ()):
            self._group[group] = hit
        for one in self._derived.get(concept, ()):
            self._derive(one, hit)
        for rule in self._by_concept.get(concept, ()):
            self._try(rule, hit)

    def _derive(self, one: Derived, hit: Hit) -> None:
        """Emit the concept when its bricks stand together in one clause or in two that follow each other."""
        parts = self._together(one.needs, hit, one.near)
        if parts is None:
            return
        made = Hit(min(part.start for part in parts), max(part.end for part in parts), one.concept)
        if self._one_breath(one, made):
            self.made.append(made)
            self.take(made)

    def _one_breath(self, one: Derived, made: Hit) -> bool:
        """No more than two clauses, and no comma between them unless the concept may be told across one."""
        normal = self._normal
        apart = normal.clause(made.end - 1) - normal.clause(made.start)
        return apart <= (not one.same) and (one.across or not apart or not normal.stopped(made.start, made.end))

    def _try(self, rule: Rule, hit: Hit) -> None:
        """Remember where a rule's findings stand together."""
        if rule.id in self._settled:
            return
        parts = self._together(rule.needs, hit, rule.near)
        if parts is None or (rule.apart is not None and self._spread(parts) > rule.apart):
            return
        places = self.tried.setdefault(rule.id, [])
        places.append(parts)
        if len(places) >= (TRIES if rule.unless or rule.excused or rule.not_given else 1):
            self._settle(rule)

    def _spread(self, parts: tuple[Hit, ...]) -> int:
        """Clauses from the first to the last of the findings."""
        numbers = [self._normal.clause(part.start) for part in parts]
        return max(numbers) - min(numbers)

    def _settle(self, rule: Rule) -> None:
        """A rule has all its places: what only it was waiting for matters no more."""
        self._settled.add(rule.id)
        rules = tuple(one for one in self._possible.rules if one.id not in self._settled)
        left = narrowed(self._possible, rules, seen=self._last)
        self._by_concept, self._derived, self.open = by_concept(rules), by_concept(left.derived), left.concepts

    def _together(self, groups: Groups, hit: Hit, near: int) -> tuple[Hit, ...] | None:
        """For each group the latest finding, when all lie within `near` characters of this one."""
        parts = []
        for group in groups:
            part = self._group.get(group)
            if part is None or hit.start - part.end > near:
                return None
            parts.append(part)
        return tuple(parts)


def run(book: Rulebook, normal: Normal, given: Iterable[str]) -> Findings:
    """Every rule that fires, in the order of the rule files, and last what weighs as an emergency."""
    measured = measure(normal)
    spans = _spans(book, normal, measured)
    ruled = _ruled(book, normal, spans, set(given))
    load = weigh(normal, measured, fully=bool(ruled))
    if load.hit:
        return Findings([*ruled, *_weighed(book, normal, spans, measured)])
    doubted = load.whole and all(load.weight < _against(book, firing.rule) for firing in ruled)
    return Findings(ruled, doubted=doubted)


def by_rules(book: Rulebook, normal: Normal, given: Iterable[str]) -> list[Firing]:
    """What the rules find, whatever the second net says."""
    return _ruled(book, normal, _spans(book, normal, measure(normal)), set(given))


def _against(book: Rulebook, rule: Rule) -> float:
    """The weight below which this rule is doubted."""
    return AGAINST_SURE if book.numbers[rule.category] in SURE else AGAINST


def _weighed(book: Rulebook, normal: Normal, spans: list[Found], measured: list[Hit]) -> list[Firing]:
    """The rules of the categories that the second net names, if it finds anything in what is said of here and now."""
    named = hits(spans)
    load = weigh(normal, measured, idle(normal, named))
    if load.hit is None:
        return []
    around, places = Around(normal, named, []), [(load.hit,)]
    rules = [book.by_concept[name][0] for name in load.names]
    if load.weight >= HEAVY:
        rules = [replace(rule, unless=rule.unless - {CHRONIC}, excused=frozenset()) for rule in rules]
    elif load.weight < LIGHT and load.names == (PRESSURE,) and no_crisis(normal):  # what was measured knows better
        return []
    fired = [firing for rule in rules if (firing := _fire(rule, places, set(), around))]
    if fired or load.weight < HEAVY:
        return fired
    general = _fire(book.by_concept[ANY][0], places, set(), around)  # the category is for somebody else than this is
    return [general] if general else []


def _ruled(book: Rulebook, normal: Normal, spans: list[Found], facts: set[str]) -> list[Firing]:
    """Every rule whose findings stand together."""
    possible = reachable(book, set[str]().union(*{found for _, _, found in spans}), facts)
    if not possible.rules:
        return []
    named = hits(_mattering(spans, possible))
    state = _Pass(book, normal, possible)
    for hit, reason in judge(normal, named, _Open(state)):
        if not reason or (reason == SUPPOSED and hit.concept in book.wished):
            state.take(hit)
        elif reason == OVER and hit.concept in STATES:
            facts.add(hit.concept)
    return _fired(possible.rules, state, Around(normal, named, state.made), facts)


def _spans(book: Rulebook, normal: Normal, measured: Iterable[Hit]) -> list[Found]:
    """Words as written, words that only sound right and numbers, in order of the text."""
    words = book.matcher.spans(normal)
    more = _heard(book, normal, words) + [(hit.start, -hit.end, (hit.concept,)) for hit in measured]
    return sorted([*words, *more], key=itemgetter(0, 1)) if more else words


def _mattering(spans: list[Found], possible: Possible) -> list[Found]:
    """Every word, with only those of its concepts that may have a part, or one: between others it still counts."""
    parts = possible.concepts.union(
        {SUDDEN, HAPPENING, ARRANGING}, *(rule.unless | rule.excused for rule in possible.rules)
    )
    kept = {found: _parts(found, parts) for found in {found for _, _, found in spans}}
    return [(start, end, kept[found]) for start, end, found in spans]


def _fired(rules: Iterable[Rule], state: _Pass, around: Around, given: set[str]) -> list[Firing]:
    """The rules that found a place at which nothing excuses them."""
    seen = state.seen | given
    fired = (
        _fire(rule, state.tried[rule.id], seen, around)
        for rule in rules
        if rule.id in state.tried and not rule.not_given & given
    )
    return [firing for firing in fired if firing is not None]


class _Open:
    """What still matters to a pass, asked while it goes on."""

    def __init__(self, state: _Pass) -> None:
        self._state = state

    def __contains__(self, concept: object) -> bool:
        return concept in self._state.open


def _parts(found: tuple[str, ...], parts: frozenset[str]) -> tuple[str, ...]:
    """The cues and the concepts among `parts`, and always one concept if there is any."""
    other = next((name for name in found if name[0] != PREFIX and name not in parts), None)
    some = any(name in parts and name[0] != PREFIX for name in found)
    return tuple(name for name in found if name[0] == PREFIX or name in parts or (not some and name == other))


def _heard(book: Rulebook, normal: Normal, words: list[Found]) -> list[Found]:
    """Words that only sound right, where no word as written covers them and no denial begins them (没有抽, 妹又抽)."""
    heard = sounds(normal.text)
    if heard.signs == normal.text:  # nothing in it is Chinese
        return []
    whole = [
        (start, -end)
        for start, end, found in reversed(words)
        if -end - start > 1 and not (found[0][0] == PREFIX and all(name[0] == PREFIX for name in found))
    ]
    reaches = dict(whole)  # the longest comes first, so reversed it stays
    begins = {end: start for start, end in whole}
    return [
        (start, end, found)
        for start, end, found in book.sounds.spans(normal, heard)
        if reaches.get(start, -1) < -end
        and normal.text[start:-end] not in book.plain
        and begins.get(-end, -end) > start
        and (normal.text[start] not in DENIALS or sound(normal.text[start:-end]) in book.denying)
    ]


def _fire(rule: Rule, places: Iterable[tuple[Hit, ...]], seen: set[str], around: Around) -> Firing | None:
    """The first place at which nothing excuses the rule."""
    if not all(group & seen for group in rule.given):
        return None
    for parts in places:
        if around.excuses(parts, rule.unless) or around.tells_of(parts, rule.excused):
            continue
        if not around.speaks_of(parts, rule.not_given):
            return Firing(rule, parts)
    return None
