"""The net below all logging: whatever a library says, nobody is named and no door opened."""

from __future__ import annotations

import io
import logging

import pytest

from bot import logs

OPENID = "oABCDEFGHIJKLMNOPQRSTUVWXY-_"


@pytest.fixture
def said():
    """A logger of its own with our formatter; gives (logger, everything said)."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(logs.Cleaned(logs.LAYOUT))
    logger = logging.getLogger("tests.logs")
    logger.addHandler(handler)
    logger.propagate = False
    yield logger, out.getvalue
    logger.removeHandler(handler)


@pytest.mark.parametrize(
    ("line", "canary"),
    [
        ("GET /cgi-bin/message/custom/send?access_token=CANARY HTTP/1.1", "CANARY"),
        ("POST /wechat?signature=CANARY&timestamp=1&nonce=2", "CANARY"),
        ("/wechat?timestamp=1&msg_signature=CANARY", "CANARY"),
        ("{'appid': 'wx', 'secret': 'CANARY'}", "CANARY"),
        ('{"secret": "CANARY", "grant_type": "x"}', "CANARY"),
        ("/h5/oauth/back?code=CANARY&state=x", "CANARY"),
        ("/h5/oauth/back?code=x&state=CANARY", "CANARY"),
        (f"sent to {OPENID} today", OPENID),
        ('{"touser": "CANARY"}', "CANARY"),
        ("jsapi_ticket=CANARY&noncestr=x", "CANARY"),
        ("身份证110101199003070011绑定", "110101199003070011"),
        ("id 11010119900307001X", "11010119900307001X"),
        ("电话13812345678。", "13812345678"),
    ],
)
def test_behaviour_20_no_line_holds_what_opens_or_names(said, line, canary):
    logger, text = said
    logger.error(line)
    assert canary in line
    assert canary not in text()
    assert "*" in text()


def test_behaviour_20_a_traceback_neither(said):
    logger, text = said
    error = ValueError("https://api.weixin.qq.com/cgi-bin/x?access_token=CANARY for 13812345678")
    logger.error("failed", exc_info=error)
    assert "ValueError" in text()
    assert "CANARY" not in text()
    assert "138****5678" in text()


@pytest.mark.parametrize(
    "line", ["row 17 of 3fa9c1d20b44: text", "40125 operator_needed", "inbox/123 20261121 1769000000", "b_0a1b2c3d4e"]
)
def test_what_an_operator_needs_stays(line):
    assert logs.cleaned(line) == line
