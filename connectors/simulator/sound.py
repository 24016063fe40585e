"""Recordings of the simulated phones: valid AMR of a murmur, with what was said written behind the last frame.

Real recordings carry no such words. A host's speech-to-text twin reads them here, so that a demo can be spoken to.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

HEADER = b"#!AMR\n"
MURMUR = Path(__file__).with_name("murmur.amr")  # one second, so that whoever plays a recording hears that he does
MARK = b"\x7cSAID"


def recording(seconds: int, words: str) -> bytes:
    """So many seconds of murmur, and the words that a listener would have heard."""
    said = json.dumps(words).encode()  # ASCII: no byte of it looks like the mark
    return HEADER + _second() * seconds + (MARK + said if words else b"")


@lru_cache(maxsize=1)
def _second() -> bytes:
    return MURMUR.read_bytes().removeprefix(HEADER)


def words_of(sound: bytes) -> str:
    """What was said in one of our recordings; '' in anybody else's."""
    _, mark, said = sound.rpartition(MARK)
    if not mark or not sound.startswith(HEADER):
        return ""
    try:
        found = json.loads(said)
    except ValueError:
        return ""
    return found if isinstance(found, str) else ""
