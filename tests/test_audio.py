"""A voice as any browser plays it: what a doctor hears, and what becomes of a recording that is none."""

from __future__ import annotations

import errno
import os
import random
import select
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from bot import audio
from bot.errors import ConfigError, PeizhenError, Refused, Unavailable
from bot.services import voices
from connectors.simulator.sound import recording
from tests import sounds
from tests.sounds import NO_DATA, SIGN, SPOKEN, TONE, WIDE_SIGN

PATIENCE = 60  # seconds
MOST = 44 + 2 * audio.MOST_SECONDS * 16_000
QUIET = f"0.02*{SPOKEN}"
KNOCK = f"{QUIET}+if(between(t,2,2.005),0.9,0)"
TALKING = f"if(lt(mod(t,4),2),{SPOKEN},0)"  # two seconds of words, two of nothing


@pytest.fixture
def real() -> audio.Ffmpeg:
    return audio.Ffmpeg(sounds.ffmpeg())


@pytest.fixture
def instead(tmp_path: Path) -> str:
    """Where a script stands that plays the program; `script` writes it."""
    return str(tmp_path / "ffmpeg")


def script(path: str, *lines: str) -> audio.Ffmpeg:
    Path(path).write_text("\n".join(("#!/bin/sh", *lines, "")), encoding="utf-8")
    Path(path).chmod(stat.S_IRWXU)
    return audio.Ffmpeg(path)


# -- what is heard -------------------------------------------------------------------------------------------------
def test_what_was_said_is_heard(real: audio.Ffmpeg) -> None:
    rate, samples = sounds.heard(real.playable(sounds.amr()))
    assert rate == 8000
    assert len(samples) / rate == pytest.approx(2, abs=0.05)
    assert sounds.pitch(samples, rate) == pytest.approx(TONE, rel=0.03)


def test_a_wide_band_recording_keeps_its_band(real: audio.Ffmpeg) -> None:
    rate, samples = sounds.heard(real.playable(sounds.wide(1)))
    assert (rate, len(samples)) == (16_000, 16_000)


@pytest.mark.parametrize("said", [QUIET, KNOCK])
def test_a_quiet_voice_can_be_heard_also_after_a_knock(real: audio.Ffmpeg, said: str) -> None:
    _, before = sounds.heard(plain(sounds.amr(said, 6)))
    _, after = sounds.heard(real.playable(sounds.amr(said, 6)))
    last = slice(-16_000, -8_000)  # the second before the last, long after the knock
    assert sounds.loudness(before[last]) < -45
    assert sounds.loudness(after[last]) > -30


def test_a_loud_voice_is_neither_cut_nor_pumped_up(real: audio.Ffmpeg) -> None:
    recorded = sounds.amr(f"2*{SPOKEN}", 4)
    _, before = sounds.heard(plain(recorded))
    _, after = sounds.heard(real.playable(recorded))
    assert max(map(abs, after)) < 32_767
    assert sounds.loudness(after) == pytest.approx(sounds.loudness(before), abs=3)


def plain(sound: bytes) -> bytes:
    """The same without anything done to its loudness."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(audio, "LOUDER", "anull")
        return audio.Ffmpeg(sounds.ffmpeg()).playable(sound)


def test_pauses_stay_as_long_as_they_were(real: audio.Ffmpeg) -> None:
    rate, samples = sounds.heard(real.playable(sounds.amr(TALKING, 8, pauses=True)))
    assert len(samples) / rate == pytest.approx(8, abs=0.1)


def test_a_program_without_the_better_decoder_still_plays(
    real: audio.Ffmpeg, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(audio, "CODED", {SIGN: (8000, ("libnobody_amrnb", "amrnb"))})
    rate, samples = sounds.heard(real.playable(sounds.amr()))
    assert sounds.pitch(samples, rate) == pytest.approx(TONE, rel=0.03)
    assert "libnobody_amrnb ended with" in caplog.text
    _, shorter = sounds.heard(real.playable(sounds.amr(TALKING, 8, pauses=True)))
    assert len(shorter) / rate < 7  # which is why it is only the second


def test_a_recording_of_the_simulator_can_be_heard(real: audio.Ffmpeg) -> None:
    rate, samples = sounds.heard(real.playable(recording(3, "膝盖疼了两周")))
    assert len(samples) / rate == pytest.approx(3, abs=0.2)
    assert sounds.loudness(samples[:rate]) > -30


# -- what is none ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "sound",
    [
        b"",
        b"#!AMR",
        b"#!AMR_MC1.0\n\x00\x00\x00\x02",
        b"#EXTM3U\n#EXTINF:9,\nfile:///etc/passwd\n",
        b"ffconcat version 1.0\nfile /etc/passwd\n",
        b"RIFF\x24\x00\x00\x00WAVEfmt ",
        b"ID3\x04",
        b"OggS" + bytes(60),
        "说明文字.amr".encode(),
    ],
)
def test_what_does_not_begin_as_a_voice_starts_nothing(
    real: audio.Ffmpeg, sound: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[object] = []
    monkeypatch.setattr(subprocess, "Popen", lambda *args, **_: started.append(args))
    with pytest.raises(Refused):
        real.playable(sound)
    assert started == []


NOISE = random.Random(3)
HOSTILE = {
    "nothing": SIGN,
    "nothing, wide": WIDE_SIGN,
    "text": SIGN + "这不是语音，只是一段文字。".encode() * 40,
    "random": SIGN + NOISE.randbytes(voices.MOST_BYTES - len(SIGN)),
    "random, wide": WIDE_SIGN + NOISE.randbytes(voices.MOST_BYTES - len(WIDE_SIGN)),
    "frames of noise": SIGN + b"".join(b"\x3c" + NOISE.randbytes(31) for _ in range(16_000)),
    "three hours of silence": SIGN + NO_DATA * (voices.MOST_BYTES - len(SIGN)),
    "zeros": SIGN + bytes(2000),
    "another container": SIGN + b"RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00" + bytes(400),
}


@pytest.mark.parametrize("sound", HOSTILE.values(), ids=list(HOSTILE))
def test_what_only_begins_as_one_is_refused_or_a_wav_of_bounded_size(real: audio.Ffmpeg, sound: bytes) -> None:
    try:
        made = real.playable(sound)
    except Refused:
        return
    assert len(made) < MOST
    sounds.heard(made)


@pytest.mark.parametrize("name", ["nothing", "three hours of silence", "frames of noise"])
def test_neither_nothing_nor_what_goes_on_for_hours_is_a_voice(real: audio.Ffmpeg, name: str) -> None:
    with pytest.raises(Refused):
        real.playable(HOSTILE[name])


def test_a_recording_that_breaks_off_is_heard_as_far_as_it_goes(real: audio.Ffmpeg) -> None:
    rate, samples = sounds.heard(real.playable(sounds.amr()[: 6 + 32 * 50 + 11]))
    assert len(samples) / rate == pytest.approx(1, abs=0.05)


@pytest.fixture
def script_of_files(tmp_path: Path) -> bytes:
    """Begins as a voice, and is for another reader of ffmpeg's a list of files to play: three seconds of a secret."""
    secret = tmp_path / "secret.wav"
    secret.write_bytes(plain(sounds.amr(SPOKEN, 3)))
    return SIGN + f"ffconcat version 1.0\nfile 'file:{secret}'\n".encode()


def test_a_list_of_files_opens_none(real: audio.Ffmpeg, script_of_files: bytes) -> None:
    assert seconds(real, script_of_files) < 1


def test_control_without_the_one_format_and_the_one_way_it_would(
    real: audio.Ffmpeg, script_of_files: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    trusting = ("-protocol_whitelist", "pipe,file", "-f", "concat", "-safe", "0", "-i", "pipe:0")
    monkeypatch.setattr(audio, "_source", lambda _: trusting)
    assert seconds(real, script_of_files) == pytest.approx(3, abs=0.1)
    trusting = ("-protocol_whitelist", "pipe", *trusting[2:])
    assert seconds(real, script_of_files) == 0


def seconds(real: audio.Ffmpeg, sound: bytes) -> float:
    try:
        rate, samples = sounds.heard(real.playable(sound))
    except Refused:
        return 0
    return len(samples) / rate


# -- a program that misbehaves ---------------------------------------------------------------------------------------
def test_one_that_hangs_is_ended_with_what_it_started(
    instead: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    running, watched = tmp_path / "pids", list[int]()

    def waits(process: subprocess.Popen[bytes], _: bytes, timeout: float) -> None:
        assert timeout == audio.WALL_SECONDS
        while not (running.exists() and running.read_text().endswith("\n")):
            assert process.poll() is None
        watched.extend(os.pidfd_open(int(pid)) for pid in running.read_text().split())
        raise subprocess.TimeoutExpired("ffmpeg", timeout)

    monkeypatch.setattr(subprocess.Popen, "communicate", waits)
    with pytest.raises(Refused):
        script(instead, "/bin/sleep 600 &", f"echo $$ $! >{running}", "wait").playable(SIGN)
    assert len(watched) == 2
    for pid in watched:
        assert select.select([pid], [], [], PATIENCE)[0]  # has ended
        os.close(pid)


def test_one_that_floods_is_ended_at_the_limit(
    instead: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(audio, "MOST_SECONDS", 1)
    with pytest.raises(Refused):
        script(instead, "exec /bin/cat - /dev/zero").playable(SIGN)
    assert "ended with -25" in caplog.text  # SIGXFSZ: the kernel's, not ours


def test_it_gets_no_environment_no_files_and_limits(instead: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PEIZHEN_SECRET_KEY", "not-for-it")
    seen = "for what in t v c n f; do echo $what $(ulimit -$what); done; pwd; /bin/ls /proc/self/fd; /usr/bin/env"
    _, samples = sounds.heard(script(instead, "/bin/cat >/dev/null", seen, 'echo; echo "$@"').playable(SIGN))
    text = samples.tobytes().decode()
    limits = dict(line.split() for line in text.splitlines()[:5])
    most = audio.MOST_SECONDS * 8000 * 2
    assert limits == {"t": "2", "v": str(1 << 20), "c": "0", "n": "32", "f": str(most // 512)}
    assert "/" in text.splitlines()
    assert set(text.split("/\n")[1].split("PWD")[0].split()) == {"0", "1", "2", "3"}  # 3: the folder that ls looks at
    assert "not-for-it" not in text
    assert "-protocol_whitelist pipe -f amr" in text


@pytest.mark.parametrize("line", ["/bin/cat; exit 3", "exit 0", "kill -SEGV $$", "printf x"])
def test_one_that_fails_or_says_nothing_gives_nothing(instead: str, line: str) -> None:
    with pytest.raises(Refused):
        script(instead, line).playable(SIGN)


def test_one_that_went_away_since_the_start_is_no_failure_of_ours(instead: str) -> None:
    with pytest.raises(Refused):
        audio.Ffmpeg(instead).playable(sounds.amr())


def test_a_machine_without_room_is_no_failure_of_ours(real: audio.Ffmpeg, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_name: str) -> int:
        raise OSError(errno.EMFILE, "too many open files")

    monkeypatch.setattr(os, "memfd_create", full)
    with pytest.raises(Refused):
        real.playable(sounds.amr())


def test_no_more_than_some_at_a_time(real: audio.Ffmpeg, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audio, "PATIENCE", 0)
    with audio._place(), audio._place(), pytest.raises(Unavailable):
        real.playable(sounds.amr())
    assert real.playable(sounds.amr())  # the places are free again


def test_places_are_given_back_by_what_fails(real: audio.Ffmpeg) -> None:
    for _ in range(2 * audio.PLACES):
        with pytest.raises(PeizhenError):
            real.playable(SIGN)
    assert real.playable(sounds.amr())


# -- which program ---------------------------------------------------------------------------------------------------
def test_the_hospitals_own_is_taken_by_path_or_name(instead: str, monkeypatch: pytest.MonkeyPatch) -> None:
    script(instead, "exit 0")
    assert audio.program(instead) == instead
    monkeypatch.setenv("PATH", os.path.dirname(instead))
    assert audio.program("ffmpeg") == instead


def test_a_path_without_a_program_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no program")
    for path in (tmp_path / "nothing", tmp_path / "text", tmp_path):
        with pytest.raises(ConfigError):
            audio.program(str(path))


def test_none_is_none_and_so_is_a_missing_package(monkeypatch: pytest.MonkeyPatch) -> None:
    assert audio.program("none") == ""
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    assert audio.program("") == ""
    monkeypatch.setattr(sys, "platform", "darwin")
    assert audio.program("/bin/sh") == ""
