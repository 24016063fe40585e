"""A patient's voices on the question's page: heard at one press where ffmpeg is there, else the file, and the words."""

from __future__ import annotations

import base64
import io
import wave
from collections.abc import Callable
from dataclasses import replace

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from bot.audio import Ffmpeg
from bot.db.consult import Question, QuestionVoice
from bot.db.privacy import Audit
from bot.errors import PeizhenError, Refused, Unavailable
from bot.ports import Ports
from bot.services import consult
from tests import sounds
from tests.web.conftest import SignIn
from tests.web.hospital import HEART

AMR = b"#!AMR\n<<<"
MADE = b"RIFF" + bytes(range(200))
HEARD = "膝盖疼了两周<img src=x onerror=alert(1)>"


@pytest.fixture
def ref(ports: Ports, person: Callable[..., int]) -> str:
    """A question with a voice that was understood, and one that was not."""
    person_id = person("o-li")
    facts = {"department_id": HEART.id, "doctor_id": None, "red_flag": False, "key": "q"}
    ref = consult.ask(ports, person_id=person_id, text="说的都在语音里", **facts).ref
    with ports.transaction() as session:
        question = session.scalar(sa.select(Question.id).where(Question.ref == ref))
        for number, words in enumerate((HEARD, "")):
            sealed = {"content_sealed": ports.crypto.seal("IyFBTVIKPDw8"), "words_sealed": ports.crypto.seal(words)}
            own = {"ref": f"s_{number}", "key": f"s{number}", "question_id": question, "person_id": person_id}
            session.add(QuestionVoice(**own, **sealed, added_at=ports.now()))
    return ref


@pytest.fixture
def doctor(sign_in: SignIn) -> FlaskClient:
    return sign_in("doctor", "chen", department_id=HEART.id)


class Audio:
    """AudioPort that gives what it was told to."""

    def __init__(self, made: bytes | PeizhenError = MADE) -> None:
        self.made, self.asked = made, list[bytes]()

    def playable(self, sound: bytes) -> bytes:
        self.asked.append(sound)
        if isinstance(self.made, PeizhenError):
            raise self.made
        return self.made


Listen = Callable[..., FlaskClient]


@pytest.fixture
def listening(app: Flask, ports: Ports, doctor: FlaskClient) -> Listen:
    """The doctor's browser, with something that makes voices playable."""

    def go(audio: object) -> FlaskClient:
        app.extensions["peizhen"] = replace(app.extensions["peizhen"], ports=replace(ports, audio=audio))
        return doctor

    return go


@pytest.mark.parametrize("page", ["", "/beside"])
def test_without_it_the_words_stand_beside_the_file(doctor: FlaskClient, ref: str, page: str) -> None:
    shown = doctor.get(f"/console/questions/{ref}{page}").text
    assert "听出的文字：膝盖疼了两周&lt;img" in shown
    assert "没有听出文字，请下载来听" in shown
    assert "浏览器放不了" in shown
    assert "<audio" not in shown
    assert "voices.js" not in shown


def test_the_sound_is_handed_out_as_it_came(doctor: FlaskClient, ref: str) -> None:
    answer = doctor.get(f"/console/questions/{ref}/voices/1")
    assert (answer.data, answer.mimetype) == (AMR, "audio/amr")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="1.amr"'
    assert doctor.get(f"/console/questions/{ref}/voices/3").status_code == 404


@pytest.mark.parametrize("page", ["", "/beside"])
def test_each_voice_has_a_player_that_asks_for_nothing_until_it_is_pressed(
    listening: Listen, ref: str, page: str
) -> None:
    audio = Audio()
    shown = listening(audio).get(f"/console/questions/{ref}{page}").text
    for number in (1, 2):
        player = f'<audio controls preload="none" src="/console/questions/{ref}/voices/{number}/play"'
        assert player in shown
        assert f'href="/console/questions/{ref}/voices/{number}" download' in shown
    assert "听出的文字：膝盖疼了两周&lt;img" in shown
    assert "没有听出文字，请听原声" in shown
    assert "浏览器放不了" not in shown
    assert audio.asked == []


def test_what_is_played_is_made_when_it_is_asked_for_and_kept_in_no_cache(listening: Listen, ref: str) -> None:
    audio = Audio()
    answer = listening(audio).get(f"/console/questions/{ref}/voices/1/play")
    assert (answer.status_code, answer.data, answer.mimetype) == (200, MADE, "audio/wav")
    assert audio.asked == [AMR]
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.headers["Content-Length"] == str(len(MADE))
    assert "ETag" not in answer.headers
    assert "; media-src 'self';" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("asked", "part"), [("0-1", MADE[:2]), ("100-", MADE[100:]), ("-4", MADE[-4:])], ids=["first", "rest", "last"]
)
def test_an_iphone_gets_the_pieces_that_it_asks_for(listening: Listen, ref: str, asked: str, part: bytes) -> None:
    browser = listening(Audio())
    answer = browser.get(f"/console/questions/{ref}/voices/1/play", headers={"Range": f"bytes={asked}"})
    assert (answer.status_code, answer.data) == (206, part)
    assert answer.headers["Content-Range"].endswith(f"/{len(MADE)}")
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("asked", ["bytes=9999-", "bytes=5-1", "bytes=0-1,4-5", "pages=1", "bytes=x"])
def test_a_piece_that_is_not_there_is_no_failure_of_ours(listening: Listen, ref: str, asked: str) -> None:
    answer = listening(Audio()).get(f"/console/questions/{ref}/voices/1/play", headers={"Range": asked})
    assert answer.status_code in {200, 416}


@pytest.mark.parametrize(
    "audio", [None, Audio(Refused("not_playable")), Audio(Unavailable("unavailable", part="audio"))]
)
def test_what_cannot_be_played_comes_as_the_file(listening: Listen, ref: str, audio: Audio | None) -> None:
    answer = listening(audio).get(f"/console/questions/{ref}/voices/1/play", headers={"Range": "bytes=0-1"})
    assert (answer.status_code, answer.data, answer.mimetype) == (200, AMR, "audio/amr")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="1.amr"'


def test_each_listening_is_written_down(listening: Listen, ports: Ports, ref: str) -> None:
    listening(Audio()).get(f"/console/questions/{ref}/voices/2/play")
    with ports.transaction() as session:
        looks = session.execute(sa.select(Audit.subject, Audit.result).where(Audit.action == "consult.voice")).all()
    assert [tuple(one) for one in looks] == [(ref, "ok")]


def test_nobody_elses_voice_is_played_nor_made(listening: Listen, sign_in: SignIn, ref: str) -> None:
    audio = Audio()
    listening(audio)
    other = sign_in("doctor", "zhou", department_id="another")
    assert other.get(f"/console/questions/{ref}/voices/1/play").status_code == 404
    assert other.get(f"/console/questions/{ref}/voices/0/play").status_code == 404
    assert audio.asked == []


def test_a_real_recording_is_a_real_wav(listening: Listen, ports: Ports, ref: str) -> None:
    with ports.transaction() as session:
        sealed = ports.crypto.seal(base64.b64encode(sounds.amr()).decode())
        session.execute(sa.update(QuestionVoice).values(content_sealed=sealed))
    made = listening(Ffmpeg(sounds.ffmpeg())).get(f"/console/questions/{ref}/voices/1/play").data
    with wave.open(io.BytesIO(made)) as file:
        assert file.getnframes() / file.getframerate() == pytest.approx(2, abs=0.05)
