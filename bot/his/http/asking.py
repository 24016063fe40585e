"""What all calls share: paths, the alarm, and whose answer it is."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar
from urllib.parse import urlencode

import httpx

from bot.errors import HisRefused, HisUnavailable
from bot.his.http import decode
from bot.his.http.caller import Caller

log = logging.getLogger(__name__)
T = TypeVar("T")
UNKNOWN = frozenset({"not_found"})
LEFT_OUT = frozenset({"not_offered"})  # the no of a part that this hospital has not built
ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}", re.ASCII)  # needs no quoting in a path


class Asking:
    """The line to one hospital. `key` is `<key id>:<secret>`."""

    def __init__(self, url: str, key: str, transport: httpx.BaseTransport | None = None) -> None:
        self._caller = Caller(url, key, transport)

    def close(self) -> None:
        """Close this process's connections."""
        self._caller.close()

    def _listed(self, path: str) -> Any:
        """A list that all hospitals are asked for at once: empty where it is not offered, no refusal for everybody."""
        try:
            return self._caller.call("GET", path, refusals=LEFT_OUT)
        except HisRefused as refused:
            if refused.code not in LEFT_OUT:
                raise
            return {"items": []}


def path_of(*parts: str, **query: object) -> str:
    """`/a/b?c=d`, queries that are None left out. Raises HisRefused('not_found') for what cannot be an id."""
    if not all(ID.fullmatch(part) for part in parts):
        raise HisRefused("not_found")
    asked = {name: value for name, value in query.items() if value is not None}
    path = "/" + "/".join(parts)
    return f"{path}?{urlencode(asked, errors='replace')}" if asked else path


@contextmanager
def checked(call: str) -> Iterator[None]:
    """An answer that breaks the contract is an alarm (without a value from it) and HisUnavailable."""
    try:
        yield
    except decode.MalformedError as error:
        log.error("HIS ALARM %s: %s", call, error)
        raise HisUnavailable(why="malformed") from None


def same(given: object, asked: object, what: str) -> None:
    """Whose answer it is must be what was asked: somebody else's data is never passed on."""
    if given != asked:
        raise decode.MalformedError(f"wrong {what}")


def of_patient(found: list[T], patient_id: str) -> list[T]:
    """Papers of this patient alone."""
    for paper in found:
        same(getattr(paper, "patient_id"), patient_id, "patient")  # noqa: B009 - T is any of the port's papers
    return found
