"""Tags (标签) on the account's followers: at most 100, 20 on one user, 50 users in one call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from connectors.wechat.errors import PlatformLater, PlatformRefused
from connectors.wechat.platform import Platform

BATCH = 50  # users in one call
NAME_LONGEST = 30  # characters
TOO_LONG = 45158  # WeChat's own code


class Tags:
    """Tags of one account. Every call raises PlatformRefused (45056: a hundred already, 45157: there is one so named,
    45059: somebody has twenty) or PlatformLater.
    """

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def create(self, name: str) -> int:
        """A new tag → its id."""
        if not 0 < len(name.strip()) <= NAME_LONGEST:
            raise PlatformRefused(TOO_LONG, "bad_data")
        made = self._platform.call("tags/create", {"tag": {"name": name.strip()}}).get("tag")
        return _number(made, "id")

    def all(self) -> dict[str, int]:
        """Name → id."""
        found = self._platform.ask("tags/get").get("tags")
        if not isinstance(found, list):
            raise PlatformLater(0, "bad_answer")
        return {str(tag.get("name")): _number(tag, "id") for tag in found if isinstance(tag, dict)}

    def tag(self, tag_id: int, openids: Sequence[str]) -> None:
        """Put a tag on these users; again changes nothing."""
        self._each_batch("tags/members/batchtagging", tag_id, openids)

    def untag(self, tag_id: int, openids: Sequence[str]) -> None:
        """Take a tag off these users; again changes nothing."""
        self._each_batch("tags/members/batchuntagging", tag_id, openids)

    def of(self, openid: str) -> list[int]:
        """The ids of the tags on one user."""
        found = self._platform.call("tags/getidlist", {"openid": openid}).get("tagid_list")
        if not isinstance(found, list) or not all(type(tag) is int for tag in found):
            raise PlatformLater(0, "bad_answer")
        return found

    def _each_batch(self, path: str, tag_id: int, openids: Sequence[str]) -> None:
        for batch in _batches(openids):
            self._platform.call(path, {"openid_list": batch, "tagid": tag_id})


def _batches(openids: Sequence[str]) -> Iterator[list[str]]:
    for at in range(0, len(openids), BATCH):
        yield list(openids[at : at + BATCH])


def _number(found: Any, name: str) -> int:
    value = found.get(name) if isinstance(found, dict) else None
    if type(value) is not int:
        raise PlatformLater(0, "bad_answer")
    return value
