"""How much of a token's weight is story: 最近, 医生, 一直 stand in every patient's tale and ask nothing. Pure."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

PATH = Path(__file__).with_name("stories.tsv")  # token and the share of patients' stories that hold it
UNHEARD = 0.00125  # a share of the questions that is added: a token rare in both is not called a story's
STRENGTH = 0.4  # how far the ratio moves a weight, in a long message
SHORT, LONG = 10, 40  # characters: nothing shorter is a story, everything longer is one


def factor(token: str, share: float, length: int) -> float:
    """What a token's weight is multiplied by, 0 to 1; `share` of the hospital's own questions that hold it."""
    told = _told().get(token)
    if told is None or length <= SHORT:
        return 1.0
    known = share + UNHEARD
    strength = STRENGTH * min(1.0, (length - SHORT) / (LONG - SHORT))
    return float((known / (known + told)) ** strength)


@lru_cache(maxsize=1)
def _told() -> dict[str, float]:
    lines = PATH.read_text(encoding="utf-8").splitlines()
    return {token: float(share) for token, share in (line.split("\t") for line in lines)}
