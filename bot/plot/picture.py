"""The same drawing as a PNG for the chat. Digits only: Pillow's own font needs no file and has no Chinese."""

from __future__ import annotations

import io
import unicodedata

from PIL import Image, ImageDraw, ImageFont

from bot.plot.layout import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, Plot

SCALE = 3
INK, SOFT, LINE, BAND, GOOD, BAD = "#1a1a1a", "#595f66", "#d5d9de", "#d3eede", "#07834a", "#c62828"
LETTERS = {"μ": "u", "×": "x", "·": ".", "²": "2", "³": "3"}
TEXT, RADIUS = 11, 4


def png(plot: Plot, *, unit: str = "") -> bytes:
    """1020 × 690 pixels, about 20 KB; nothing in it says whose it is or what was measured."""
    image = Image.new("RGB", (WIDTH * SCALE, HEIGHT * SCALE), "white")
    pen = ImageDraw.Draw(image)
    font = ImageFont.load_default(TEXT * SCALE)
    for band in plot.bands:
        pen.rectangle(_box(band.x, band.y, band.x + band.width, band.y + band.height), fill=BAND)
    _axes(pen, plot, font)
    pen.text((LEFT * SCALE, 2 * SCALE), latin(unit), fill=SOFT, font=font)
    if len(plot.dots) > 1:
        pen.line([(dot.x * SCALE, dot.y * SCALE) for dot in plot.dots], fill=SOFT, width=SCALE)
    for dot in plot.dots:
        colour = BAD if dot.out else GOOD
        round_ = _box(dot.x - RADIUS, dot.y - RADIUS, dot.x + RADIUS, dot.y + RADIUS)
        pen.ellipse(round_, fill="white" if dot.open else colour, outline=colour, width=SCALE * 2)
    held = io.BytesIO()
    image.save(held, "PNG", optimize=True)
    return held.getvalue()


def latin(unit: str) -> str:
    """A unit in letters that the font has (umol/L as laboratories write it in ASCII), or nothing."""
    plain = "".join(LETTERS.get(c, c) for c in unicodedata.normalize("NFC", unit).replace("µ", "μ"))
    return plain if plain.isascii() else ""


def _axes(pen: ImageDraw.ImageDraw, plot: Plot, font: ImageFont.FreeTypeFont | ImageFont.ImageFont) -> None:
    for tick in plot.numbers:
        pen.line(_box(LEFT, tick.at, WIDTH - RIGHT, tick.at), fill=LINE, width=1)
        pen.text(((LEFT - 6) * SCALE, tick.at * SCALE), tick.label, fill=SOFT, font=font, anchor="rm")
    pen.line(_box(LEFT, TOP, LEFT, HEIGHT - BOTTOM), fill=SOFT, width=SCALE)
    pen.line(_box(LEFT, HEIGHT - BOTTOM, WIDTH - RIGHT, HEIGHT - BOTTOM), fill=SOFT, width=SCALE)
    for tick in plot.dates:
        pen.text((tick.at * SCALE, (HEIGHT - BOTTOM + 6) * SCALE), tick.label, fill=SOFT, font=font, anchor="mt")


def _box(left: float, top: float, right: float, bottom: float) -> tuple[float, float, float, float]:
    return left * SCALE, top * SCALE, right * SCALE, bottom * SCALE
