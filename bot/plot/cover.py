"""Covers of articles, 2.35 : 1 as WeChat shows them; what was uploaded is drawn anew, so that nothing hides in it."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw, ImageOps

SIZE = (900, 383)  # pixels
MOST_PIXELS = 40_000_000
KINDS = ("JPEG", "PNG")
GROUND, BAND = "#e7f6ee", "#07834a"
QUALITY = 85


def redrawn(content: bytes) -> bytes:
    """A picture that somebody uploaded → a JPEG of our size, cut in the middle. Raises ValueError: not a picture."""
    try:
        with Image.open(io.BytesIO(content), formats=KINDS) as found:
            if found.width * found.height > MOST_PIXELS:
                raise ValueError("too large")
            turned = ImageOps.exif_transpose(found).convert("RGB")
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError("not a picture") from error
    return _jpeg(ImageOps.fit(turned, SIZE))


def plain() -> bytes:
    """The cover of an article that brings none: our colours and nothing else."""
    image = Image.new("RGB", SIZE, GROUND)
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, SIZE[1] * 3 // 4, *SIZE), fill=BAND)
    return _jpeg(image)


def _jpeg(image: Image.Image) -> bytes:
    held = io.BytesIO()
    image.save(held, "JPEG", quality=QUALITY, optimize=True)
    return held.getvalue()
