"""Recordings to listen to: real AMR as telephones make it, written by ffmpeg's encoder, and a little of it by hand."""

from __future__ import annotations

import array
import io
import math
import os
import random
import subprocess
import wave
from functools import lru_cache
from itertools import pairwise

from bot import audio

SIGN, WIDE_SIGN = b"#!AMR\n", b"#!AMR-WB\n"
NO_DATA = b"\x7c"  # one frame of 20 ms with nothing in it
SPOKEN = "0.4*sin(2*PI*220*t)*(0.6+0.4*sin(2*PI*3*t))"  # swells three times a second, as syllables do
TONE = 220  # Hz


@lru_cache(maxsize=1)
def ffmpeg() -> str:
    """The program under test: the locked package's, or another one that PEIZHEN_FFMPEG names."""
    path = audio.program(os.environ.get(audio.SETTING, ""))
    assert path, "no ffmpeg: imageio-ffmpeg is among the locked packages"
    return path


@lru_cache(maxsize=16)
def amr(said: str = SPOKEN, seconds: float = 2, *, pauses: bool = False) -> bytes:
    """`said`: the sound as a function of t, 1 = as loud as can be; `pauses`: silence is sent as frames that say so."""
    source = ("-f", "lavfi", "-i", f"aevalsrc='{said}':s=8000:d={seconds}")
    coded = ("-c:a", "libopencore_amrnb", "-b:a", "12.2k", "-dtx", str(int(pauses)), "-f", "amr", "pipe:1")
    return _made(*source, *coded)


def wide(seconds: int) -> bytes:
    """AMR-WB at its lowest rate: noise, the same each time."""
    noise = random.Random(7)
    return WIDE_SIGN + b"".join(b"\x04" + noise.randbytes(17) for _ in range(50 * seconds))


def heard(made: bytes) -> tuple[int, array.array[int]]:
    """(samples a second, samples) of a WAV, mono, 16 bits."""
    with wave.open(io.BytesIO(made)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getcomptype()) == (1, 2, "NONE")
        assert len(made) == 44 + 2 * file.getnframes()  # as its header says: a player shows how long it is
        return file.getframerate(), array.array("h", file.readframes(file.getnframes()))


def loudness(samples: array.array[int]) -> float:
    """Decibels below the loudest that can be."""
    return 10 * math.log10(sum(one * one for one in samples) / len(samples) / 32768**2)


def pitch(samples: array.array[int], rate: int) -> float:
    """Hz of a tone, by how often it goes up through nothing."""
    ups = sum(1 for one, two in pairwise(samples) if one < 0 <= two)
    return ups * rate / len(samples)


def _made(*arguments: str) -> bytes:
    command = [ffmpeg(), "-nostdin", "-v", "error", *arguments]
    return subprocess.run(command, check=True, capture_output=True).stdout
