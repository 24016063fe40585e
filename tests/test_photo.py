"""Pictures from outside are made anew: upright, smaller, without a word of where and with what they were taken."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image

from bot import photo

PLACE = b"Hangzhou 30.2587 120.1301"


def a_picture(kind: str = "JPEG", size: tuple[int, int] = (60, 40), mode: str = "RGB", **more: object) -> bytes:
    held = io.BytesIO()
    Image.new(mode, size, "red").save(held, kind, **more)
    return held.getvalue()


def read(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


@pytest.mark.parametrize(
    ("kind", "mode"), [("JPEG", "RGB"), ("JPEG", "CMYK"), ("PNG", "RGBA"), ("PNG", "P"), ("GIF", "P"), ("PNG", "L")]
)
def test_every_kind_becomes_a_jpeg(kind, mode):
    image = read(photo.renew(a_picture(kind, mode=mode)))
    assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (60, 40))


def test_nothing_of_the_camera_and_the_place_stays():
    exif = Image.Exif()
    exif[0x010E], exif[0x0112] = PLACE.decode(), 6
    content = a_picture(exif=exif, comment=PLACE)
    assert PLACE in content
    renewed = photo.renew(content + PLACE)
    assert PLACE not in renewed
    assert not read(renewed).getexif()
    assert read(renewed).size == (40, 60), "turned as the camera was held"


def test_a_large_one_is_made_smaller():
    image = read(photo.renew(a_picture(size=(5000, 3000))))
    assert max(image.size) == photo.SIDE


def bomb(side: int) -> bytes:
    """A PNG of so many pixels in a few hundred bytes."""
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    parts = [(b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 1000)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in parts
    )


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GIF89a",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"%PDF-1.7",
        bomb(5000),
        bomb(60000),
        a_picture()[:300],
        a_picture("BMP"),
        b"\xff\xd8\xff" + b"\0" * 1000,
        a_picture() + b"\0" * (11 * 1024 * 1024),
    ],
    ids=["nothing", "cut", "svg", "pdf", "bomb", "great bomb", "half", "bmp", "noise", "too many bytes"],
)
def test_what_is_no_picture_of_ours_is_refused_before_it_is_decoded(content):
    with pytest.raises(photo.Unreadable):
        photo.renew(content)
