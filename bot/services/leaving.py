"""取消, 算了不挂了, 先不弄了吧: words that leave whatever is going on, and are never an answer to a question."""

from __future__ import annotations

import re

# As whole clauses only: 取消明天的号 is a wish, 取消 is a way out.
LEAVE = re.compile(
    r"(?:那|还是|我|先|就|暂时|现在)*"
    r"(?:取消|算了|退出|停止?|结束|(?:不|不想|不用|不要|别)(?:挂号?|绑卡?|绑定|弄|办|问|查|看|选|填|要|用|取消)?了"
    r"|(?:返回)?主菜单){1,2}[吧啊哈]?"
)
CLAUSES = re.compile(r"[\s，,。.！!、~～…]+")


def leaves(text: str) -> bool:
    """Whether a whole message says nothing but that one wants to stop."""
    clauses = [clause for clause in CLAUSES.split(text) if clause]
    return bool(clauses) and all(LEAVE.fullmatch(clause) for clause in clauses)
