"""Names that no list holds and no sentence introduces: where the evidence at a place says so (evidence.py). Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bot.faq import beside, evidence, pet_names, remedies
from bot.faq.board import Board
from bot.faq.guesses import HAN, TITLED, Guess, guesses
from bot.faq.kin import RELATIVES
from bot.faq.segments import Word
from bot.faq.surnames import SELDOM

ENOUGH, SURE = 0.0, 3.0  # log odds
# 翠花姐: who is called so is known by both.
FAMILY = re.compile("的?(?:家属|家长|小朋友|同学)")
CALLED = re.compile("(?:婶子|嫂子|大?[哥姐嫂叔婶姨])(?![妹夫弟父妈])")
PLAIN = frozenset(f"word:{flag}" for flag in "anvdtmfsbijlqrpz")
ONE_LEFT = re.compile(rf"[{HAN}](?![{HAN}])")
SAYS_PERSON = beside.STRONG - {"left:towards"}  # 和, 给, 带 stand before things as well
WITHOUT_SURNAME = frozenset({"given", "small", "twin"})


def sweep(board: Board, words: Sequence[Word]) -> None:
    """Take the likeliest first; whoever was found says something of the names beside him."""
    things = remedies.spans(board.view) + pet_names.eaten(board.view)
    relatives = [(w.start, w.end) for w in words if w.text in RELATIVES and w.end - w.start > 1]
    for _ in range(2):
        for weight, guess in sorted(_likely(board.view, words), reverse=True):
            held = [thing for thing in things if not _holds(board.view, guess, thing, sure=weight >= SURE)]
            if not any(first < guess.end and guess.start < last for first, last in held + relatives):
                board.take(guess.start, _end(board.view, guess), "某某", "name")


def _holds(view: str, guess: Guess, thing: tuple[int, int], *, sure: bool) -> bool:
    """Whether a name may hold this drug or word: one surely there (曲和平), 麦冬青医生, 石榴的家属."""
    first, last = thing
    if not guess.start <= first < last <= guess.end:
        return False
    return bool(_spoken_of(view, guess.end) or (sure and guess.start < guess.given <= first))


def _spoken_of(view: str, end: int) -> bool:
    return bool(TITLED.match(view, end) or FAMILY.match(view, end))


def _likely(view: str, words: Sequence[Word]) -> Iterator[tuple[float, Guess]]:
    """Every place that weighs enough."""
    for guess in guesses(view):
        found = evidence.evidence(view, guess, words)
        weight = evidence.weigh(found)
        if weight >= ENOUGH and not (guess.make == "given" and _plain(found)):
            yield weight, guess


def _plain(found: evidence.Evidence) -> bool:
    """A word of every day without a surname, and nothing strong beside it: 发黄, 送锦旗, 浓茶和咖啡."""
    alone = found.keys() >= {"left:start", "right:end"}  # 长文: nothing but these two letters
    return alone or (not SAYS_PERSON & found.keys() and bool(PLAIN & found.keys()))


def _end(view: str, guess: Guess) -> int:
    """Where the name ends: behind what one is called by, and behind a last letter that belongs to nothing else."""
    called = CALLED.match(view, guess.end) if guess.make in WITHOUT_SURNAME else None
    if called is None and guess.make == "full" and guess.end == guess.given + 1 and view[guess.given] in SELDOM:
        called = ONE_LEFT.match(view, guess.end)  # 庹有才，
    return called.end() if called else guess.end
