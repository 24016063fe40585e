"""Pictures from outside, made anew: of the file that came only what can be seen goes on."""

from __future__ import annotations

import io

from PIL import Image, ImageOps

KINDS = ("JPEG", "PNG", "GIF")
MOST_BYTES = 10 * 1024 * 1024
MOST_PIXELS = {"JPEG": 36_000_000, "PNG": 16_000_000, "GIF": 16_000_000}  # a JPEG is decoded at a fraction of its size
SIDE = 2000  # pixels of the longer side that are kept: a photographed report can still be read
QUALITY = 85


class Unreadable(Exception):
    """It is no picture that we take; the argument says why, and nothing of its content."""


def renew(content: bytes) -> bytes:
    """Decode a picture and write it as a new JPEG, upright, of at most SIDE pixels, without EXIF, names or places.

    The size is looked at before anything is decoded. Raises Unreadable.
    """
    if not 0 < len(content) <= MOST_BYTES:
        raise Unreadable("size")
    try:
        with Image.open(io.BytesIO(content), formats=KINDS) as image:
            if image.width * image.height > MOST_PIXELS[str(image.format)]:
                raise Unreadable("pixels")  # noqa: TRY301 - one way out for all of Pillow's own errors
            return _written(image)
    except Unreadable:
        raise
    except Exception as error:  # Pillow has no common one; what it quotes is the file's
        raise Unreadable(type(error).__name__) from None


def _written(image: Image.Image) -> bytes:
    image.draft("RGB", (SIDE, SIDE))
    upright = ImageOps.exif_transpose(image)
    upright.thumbnail((SIDE, SIDE))
    held = io.BytesIO()
    _opaque(upright).save(held, "JPEG", quality=QUALITY, optimize=True)
    return held.getvalue()


def _opaque(image: Image.Image) -> Image.Image:
    """On white where something shines through; a new image, so that nothing clings to it."""
    seen = image.convert("RGBA")
    paper = Image.new("RGB", seen.size, "white")
    paper.paste(seen, mask=seen.getchannel("A"))
    return paper
