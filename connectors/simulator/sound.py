"""Recordings of the simulated phones: valid AMR of silence, with what was said written behind the last frame.

Real recordings carry no such words. A host's speech-to-text twin reads them here, so that a demo can be spoken to.
"""

from __future__ import annotations

import json

HEADER = b"#!AMR\n"
SILENCE = b"\x7c"  # one frame of 20 ms with nothing in it (NO_DATA)
FRAMES_PER_SECOND = 50
MARK = b"\x7cSAID"


def recording(seconds: int, words: str) -> bytes:
    """So many seconds of silence, and the words that a listener would have heard."""
    said = json.dumps(words).encode()  # ASCII: no byte of it looks like the mark
    return HEADER + SILENCE * (seconds * FRAMES_PER_SECOND) + (MARK + said if words else b"")


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
