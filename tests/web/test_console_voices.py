"""A patient's voices on the question's page: the words that were heard beside each, and the sound as it came."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from bot.db.consult import Question, QuestionVoice
from bot.ports import Ports
from bot.services import consult
from tests.web.conftest import SignIn
from tests.web.hospital import HEART

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


@pytest.mark.parametrize("page", ["", "/beside"])
def test_the_words_stand_beside_the_sound(doctor: FlaskClient, ref: str, page: str) -> None:
    shown = doctor.get(f"/console/questions/{ref}{page}").text
    assert "听出的文字：膝盖疼了两周&lt;img" in shown
    assert "没有听出文字，请下载来听" in shown
    assert "浏览器放不了" in shown


def test_the_sound_is_handed_out_as_it_came(doctor: FlaskClient, ref: str) -> None:
    answer = doctor.get(f"/console/questions/{ref}/voices/1")
    assert (answer.data, answer.mimetype) == (b"#!AMR\n<<<", "audio/amr")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="1.amr"'
    assert doctor.get(f"/console/questions/{ref}/voices/3").status_code == 404
