"""Learn what each piece of evidence for a name weighs, and write bot/faq/evidence.yml.

python -m tests.gates.planting.learn_names            with every text
python -m tests.gates.planting.learn_names --held     each file judged by weights that were learnt without it

A logistic regression over `bot.faq.evidence`: places where somebody stands against all others, in the texts with people,
in the same texts with other names put in (a quarter of them words of every day), and in thousands of patients' texts that
were written for other gates and hold hardly anybody.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

import yaml

from bot.faq import deidentify, evidence, persons, remedies, segments
from bot.faq.board import GONE, Board
from bot.faq.guesses import guesses
from bot.faq.likeness import like
from bot.faq.segments import Word
from bot.faq.surnames import SINGLE
from tests.gates import deidentify as gate
from tests.gates.planting import lists, planted, written
from tests.gates.planting.planted import Planted, Value

QUIET = (*sorted((gate.CORPORA / "redflags").glob("*.jsonl")), gate.CORPORA / "departments.jsonl")
QUIET_TEXTS = 7000
LEARNT = (
    "open",
    "spent",
    "second_open",
    "second_spent",
    "families",
    "words",
    "fresh",
    "fresh_again",
)  # a closed half is never among them
WORDS, DOUBLE = 0.25, 0.1  # shares of the names that are put in
TIMES = 3  # that each text is given other names
NAMED, OTHERS, AGAIN, ELSEWHERE = (
    5.0,
    2.0,
    1.5,
    0.5,
)  # what one place weighs: with a name, without, other names, quiet texts
LEAST = 0.02  # a weight below is left out
CALLED = re.compile("(?<=..)(?:婶子|嫂子|大?[哥姐嫂叔婶姨爷妈爸])$")


class Place(NamedTuple):
    """The evidence at one place, whether a name stands there, and what it counts."""

    found: evidence.Evidence
    named: bool
    counts: float


def people(case: Planted) -> set[tuple[int, int]]:
    """Where names stand, without their titles."""
    owns = ((v.start, CALLED.sub("", written.TITLE.sub("", v.said))) for v in case.values if v.group == "names")
    return {(start, start + len(own)) for start, own in owns}


def places(case: Planted, *, named: float, others: float) -> Iterator[Place]:
    """Every guess in a text, as the rules before have left it; and each name with all others found."""
    view, words = _left_to_guess(case)
    names, things = people(case), remedies.spans(view)
    for guess in guesses(view):
        if (guess.start, guess.end) in names:
            yield Place(evidence.evidence(view, guess, words), True, named)
        elif not any(start < guess.end and guess.start < end for start, end in things):
            yield Place(evidence.evidence(view, guess, words), False, others)
    for name in names if len(names) > 1 else ():
        yield from (Place(found, True, named) for found in _alone(view, name, names))


def _alone(view: str, name: tuple[int, int], names: Iterable[tuple[int, int]]) -> Iterator[evidence.Evidence]:
    for start, end in names:
        if (start, end) != name:
            view = view[:start] + GONE * (end - start) + view[end:]
    words = segments.words(view)
    yield from (evidence.evidence(view, guess, words) for guess in guesses(view) if (guess.start, guess.end) == name)


def _left_to_guess(case: Planted) -> tuple[str, Sequence[Word]]:
    """The text and its words at the moment at which names are guessed."""
    seen: list[tuple[str, Sequence[Word]]] = []

    def look(board: Board, words: Sequence[Word]) -> None:
        seen.append((board.view, words))

    with patch.object(persons, "sweep", look):
        deidentify.scrub(case.text, names=case.cards, doctors=case.doctors)
    return seen[0]


def renamed(case: Planted, dice: random.Random, words: Sequence[str]) -> Planted:
    """The same text with other people in it."""
    text, values, last = "", [], 0
    for value in sorted(case.values, key=lambda value: value.start):
        said, own = value.said, written.TITLE.sub("", value.said)
        if (
            value.group == "names"
            and value.kind != "call"
            and re.fullmatch("[\u3400-\u9fff]{2,4}", own)
            and own[0] in SINGLE
        ):
            said = _somebody(dice, words) + said[len(own) :]
        text += case.text[last : value.start]
        values.append(Value(value.kind, said, len(text), len(text) + len(said)))
        text, last = text + said, value.end
    return Planted(text + case.text[last:], tuple(values), (), (), written=True)


def _somebody(dice: random.Random, words: Sequence[str]) -> str:
    if dice.random() < WORDS:
        return dice.choice(words)
    surname = dice.choice(lists.DOUBLE if dice.random() < DOUBLE else lists.SURNAMES)
    return surname + dice.choice(lists.GIVEN)


def words_like_names() -> list[str]:
    """Words of two letters that begin with a surname and might be a name: 高山, 白雪."""
    jieba = segments._tools()
    kinds = jieba.posseg.dt.word_tag_tab
    pairs = (w for w, seen in jieba.dt.FREQ.items() if len(w) == 2 and 30 < seen < 6000 and w[0] in SINGLE)
    return [word for word in pairs if kinds.get(word, "x")[0] in "navz" and like(word[1]) > -0.2]


def texts() -> dict[str, list[Planted]]:
    """Every text with people, by its file."""
    read = {name: written.read(gate.CORPORA / f"deidentify_{name}.jsonl") for name in LEARNT}
    dice = random.Random("learn")
    return read | {"ours": [planted.fill(text, dice) for half in gate.HALVES for text in gate.texts(half)]}


def learnable(found: Sequence[Planted], words: Sequence[str]) -> list[Place]:
    """The places of one file's texts, as they are and with other names."""
    dice = random.Random("others")
    as_they_are = [place for case in found for place in places(case, named=NAMED, others=OTHERS)]
    others = [renamed(case, dice, words) for _ in range(TIMES) for case in found if case.values]
    return as_they_are + [place for case in others for place in places(case, named=AGAIN, others=ELSEWHERE)]


def quiet() -> list[Place]:
    """Places in texts that hold hardly anybody."""
    rows = (json.loads(line) for path in QUIET for line in path.read_text(encoding="utf-8").splitlines())
    said = sorted({row["text"] for row in rows})
    chosen = random.Random("quiet").sample(said, QUIET_TEXTS)
    cases = (Planted(text, (), (), (), written=True) for text in chosen)
    return [place for case in cases for place in places(case, named=NAMED, others=ELSEWHERE)]


def learn(found: Sequence[Place]) -> dict[str, float]:
    """The weights, by name of evidence; `always` is what stands for a name before any evidence."""
    from sklearn.feature_extraction import DictVectorizer
    from sklearn.linear_model import LogisticRegression

    columns = DictVectorizer()
    rows = columns.fit_transform([place.found for place in found])
    model = LogisticRegression(C=1.0, max_iter=2000, solver="liblinear", random_state=0)
    model.fit(rows, [place.named for place in found], sample_weight=[place.counts for place in found])
    learnt = dict(zip(columns.feature_names_, map(float, model.coef_[0]), strict=True))
    kept = {name: round(weight, 2) for name, weight in sorted(learnt.items()) if abs(weight) >= LEAST}
    return {"always": round(float(model.intercept_[0]), 2)} | kept


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument(
        "--held", action="store_true", help="judge each file by weights learnt without it; write nothing"
    )
    held, words, files = options.parse_args().held, words_like_names(), texts()
    found = {name: learnable(cases, words) for name, cases in files.items()} | {"quiet": quiet()}
    for name, cases in files.items() if held else ():
        weights = learn([place for other, places in found.items() if other != name for place in places])
        with patch.object(evidence, "weights", lambda weights=weights: weights):
            print(gate.line(f"without {name}", gate.Score([gate.judged(case) for case in cases])))
    if not held:
        _write(learn([place for places in found.values() for place in places]), evidence.PATH)
    return 0


def _write(weights: dict[str, float], path: Path) -> None:
    head = "# What each piece of evidence weighs (log odds). Learnt: python -m tests.gates.planting.learn_names\n"
    path.write_text(head + yaml.safe_dump(weights, allow_unicode=True, sort_keys=False), encoding="utf-8")


if __name__ == "__main__":
    raise SystemExit(main())
