"""Pictures as WeChat takes them: PNG, JPEG or GIF by their own first bytes, at most 10 MB."""

from __future__ import annotations

from dataclasses import dataclass, field

from connectors.wechat.errors import PlatformRefused

LARGEST = 10 * 1024 * 1024  # bytes; temporary media of type image
SIGNS = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpeg", b"GIF87a": "gif", b"GIF89a": "gif"}
BAD_TYPE, BAD_SIZE = 40004, 40006  # WeChat's own codes for the two


@dataclass(frozen=True)
class Image:
    """A picture that may be uploaded; `kind` is png, jpeg or gif."""

    content: bytes = field(repr=False)
    kind: str

    @property
    def part(self) -> tuple[str, bytes, str]:
        """File name, bytes and type of a multipart form; the name says nothing."""
        return f"image.{self.kind}", self.content, f"image/{self.kind}"


def read(content: bytes) -> Image:
    """What the bytes are, whatever they are called. Raises PlatformRefused, as WeChat itself would refuse them."""
    if not 0 < len(content) <= LARGEST:
        raise PlatformRefused(BAD_SIZE, "bad_size")
    kind = next((kind for sign, kind in SIGNS.items() if content.startswith(sign)), None)
    if kind is None:
        raise PlatformRefused(BAD_TYPE, "bad_type")
    return Image(content, kind)
