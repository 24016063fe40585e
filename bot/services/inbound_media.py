"""What patients send beside words, fetched a few at a time: slow media must not take every place of the desk."""

from __future__ import annotations

import threading

from bot.errors import Refused, Unavailable
from bot.ports import Ports

PLACES = 4  # of the sixteen in which a process works on messages
_places = threading.BoundedSemaphore(PLACES)


def fetch(ports: Ports, *, media_id: str) -> bytes:
    """The bytes of one voice or picture.

    Raises Unavailable (its message waits and is tried again) and Refused (gone, or nothing that we take).
    """
    if ports.media is None or not media_id:
        raise Refused("no_media")
    if not _places.acquire(blocking=False):
        raise Unavailable("unavailable", part="media", why="busy")
    try:
        return ports.media.get(media_id)
    finally:
        _places.release()
