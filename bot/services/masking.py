"""How personal values look where the whole value is not needed."""

from __future__ import annotations

from collections.abc import Collection


def name(text: str) -> str:
    """Keep the first character: 欧阳娜娜 → 欧***."""
    return text[:1] + "*" * max(len(text) - 1, 1)


def id_number(text: str) -> str:
    """Keep four and four: 1101**********0011."""
    return f"{text[:4]}{'*' * (len(text) - 8)}{text[-4:]}"


def phone(text: str) -> str:
    """Keep three and four: 138****0000."""
    return f"{text[:3]}****{text[-4:]}"


def department(text: str, sensitive: Collection[str]) -> str:
    """A department's name as a push may say it: 门诊 where the name itself tells too much."""
    return "门诊" if any(word in text for word in sensitive) else text
