"""Refusals: of the phone's own JSON endpoints (HTTP status) and of the fake platform (WeChat's errcode)."""

from __future__ import annotations


class Rejected(Exception):
    """A request of the browser that cannot be carried out; becomes `{"error": code}` with this status."""

    def __init__(self, status: int, code: str) -> None:
        self.status, self.code = status, code
        super().__init__(code)


class PlatformError(Exception):
    """What the real platform would answer: `{"errcode", "errmsg"}` under HTTP 200."""

    def __init__(self, errcode: int, detail: str = "") -> None:
        self.errcode = errcode
        self.errmsg = WORDS.get(errcode, "system error") + (f", {detail}" if detail else "")
        super().__init__(self.errmsg)


WORDS = {
    40001: "invalid credential, access_token is invalid or not latest",
    40002: "invalid grant_type",
    40003: "invalid openid",
    40004: "invalid media type",
    40006: "invalid media size",
    40007: "invalid media_id",
    40008: "invalid message type",
    40013: "invalid appid",
    40016: "invalid button size",
    40017: "invalid button type",
    40018: "invalid button name size",
    40019: "invalid button key size",
    40020: "invalid button url size",
    40023: "invalid sub button size",
    40029: "invalid code",
    40035: "invalid parameter",
    40037: "invalid template_id",
    40053: "invalid action info",
    40125: "invalid appsecret",
    40163: "code been used",
    40169: "invalid length for scene_str",
    41001: "access_token missing",
    41008: "missing code",
    42001: "access_token expired",
    43002: "require POST method",
    43004: "require subscribe",
    43101: "user refuse to accept the msg",
    44004: "empty content",
    45002: "content size out of limit",
    45008: "article count out of limit",
    45009: "reach max api daily quota limit",
    45015: "response out of time limit or subscription is canceled",
    45047: "out of response count limit",
    45072: "invalid command",
    45080: "can only set typing within 30 seconds of a user message",
    45081: "typing state is already set",
    46003: "menu no exist",
    47001: "data format error",
    47003: "argument invalid",
    48001: "api unauthorized",
    82446: "invalid business_info",
}
