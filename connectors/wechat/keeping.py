"""What a user taps or types to get what was kept for him: a late answer (查看回复) or the rest of a long one (继续).

A host keeps it (`Store.keep`, `Store.settle`) and gives it, oldest first, for a message that `asks`. The ids are no
secret: they name nothing but the sender's own.
"""

from __future__ import annotations

from typing import Any, Literal

VIEW, MORE = "查看回复", "继续"
VIEW_ID, MORE_ID = "kept.view", "kept.more"
WAIT = "正在为您准备答案，请过几秒点下面的“查看回复”，或者直接回复 1。"
THERE_IS_MORE = "内容较长，还没有说完。点“继续”接着看，或者直接回复“继续”。"
AROUND = "“”\"'。.！! \n"


def asks(text: str, menu_id: str = "") -> Literal["view", "more", ""]:
    """Which of the two a message asks for: by its id where that came back, else by its words."""
    said = text.strip(AROUND)
    if menu_id == VIEW_ID or (not menu_id and said == VIEW):
        return "view"
    if menu_id == MORE_ID or (not menu_id and said == MORE):
        return "more"
    return ""


def ticket(words: str = WAIT) -> dict[str, Any]:
    """The message that stands for an answer which is not ready."""
    return {"text": words, "choices": [{"n": 1, "label": VIEW, "id": VIEW_ID}]}


def there_is_more() -> dict[str, Any]:
    """What ends the last part of a long answer; without a number, for numbers belong to what is still to come."""
    return {"text": THERE_IS_MORE, "choices": [{"n": None, "label": MORE, "id": MORE_ID}]}
