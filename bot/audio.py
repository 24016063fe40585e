"""Patients' voices as any browser plays them: AMR in, WAV out, decoded by ffmpeg in a process of its own.

What a stranger recorded never meets a decoder inside ours. The program gets no environment, its input, its output and
nothing else, one format that it may believe in, and limits that the kernel holds. What it gives back is taken for
samples, whatever it is: the header around them is ours. See docs/decisions/0025-audio.md.
"""

from __future__ import annotations

import io
import logging
import os
import resource
import shutil
import signal
import subprocess
import sys
import threading
import wave
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from bot.errors import ConfigError, Refused, Unavailable

log = logging.getLogger(__name__)

SETTING, NOBODY = "PEIZHEN_FFMPEG", "none"
# First bytes of a recording → samples a second, as it is coded, and by what it is decoded. ffmpeg's own decoders drop
# the frames that stand for a pause, so that a voice loses its pauses: they are taken where a build has no better one.
CODED = {
    b"#!AMR\n": (8000, ("libopencore_amrnb", "amrnb")),
    b"#!AMR-WB\n": (16000, ("libopencore_amrwb", "amrwb")),
}
WIDTH = 2  # bytes of a sample, and one channel
MOST_SECONDS = 90  # WeChat ends a voice after 60; what is longer is none, and is not cut short silently either
WALL_SECONDS = 10.0  # a minute of voice takes a quarter of one where much else is done
PLACES, PATIENCE = 2, 5.0  # so many at a time, and so many seconds in which the next one waits for his turn
LIMITS = {
    resource.RLIMIT_CPU: 2,  # seconds
    resource.RLIMIT_AS: 1 << 30,  # bytes; 170 MB are the program itself, 200 MB were too few for its threads
    resource.RLIMIT_CORE: 0,  # a core would be a patient's voice on the disk
    resource.RLIMIT_NOFILE: 32,
}
# A quiet voice is raised by up to 30 dB, piece by piece (200 ms, smoothed over seven): a knock leaves the rest audible.
LOUDER = "dynaudnorm=f=200:g=7:m=30"
BEFORE = ("-nostdin", "-hide_banner", "-loglevel", "error", "-threads", "1", "-filter_threads", "1")
_places = threading.BoundedSemaphore(PLACES)


def program(chosen: str) -> str:
    """The path of ffmpeg: the hospital's own, else that of the locked package; '' = voices stay files.

    Raises ConfigError for a path at which no program is.
    """
    if chosen == NOBODY or sys.platform != "linux":  # limits on another process, and files in memory, are Linux's
        return ""
    if chosen:
        return _own(chosen)
    try:
        import imageio_ffmpeg

        return shutil.which(imageio_ffmpeg.get_ffmpeg_exe()) or ""
    except (ImportError, RuntimeError):
        return ""


class Ffmpeg:
    """AudioPort over one program."""

    def __init__(self, path: str) -> None:
        self._path = path

    def playable(self, sound: bytes) -> bytes:
        """WAV, 16 bits, mono, at the rate of the recording, as loud as speech should be.

        Raises Refused (it cannot be played) and Unavailable (too many at a time).
        """
        rate, decoders = next((how for sign, how in CODED.items() if sound.startswith(sign)), (0, ()))
        most = MOST_SECONDS * rate * WIDTH
        with _place():
            samples = self._decoded(sound, rate, decoders, most)
        if not WIDTH <= len(samples) < most:
            raise Refused("not_playable", why="length")
        return _wav(samples, rate)

    def _decoded(self, sound: bytes, rate: int, decoders: tuple[str, ...], most: int) -> bytes:
        """The samples of the first decoder that this build has, at most `most` bytes; b"" = of none."""
        for decoder in decoders:
            ended, samples = _run((self._path, *BEFORE, *_source(decoder), *_target(rate)), sound, most)
            if ended == 0:
                return samples
            log.warning("a voice could not be decoded: %s ended with %s", decoder, ended)
            if not isinstance(ended, int) or ended < 0:  # stopped by a limit, which holds for the next one too
                break
        return b""


def _own(chosen: str) -> str:
    found = shutil.which(chosen)
    if found is None:
        raise ConfigError(setting=SETTING, why=f"must be the path of a program, or {NOBODY}")
    return str(Path(found).resolve())


def _source(decoder: str) -> tuple[str, ...]:
    return ("-protocol_whitelist", "pipe", "-f", "amr", "-c:a", decoder, "-i", "pipe:0")


def _target(rate: int) -> tuple[str, ...]:
    shape = ("-map", "0:a:0", "-af", LOUDER, "-ac", "1", "-ar", str(rate), "-t", str(MOST_SECONDS))
    return (*shape, "-c:a", "pcm_s16le", "-f", "s16le", "pipe:1")


def _run(command: tuple[str, ...], sound: bytes, most: int) -> tuple[int | str, bytes]:
    """(how it ended, what it wrote): its number, negative = by which signal, or why it was ended.

    It writes to a file that is nowhere but in memory, so that a limit of the kernel holds for that too.
    """
    try:
        with os.fdopen(os.memfd_create("samples"), "rb", buffering=0) as written:
            ended = _feed(command, sound, written.fileno(), {**LIMITS, resource.RLIMIT_FSIZE: most})
            return ended, os.pread(written.fileno(), most, 0)
    except (OSError, subprocess.TimeoutExpired) as error:
        return type(error).__name__, b""


def _feed(command: tuple[str, ...], sound: bytes, written: int, limits: Mapping[int, int]) -> int:
    """Start it, set its limits, and only then let it have what a stranger recorded."""
    pipes = {"stdin": subprocess.PIPE, "stdout": written, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(command, env={}, cwd="/", start_new_session=True, **pipes)  # type: ignore[call-overload]  # noqa: S603 - a list, no shell
    with process:
        return _fed(process, sound, limits)


def _fed(process: subprocess.Popen[bytes], sound: bytes, limits: Mapping[int, int]) -> int:
    try:
        for what, value in limits.items():
            resource.prlimit(process.pid, what, (value, value))
        process.communicate(sound, timeout=WALL_SECONDS)
        return process.returncode
    finally:
        if process.returncode is None:  # with whatever it started
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


@contextmanager
def _place() -> Iterator[None]:
    if not _places.acquire(timeout=PATIENCE):
        raise Unavailable("unavailable", part="audio", why="busy")
    try:
        yield
    finally:
        _places.release()


def _wav(samples: bytes, rate: int) -> bytes:
    held = io.BytesIO()
    with wave.open(held, "wb") as made:
        made.setnchannels(1)
        made.setsampwidth(WIDTH)
        made.setframerate(rate)
        made.writeframes(samples[: len(samples) // WIDTH * WIDTH])
    return held.getvalue()


__all__ = ["Ffmpeg", "program"]
