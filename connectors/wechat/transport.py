"""One exchange with api.weixin.qq.com over wechatpy: time-outs, sizes, a second host, errors without secrets.

wechatpy alone reads answers of any size for any time, follows redirects with the token, and its exceptions hold
the URL.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import requests
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError
from wechatpy import WeChatClient
from wechatpy.exceptions import WeChatClientException

from connectors.wechat.errors import PlatformLater, PlatformNotReached

API_BASE = "https://api.weixin.qq.com"
FALLBACK_BASE = "https://api2.weixin.qq.com"  # WeChat's own second address of the same
TIMEOUT = (3.0, 8.0)  # seconds to connect, to read
ANSWER_SECONDS, FILE_SECONDS = 8.0, 30.0  # for a whole answer, however steadily it drips
LARGEST_ANSWER = 1024 * 1024  # bytes of JSON
CHUNK = 64 * 1024


class Answered(Exception):
    """WeChat answered with an errcode, None = an HTTP error; `said`: the whole answer, {} where it was no JSON."""

    def __init__(self, code: int | None, said: Mapping[str, Any]) -> None:
        self.code, self.said = code, said
        super().__init__(f"errcode {code}")


@dataclass(frozen=True)
class Upload:
    """A file that goes up as a form: its `type` at WeChat, and file name, bytes and MIME type."""

    kind: str
    part: tuple[str, bytes, str] = field(repr=False)


@dataclass(frozen=True)
class Ask:
    """A GET that is answered in JSON."""

    params: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True)
class Fetch:
    """A file that comes down: the parameters that name it, and how many bytes are taken at most."""

    params: Mapping[str, str] = field(repr=False)
    most: int


Request = Mapping[str, Any] | Upload | Ask | Fetch


def quiet_logs() -> None:
    """Silence wechatpy, which logs calls and keys, and urllib3, which logs URLs with the access token."""
    logging.getLogger("wechatpy").setLevel(logging.CRITICAL)
    logging.getLogger("urllib3.connectionpool").setLevel(logging.WARNING)


class Transport:
    """Exchanges of one account; safe for threads."""

    def __init__(self, app_id: str, base: str, fallback: str = "") -> None:
        quiet_logs()
        self._app_id = app_id
        self._bases = [each.rstrip("/") for each in (base, fallback) if each]
        self._local = threading.local()

    def exchange(self, path: str, body: Request, token: str | None, *, again: bool) -> Any:
        """One request → JSON object, or bytes for a `Fetch`. Raises Answered, and PlatformLater without an answer.

        A second host is asked when the first was never reached, or when the request may be made `again`.
        """
        sent = False
        for base in self._bases:
            try:
                return self._at(base, path, body, token)
            except _Lost as lost:
                sent = sent or lost.sent
            if sent and not again:
                break
        raise (PlatformLater if sent else PlatformNotReached)(0, "network")

    def _at(self, base: str, path: str, body: Request, token: str | None) -> Any:
        try:
            answer = self._client().exchange(base, path, body, token)
        except WeChatClientException as error:
            raise Answered(error.errcode, self._client().said) from None
        # requests' exceptions are OSErrors; their text has the URL, so nothing of them goes on
        except (OSError, ValueError, RecursionError) as error:
            raise _Lost(sent=not _never_connected(error)) from None
        if not isinstance(answer, bytes if isinstance(body, Fetch) else dict):
            raise PlatformLater(0, "bad_answer")
        return answer

    def _client(self) -> _Client:
        """One client a thread: a requests session is not made for sharing."""
        if not hasattr(self._local, "client"):
            self._local.client = _Client(self._app_id)
        client: _Client = self._local.client
        return client


class _Lost(Exception):
    """No answer that could be read; `sent` = the request may have arrived."""

    def __init__(self, *, sent: bool) -> None:
        self.sent = sent
        super().__init__()


def _never_connected(error: Exception) -> bool:
    """Whether the request cannot have left: no address, no connection, no handshake."""
    if isinstance(error, (requests.exceptions.ConnectTimeout, requests.exceptions.SSLError)):
        return True
    cause = error.args[0] if isinstance(error, requests.ConnectionError) and error.args else None
    reason = cause.reason if isinstance(cause, MaxRetryError) else cause
    return isinstance(reason, (NewConnectionError, ConnectTimeoutError))


class _Client(WeChatClient):
    """wechatpy's session and error decoding without its token handling."""

    def __init__(self, app_id: str) -> None:
        super().__init__(app_id, "", timeout=TIMEOUT, auto_retry=False)
        self._most: int | None = None  # bytes of the file that is being fetched; None = JSON is awaited
        self.said: Mapping[str, Any] = {}  # by the last exchange

    def exchange(self, base: str, path: str, body: Request, token: str | None) -> Any:
        """JSON in UTF-8, a form or a GET; raises WeChatClientException, OSError or ValueError."""
        path = f"{base}{path if path.startswith('/') else f'/cgi-bin/{path}'}"
        # An own dict: wechatpy fills in its own token when none is there, and stable_token must go without.
        params = _Parameters({"access_token": token} if token else {})
        how: dict[str, Any] = {"params": params, "allow_redirects": False, "stream": True}
        self._most, self.said = (body.most if isinstance(body, Fetch) else None), {}
        if isinstance(body, (Ask, Fetch)):
            params.update(body.params)
            return self.get(path, **how)
        if isinstance(body, Upload):
            params["type"] = body.kind
            return self.post(path, files={"media": body.part}, **how)
        return self.post(path, data=json.dumps(body, ensure_ascii=False).encode(), **how)

    def _decode_result(self, res: requests.Response) -> Any:
        """The JSON, or a file's bytes; WeChat answers JSON for a file that it does not give."""
        file = self._most is not None
        content = _read(res, self._most or LARGEST_ANSWER, FILE_SECONDS if file else ANSWER_SECONDS)
        spoken = not file or (content[:1] == b"{" and len(content) <= LARGEST_ANSWER)
        named = _json(content) if spoken else None
        self.said = named if isinstance(named, dict) else {}
        return named if not file or self.said.get("errcode") else content


def _json(content: bytes) -> Any:
    """None = it is none."""
    try:
        return json.loads(content.decode("utf-8", "ignore"), strict=False)
    except ValueError:
        return None


def _read(res: requests.Response, most: int, seconds: float) -> bytes:
    """The body, at most so many bytes in so many seconds. Raises ValueError beyond either."""
    until, parts, size = time.monotonic() + seconds, [], 0
    with res:
        for part in res.iter_content(CHUNK):
            size += len(part)
            if size > most or time.monotonic() > until:
                raise ValueError("too large or too slow")
            parts.append(part)
    return b"".join(parts)


class _Parameters(dict[str, str]):
    """Query parameters that wechatpy leaves alone."""

    def __contains__(self, _key: object) -> bool:
        return True
