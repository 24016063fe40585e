"""The drawing of the body map: rounded shapes in a box of WIDE × HIGH units, each a touch area with its label.

On the narrowest phone (320 px) a unit is 1.3 px, so nothing is smaller than 44 px either way.
"""

from __future__ import annotations

from dataclasses import dataclass

WIDE, HIGH = 220, 430


@dataclass(frozen=True)
class Shape:
    """One area: corner, size and radius; `x` of the left one where there are two."""

    part: str
    x: int
    y: int
    wide: int
    high: int
    round: int

    @property
    def middle(self) -> tuple[float, float]:
        return self.x + self.wide / 2, self.y + self.high / 2


def _both(part: str, x: int, y: int, wide: int, high: int, corner: int) -> tuple[Shape, Shape]:
    """The same on both sides."""
    return Shape(part, x, y, wide, high, corner), Shape(part, WIDE - x - wide, y, wide, high, corner)


FIGURES = {
    ("adult", "front"): (
        Shape("头", 80, 2, 60, 36, 18),
        Shape("眼耳口鼻", 74, 40, 72, 36, 16),
        Shape("脖子", 88, 78, 44, 34, 8),
        Shape("胸", 64, 114, 92, 52, 18),
        *_both("手臂", 26, 118, 36, 140, 16),
        Shape("上腹", 68, 168, 84, 34, 10),
        Shape("下腹", 68, 204, 84, 34, 10),
        Shape("私处", 76, 240, 68, 34, 12),
        *_both("腿", 70, 276, 38, 36, 12),
        *_both("膝盖", 70, 314, 38, 34, 14),
        *_both("脚", 62, 350, 46, 76, 14),
    ),
    ("adult", "back"): (
        Shape("头", 78, 2, 64, 74, 28),
        Shape("脖子", 88, 78, 44, 34, 8),
        Shape("背", 64, 114, 92, 62, 18),
        *_both("手臂", 26, 118, 36, 140, 16),
        Shape("腰", 68, 178, 84, 38, 10),
        Shape("屁股", 68, 218, 84, 56, 18),
        *_both("腿", 70, 276, 38, 110, 12),
        *_both("脚", 62, 388, 46, 38, 14),
    ),
    ("child", "front"): (
        Shape("头", 66, 2, 88, 52, 26),
        Shape("眼耳口鼻", 64, 56, 92, 48, 22),
        Shape("脖子", 88, 106, 44, 34, 8),
        Shape("胸", 68, 142, 84, 48, 18),
        *_both("手臂", 28, 146, 36, 112, 16),
        Shape("上腹", 70, 192, 80, 36, 10),
        Shape("下腹", 70, 230, 80, 36, 10),
        Shape("私处", 78, 268, 64, 34, 12),
        *_both("腿", 72, 304, 36, 36, 12),
        *_both("膝盖", 72, 342, 36, 34, 14),
        *_both("脚", 62, 378, 46, 38, 14),
    ),
    ("child", "back"): (
        Shape("头", 64, 2, 92, 102, 40),
        Shape("脖子", 88, 106, 44, 34, 8),
        Shape("背", 68, 142, 84, 54, 18),
        *_both("手臂", 28, 146, 36, 112, 16),
        Shape("腰", 70, 198, 80, 40, 10),
        Shape("屁股", 70, 240, 80, 60, 18),
        *_both("腿", 72, 302, 36, 74, 12),
        *_both("脚", 62, 378, 46, 38, 14),
    ),
}
