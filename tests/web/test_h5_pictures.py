"""Pictures with a question on a page: kept until it is sent, made anew, counted once, refused with words."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from PIL import Image
from werkzeug.test import TestResponse

from bot.db.consult import QuestionPicture
from bot.ports import Ports
from bot.services import consult
from bot.services.staff import Staff
from tests.factories import a_staff, id_number, someone
from tests.services.asked import TEXT, answer
from tests.test_photo import PLACE, a_picture
from tests.web.numbers import BONES, Booker, Clinics

Enter = Callable[[str], tuple[FlaskClient, int]]
WRITE = f"/h5/ask/{BONES}/write"
ONE = {"X-One": "1"}
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.fixture
def hospital() -> Clinics:
    return Clinics()


@pytest.fixture
def li(patient: Enter, ports: Ports) -> Booker:
    return Booker(*patient("o-li"), ports)


@pytest.fixture
def doctor(ports: Ports) -> Staff:
    return a_staff(ports)


def once(number: int = 1) -> str:
    return f"{number:016x}"


def upload(
    who: Booker, path: str, *contents: bytes, number: int = 1, headers: dict[str, str] | None = None
) -> TestResponse:
    files = [(io.BytesIO(content), f"{n}.jpg") for n, content in enumerate(contents)]
    form = {"form_token": who.token(), "once": once(number), "picture": files}
    return who.browser.post(path, data=form, headers=ONE if headers is None else headers)


def sent(who: Booker) -> str:
    reply = who.send(WRITE, text=TEXT, seen="yes")
    assert reply.status_code == 303, reply.text
    return consult.mine(who.ports, person_id=who.person_id)[0].ref


def shown(ports: Ports, doctor: Staff, ref: str) -> list[bytes]:
    """What its doctor can see."""
    count = consult.open_one(ports, staff=doctor, ref=ref).pictures
    return [consult.picture(ports, staff=doctor, ref=ref, number=n) for n in range(1, count + 1)]


def test_what_was_chosen_while_writing_goes_with_the_question(li: Booker, ports: Ports, doctor: Staff) -> None:
    exif = Image.Exif()
    exif[0x010E] = PLACE.decode()
    for number, content in enumerate((a_picture(exif=exif), a_picture("PNG")), start=1):
        reply = upload(li, "/h5/ask/pictures", content, number=number)
        assert (reply.status_code, reply.json) == (200, {"there": number, "most": 4})
    assert 'data-there="2"' in li.read(WRITE)
    first, second = shown(ports, doctor, sent(li))
    assert {Image.open(io.BytesIO(one)).format for one in (first, second)} == {"JPEG"}
    assert PLACE not in first
    assert 'data-there="0"' in li.read(WRITE)


def test_a_try_whose_answer_was_lost_adds_nothing(li: Booker, ports: Ports, doctor: Staff) -> None:
    for _ in range(3):
        assert upload(li, "/h5/ask/pictures", a_picture()).json == {"there": 1, "most": 4}
    ref = sent(li)
    upload(li, "/h5/ask/pictures", a_picture())  # it came at last, when its question was sent
    assert len(shown(ports, doctor, ref)) == 1
    assert 'data-there="0"' in li.read(WRITE)
    for _ in range(2):
        assert upload(li, f"/h5/questions/{ref}/pictures", a_picture(), number=2).json == {"there": 2, "most": 4}
    assert len(shown(ports, doctor, ref)) == 2


@pytest.mark.parametrize("content", [SVG, b"%PDF-1.7", b"GIF89a", a_picture()[:60], b"\x00" * 50], ids=repr)
def test_what_is_no_picture_is_refused_with_words(li: Booker, content: bytes) -> None:
    reply = upload(li, "/h5/ask/pictures", content)
    assert (reply.status_code, "只收照片" in reply.json["said"]) == (400, True)
    assert 'data-there="0"' in li.read(WRITE)


def test_no_more_than_the_rules_allow(li: Booker) -> None:
    for number in range(1, 5):
        upload(li, "/h5/ask/pictures", a_picture(), number=number)
    reply = upload(li, "/h5/ask/pictures", a_picture(), number=5)
    assert (reply.status_code, "最多附4张" in reply.json["said"]) == (422, True)
    assert upload(li, "/h5/ask/pictures/drop").json == {"there": 0, "most": 4}


def test_a_form_without_the_script_brings_several(li: Booker, ports: Ports, doctor: Staff) -> None:
    ref = sent(li)
    for _ in range(2):
        reply = upload(li, f"/h5/questions/{ref}/pictures", a_picture(), a_picture("GIF"), headers={})
        assert reply.status_code == 303
    assert len(shown(ports, doctor, ref)) == 2
    reply = upload(li, f"/h5/questions/{ref}/pictures", SVG, number=2, headers={})
    assert (reply.status_code, "只收照片" in reply.text) == (400, True)
    reply = upload(li, f"/h5/questions/{ref}/pictures", headers={})
    assert "还没有选图片" in reply.text


def test_an_answered_question_takes_none(li: Booker, ports: Ports, doctor: Staff) -> None:
    ref = sent(li)
    answer(ports, doctor, ref)
    assert upload(li, f"/h5/questions/{ref}/pictures", a_picture()).status_code == 422
    with ports.transaction() as session:
        assert session.scalars(sa.select(QuestionPicture)).all() == []


def test_anothers_question_takes_none(li: Booker, patient: Enter, ports: Ports) -> None:
    wang = Booker(*patient("o-wang"), ports, someone("王芳", id_number=id_number(serial=700_002)))
    ref = sent(li)
    assert upload(wang, f"/h5/questions/{ref}/pictures", a_picture()).status_code == 404


def test_a_photo_as_a_phone_takes_it_comes_in_and_a_film_does_not(li: Booker) -> None:
    large = a_picture(size=(4000, 3000)) + b"\x00" * 3_000_000
    assert upload(li, "/h5/ask/pictures", large).status_code == 200
    assert upload(li, "/h5/ask/pictures", b"\x00" * 13_000_000, number=2).status_code == 413
    text = {"form_token": li.token(), "once": once(), "text": "长" * 200_000}
    assert li.browser.post(WRITE, data=text).status_code == 413
