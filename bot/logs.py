"""How every process logs: one line, and nothing in it that names a patient or opens a door.

Our code logs opaque ids to begin with; this is the net below it, for libraries and for tracebacks. A WeChat user is
named by the beginning of the keyed hash that his row carries (`tag`), so that an operator can follow one without
knowing him.
"""

from __future__ import annotations

import logging
import re

LAYOUT = "%(asctime)s %(levelname)s %(name)s %(message)s"
TAG = 12  # hex digits of a keyed hash: enough to tell the users of one account apart
HIDDEN = "***"
SECRETS = re.compile(
    r"(?i)\b((?:access_token|msg_signature|signature|echostr|secret|appsecret|jsapi_ticket|ticket|code|state|openid"
    r"|touser|sign|nonce)[\"']?\s*[=:]\s*[\"']?)[^\s&\"',}]+"
)
OPENID = re.compile(r"(?<![A-Za-z0-9_-])o[A-Za-z0-9_-]{27}(?![A-Za-z0-9_-])")
ID_NUMBER = re.compile(r"(?<!\d)(\d{4})\d{10}(\d{3}[\dXx])(?!\d)")
PHONE = re.compile(r"(?<!\d)(1[3-9]\d)\d{4}(\d{4})(?!\d)")


def begin(level: int = logging.INFO) -> None:
    """Log to standard error, cleaned; silences what logs each request's URL."""
    handler = logging.StreamHandler()
    handler.setFormatter(Cleaned(LAYOUT))
    logging.basicConfig(level=level, handlers=[handler])
    for name in ("httpx", "urllib3.connectionpool", "werkzeug"):
        logging.getLogger(name).setLevel(logging.WARNING)


class Cleaned(logging.Formatter):
    """The whole line, its traceback too."""

    def format(self, record: logging.LogRecord) -> str:
        return cleaned(super().format(record))


def cleaned(line: str) -> str:
    """Mask what may stand in a line of anybody's.

    >>> cleaned("GET /cgi-bin/x?access_token=a1&type=image from 13812345678")
    'GET /cgi-bin/x?access_token=***&type=image from 138****5678'
    """
    line = SECRETS.sub(rf"\1{HIDDEN}", line)
    line = OPENID.sub(HIDDEN, line)
    line = ID_NUMBER.sub(r"\1**********\2", line)
    return PHONE.sub(r"\1****\2", line)


def tag(digest: str) -> str:
    """What stands for a user in a log line: the beginning of a keyed hash."""
    return digest[:TAG]
