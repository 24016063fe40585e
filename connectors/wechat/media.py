"""Pictures and voices, up and down: what they are by their first bytes, never by a name or a header.

Limits: WeChat's own (临时素材): pictures PNG, JPEG, GIF to 10 MB; voices AMR, MP3 to 2 MB. A media_id lives three days.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from connectors.wechat.errors import PlatformLater, PlatformRefused
from connectors.wechat.transport import Fetch, Upload

if TYPE_CHECKING:
    from connectors.wechat.platform import Platform

Sort = Literal["image", "voice"]
LARGEST: dict[Sort, int] = {"image": 10 * 1024 * 1024, "voice": 2 * 1024 * 1024}  # bytes
SIGNS = {
    b"\x89PNG\r\n\x1a\n": "png",
    b"\xff\xd8\xff": "jpeg",
    b"GIF87a": "gif",
    b"GIF89a": "gif",
    b"#!AMR\n": "amr",
    b"#!AMR-WB\n": "amr",
    b"ID3": "mp3",
    **dict.fromkeys((b"\xff\xfb", b"\xff\xfa", b"\xff\xf3", b"\xff\xf2"), "mp3"),  # a bare MPEG layer III frame
}
SORTS: dict[str, Sort] = {"png": "image", "jpeg": "image", "gif": "image", "amr": "voice", "mp3": "voice"}
MIMES = {"amr": "audio/amr", "mp3": "audio/mpeg"}
BAD_TYPE, BAD_SIZE, BAD_ID = 40004, 40006, 40007  # WeChat's own codes
UPLOAD_PATH, DOWNLOAD_PATH = "media/upload", "media/get"


@dataclass(frozen=True)
class Media:
    """A file whose first bytes say what it is; `kind` is png, jpeg, gif, amr or mp3."""

    content: bytes = field(repr=False)
    kind: str

    @property
    def sort(self) -> Sort:
        """`image` or `voice`, as WeChat calls them."""
        return SORTS[self.kind]

    @property
    def part(self) -> tuple[str, bytes, str]:
        """File name, bytes and type of a multipart form; the name says nothing."""
        return f"{self.sort}.{self.kind}", self.content, MIMES.get(self.kind, f"image/{self.kind}")


def read(content: bytes) -> Media:
    """What the bytes are, whatever they are called. Raises PlatformRefused, as WeChat itself would refuse them."""
    if not content:
        raise PlatformRefused(BAD_SIZE, "bad_size")
    kind = next((kind for sign, kind in SIGNS.items() if content.startswith(sign)), None)
    if kind is None:
        raise PlatformRefused(BAD_TYPE, "bad_type")
    if len(content) > LARGEST[SORTS[kind]]:
        raise PlatformRefused(BAD_SIZE, "bad_size")
    return Media(content, kind)


def upload(platform: Platform, content: bytes) -> str:
    """A picture or a voice → its media_id. Raises PlatformRefused before any call for what WeChat does not take."""
    file = read(content)
    media_id = platform.call(UPLOAD_PATH, Upload(file.sort, file.part)).get("media_id")
    if not isinstance(media_id, str) or not media_id:
        raise PlatformLater(0, "bad_answer")
    return media_id


def download(platform: Platform, media_id: str) -> Media:
    """What a user sent. Read in a stream to the limits above.

    Raises PlatformRefused for an id that is gone (three days), a file that is no picture and no voice or too large,
    and PlatformLater.
    """
    if not media_id or len(media_id) > 256 or not media_id.isascii():  # noqa: PLR2004 - WeChat's have 64
        raise PlatformRefused(BAD_ID, "bad_data")
    return read(platform.fetch(DOWNLOAD_PATH, Fetch({"media_id": media_id}, max(LARGEST.values()))))
