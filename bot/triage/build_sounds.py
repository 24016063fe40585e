"""Write sounds.txt: toneless syllable → characters, for words typed or heard wrong (凶口疼 for 胸口疼).

    python -m bot.triage.build_sounds

The 6,763 characters of GB 2312 in their most common reading (pypinyin). Run again when the list changes.
"""

from __future__ import annotations

from collections import defaultdict

from pypinyin import Style, pinyin

from bot.triage.sounds import PATH

ROWS, CELLS = range(0xB0, 0xF8), range(0xA1, 0xFF)  # GB 2312, both levels


def characters() -> list[str]:
    """Characters of both levels."""
    codes = (bytes((row, cell)) for row in ROWS for cell in CELLS)
    decoded = (code.decode("gb2312", errors="ignore") for code in codes)
    return [char for char in decoded if char]


def main() -> None:
    """Write the file."""
    sounds: dict[str, list[str]] = defaultdict(list)
    for char in characters():
        sounds[pinyin(char, style=Style.NORMAL)[0][0]].append(char)
    lines = (f"{sound} {''.join(chars)}" for sound, chars in sorted(sounds.items()))
    PATH.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
