"""The same hospital with its owner checks taken away, so that the probe has to find leaks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

# `card.person_id = ?` and the department of a doctor's questions, in whatever SELECT a service may write.
OWNER = re.compile(r"(\b\w+\.(?:person_id|department_id) = (?:\?|%\(\w+\)s))")


@contextmanager
def owner_checks_gone(engine: Engine) -> Iterator[None]:
    """Let every SELECT through whosever the rows are; no service is touched, so none is forgotten."""

    def open_up(_conn: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: Any) -> Any:
        if statement.startswith("SELECT"):
            statement = OWNER.sub(r"(\1 OR 1 = 1)", statement)
        return statement, parameters

    event.listen(engine, "before_cursor_execute", open_up, retval=True)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", open_up)
