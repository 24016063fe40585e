"""The API client against a small HTTP server that plays WeChat on loopback and counts."""

from __future__ import annotations

import logging
import multiprocessing
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext, suppress

import pytest

from connectors.wechat import codes, transport
from connectors.wechat.errors import PlatformLater, PlatformNotReached, PlatformRefused
from connectors.wechat.oauth import OAuth
from connectors.wechat.platform import Platform
from connectors.wechat.policy import RULES, until
from connectors.wechat.ports import Token
from connectors.wechat.tokens import FileTokens, MemoryTokens
from tests.connectors.wechat.playing import OPENID, SECRET
from tests.races import Meeting

TEXT = {"msgtype": "text", "text": {"content": "您好，挂号成功"}}


def test_custom_message_goes_out_in_utf8_with_a_stable_token(api, wechat):
    api.send_custom(OPENID, TEXT)
    ((path, token, body),) = wechat.calls
    assert (path, token) == ("message/custom/send", "token-1")
    assert f'"touser": "{OPENID}"'.encode() in body
    assert "挂号成功".encode() in body
    assert wechat.token_request == {
        "grant_type": "client_credential",
        "appid": "wxapp",
        "secret": SECRET,
        "force_refresh": False,
    }


def test_template_carries_its_client_message_id(api, wechat):
    fields = {"thing1": {"value": "骨科"}}
    assert api.send_template(OPENID, "tpl", fields, client_msg_id="n-17", url="https://h.cn/h5") == "420001"
    body = wechat.calls[0][2].decode()
    for part in ('"client_msg_id": "n-17"', '"template_id": "tpl"', '"url": "https://h.cn/h5"', "骨科"):
        assert part in body


def test_menu_goes_out(api, wechat):
    api.call("menu/create", {"button": [{"type": "click", "name": "帮助", "key": "help"}]})
    assert wechat.calls[0][0] == "menu/create"


def test_a_scene_becomes_an_address_to_draw(api, wechat):
    wechat.raw["qrcode/create"] = {"ticket": "t", "url": "http://weixin.qq.com/q/02abc"}
    assert codes.lasting(api, "checkin:yh.k01") == "http://weixin.qq.com/q/02abc"
    assert b'"scene_str": "checkin:yh.k01"' in wechat.calls[0][2]


@pytest.mark.parametrize("answer", [{"ticket": "t"}, {"url": ""}, {"url": 7}])
def test_an_answer_without_an_address_is_none(api, wechat, answer):
    wechat.raw["qrcode/create"] = answer
    with pytest.raises(PlatformLater):
        codes.lasting(api, "checkin:yh.k01")


def test_token_is_fetched_once_and_kept_until_five_minutes_before_its_end(api, wechat, clock):
    for _ in range(3):
        api.send_custom(OPENID, TEXT)
    assert wechat.tokens == 1
    clock.now += 7200 - 301
    api.send_custom(OPENID, TEXT)
    assert wechat.tokens == 1
    clock.now += 2
    api.send_custom(OPENID, TEXT)
    assert wechat.tokens == 2


@pytest.mark.parametrize("code", [40001, 40014, 42001])
def test_permanent_token_error_ends_after_two_calls_and_one_refresh(code, api, wechat):
    api.send_custom(OPENID, TEXT)
    wechat.calls.clear()
    wechat.codes["message/custom/send"] = code
    with pytest.raises(PlatformLater) as caught:
        api.send_custom(OPENID, TEXT)
    assert (caught.value.code, caught.value.reason) == (code, "token")
    assert len(wechat.calls) == 2
    assert wechat.tokens == 2


def test_dead_token_is_replaced_and_the_call_repeated_once(api, wechat, tokens, clock):
    tokens.save(Token("dead", clock.now + 7000))
    api.send_custom(OPENID, TEXT)
    assert [token for _path, token, _body in wechat.calls] == ["dead", "token-1"]


def test_token_that_another_process_refreshed_is_only_read_again(api, wechat, tokens, clock):
    tokens.save(Token("dead", clock.now + 7000))
    load, wechat.good = tokens.load, {"theirs"}
    answers = [load(), Token("theirs", clock.now + 7000, 2)]
    tokens.load = lambda: answers.pop(0) if len(answers) > 1 else answers[0]
    api.send_custom(OPENID, TEXT)
    assert wechat.tokens == 0
    assert len(wechat.calls) == 2


def storm(api, wechat, threads=50):
    wechat.token_delay = 0.05
    start = threading.Barrier(threads)

    def send(_number):
        start.wait(20)
        api.send_custom(OPENID, TEXT)

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(send, range(threads)))


def test_storm_on_a_dead_token_makes_one_refresh(api, wechat, tokens, clock):
    tokens.save(Token("dead", clock.now + 7000))
    storm(api, wechat)
    assert wechat.tokens == 1
    assert 50 <= len(wechat.calls) <= 100


def test_storm_without_a_token_makes_one_fetch(api, wechat):
    storm(api, wechat)
    assert wechat.tokens == 1
    assert len(wechat.calls) == 50


def test_storm_control_without_the_lock_makes_many(api, wechat, tokens, monkeypatch):
    """Shows that the two tests above can fail: all have looked a second time before one of them fetches."""
    load, looked, meeting = tokens.load, threading.local(), Meeting(50)

    def look():
        found = load()
        if hasattr(looked, "once"):
            meeting()
        looked.once = True
        return found

    monkeypatch.setattr(tokens, "lock", nullcontext)
    monkeypatch.setattr(tokens, "load", look)
    with suppress(PlatformLater):  # the fake forgets all tokens but the newest
        storm(api, wechat)
    assert wechat.tokens >= 50


def in_a_process(base, path, start):
    start.wait(20)
    Platform("wxapp", SECRET, base, FileTokens(path)).send_custom(OPENID, TEXT)


def test_processes_share_one_file(wechat, tmp_path):
    wechat.token_delay = 0.1
    context = multiprocessing.get_context("fork")
    start = context.Barrier(4)
    workers = [
        context.Process(target=in_a_process, args=(wechat.base, tmp_path / "token.json", start)) for _ in range(4)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
    assert [worker.exitcode for worker in workers] == [0] * 4
    assert wechat.tokens == 1
    assert (tmp_path / "token.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"value": "x"}', '{"value": "x", "expires_at": 1, "more": 2}'])
def test_damaged_token_file_is_no_token(damage, tmp_path):
    path = tmp_path / "token.json"
    path.write_text(damage)
    assert FileTokens(path).load() is None


def test_file_tokens_come_back(tmp_path):
    store = FileTokens(tmp_path / "token.json")
    assert store.load() is None
    store.save(Token("a" * 512, 5, 3))
    assert store.load() == Token("a" * 512, 5, 3)
    assert [path.name for path in tmp_path.iterdir()] == ["token.json"]


def test_lock_that_nobody_gives_back_is_later(api, tokens, monkeypatch):
    monkeypatch.setattr("connectors.wechat.tokens.LOCK_SECONDS", 0.01)
    with tokens.lock(), pytest.raises(PlatformLater, match="token_lock"):
        api.send_custom(OPENID, TEXT)


REASONS = [(code, rule.reason, rule.later) for code, rule in RULES.items() if code not in {40001, 40014, 42001}]


@pytest.mark.parametrize(("code", "reason", "later"), [*REASONS, (99999, "unknown", False)])
def test_every_code_has_its_error_and_one_call(code, reason, later, api, wechat):
    wechat.codes["message/custom/send"] = code
    with pytest.raises(PlatformLater if later else PlatformRefused) as caught:
        api.send_custom(OPENID, TEXT)
    assert (caught.value.code, caught.value.reason) == (code, reason)
    assert len(wechat.calls) == 1


@pytest.mark.parametrize(
    ("code", "meaning", "later"),
    [
        (45015, "window_closed", False),
        (45047, "window_used_up", False),
        (43004, "unreachable", False),
        (45002, "too_long", False),
        (47003, "bad_data", False),
        (48001, "no_permission", False),
        (-1, "busy", True),
        (45009, "day_quota", True),
        (40164, "operator_needed", True),
        (45011, "minute_quota", True),
    ],
)
def test_the_table_says_what_the_platform_documents(code, meaning, later):
    assert (RULES[code].reason, RULES[code].later) == (meaning, later)


def test_day_quota_stops_that_call_until_midnight_in_shanghai(api, wechat, clock):
    wechat.codes["message/custom/send"] = 45009
    for _ in range(5):
        with pytest.raises(PlatformLater, match="day_quota"):
            api.send_custom(OPENID, TEXT)
    assert len(wechat.calls) == 1
    api.call("menu/create", {})
    clock.now = until("midnight", clock.now)
    assert (clock.now + 8 * 3600) % 86400 == 0
    wechat.codes.clear()
    api.send_custom(OPENID, TEXT)
    assert [path for path, *_ in wechat.calls] == [
        "message/custom/send",
        "menu/create",
        "message/custom/send",
    ]


def test_operator_fault_stops_everything_for_five_minutes(api, wechat, clock):
    wechat.codes["stable_token"] = 40164
    for call in (api.send_custom, api.send_custom):
        with pytest.raises(PlatformLater, match="operator_needed"):
            call(OPENID, TEXT)
    assert (wechat.tokens, len(wechat.calls)) == (1, 0)
    clock.now += 301
    wechat.codes.clear()
    api.send_custom(OPENID, TEXT)
    assert len(wechat.calls) == 1


def test_wrong_secret_is_not_asked_about_again_and_again(api, wechat):
    wechat.codes["stable_token"] = 40001
    for _ in range(5):
        with pytest.raises(PlatformLater, match="operator_needed"):
            api.send_custom(OPENID, TEXT)
    assert wechat.tokens == 1


@pytest.mark.parametrize(
    "answer",
    [
        "<html>busy</html>",
        ("", 502),
        ("{}", 500),
        "",
        "[]",
        "[" * 100000,
        ("", 307, {"Location": "/cgi-bin/x"}),
    ],
    ids=["html", "502", "500", "empty", "list", "deep", "redirect"],
)
@pytest.mark.parametrize("path", ["message/custom/send", "stable_token"])
def test_odd_answers_are_later(answer, path, api, wechat):
    wechat.raw = {path: answer}
    with pytest.raises(PlatformLater) as caught:
        api.send_custom(OPENID, TEXT)
    assert caught.value.reason in {"http", "network", "bad_answer"}
    assert [name for name, *_ in wechat.calls] == ([path] if path != "stable_token" else [])


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"access_token": ""},
        {"access_token": 5, "expires_in": 7200},
        {"access_token": "a"},
        {"access_token": "a", "expires_in": "7200"},
        {"access_token": "a", "expires_in": True},
    ],
)
def test_odd_token_answers_are_later_and_not_kept(answer, api, wechat, tokens):
    wechat.raw["stable_token"] = answer
    with pytest.raises(PlatformLater, match="bad_answer"):
        api.send_custom(OPENID, TEXT)
    assert tokens.load() is None


def test_nobody_listening_is_later(tokens, clock):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        api = Platform("wxapp", SECRET, f"http://127.0.0.1:{free.getsockname()[1]}", tokens, clock)
        with pytest.raises(PlatformLater, match="network"):
            api.send_custom(OPENID, TEXT)


def test_silent_server_is_later(tokens, clock, monkeypatch):
    monkeypatch.setattr(transport, "TIMEOUT", (0.2, 0.2))
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(5)
        api = Platform("wxapp", SECRET, f"http://127.0.0.1:{silent.getsockname()[1]}", tokens, clock)
        with pytest.raises(PlatformLater, match="network"):
            api.send_custom(OPENID, TEXT)


def test_time_outs_are_three_and_eight_seconds(api):
    assert transport.TIMEOUT == (3.0, 8.0)
    assert api._transport._client().timeout == (3.0, 8.0)


def test_no_log_and_no_error_holds_secret_token_or_user(api, wechat, caplog):
    caplog.set_level(logging.DEBUG)
    errors = []
    for code in (40001, 45015, 12345):
        wechat.codes["message/custom/send"] = code
        with pytest.raises((PlatformLater, PlatformRefused)) as caught:
            api.send_custom(OPENID, TEXT)
        errors.append(repr(caught.value))
    logging.getLogger("connectors").error("seen", exc_info=caught.value)
    ours = [record for record in caplog.records if record.name != "werkzeug"]  # that one is the fake server's
    assert ours
    said = "".join(map(logging.Formatter().format, ours)) + "".join(errors)
    for word in (SECRET, "token-1", "token-2", OPENID, "挂号成功"):
        assert word not in said


# Web authorisation


@pytest.fixture
def oauth(wechat):
    return OAuth("wxapp", SECRET, api_base=wechat.base, page_base="http://127.0.0.1:9/sim")


def test_authorize_url_has_its_parts_in_order(oauth):
    url = oauth.authorize_url("https://h.cn/h5/back?to=reports", "st&1")
    assert url == (
        "http://127.0.0.1:9/sim/connect/oauth2/authorize?appid=wxapp"
        "&redirect_uri=https%3A%2F%2Fh.cn%2Fh5%2Fback%3Fto%3Dreports&response_type=code&scope=snsapi_base"
        "&state=st%261#wechat_redirect"
    )
    assert OAuth("wxapp", SECRET).authorize_url("https://h.cn", "s").startswith("https://open.weixin.qq.com/connect/")


GRANT = {
    "access_token": "a",
    "expires_in": 7200,
    "refresh_token": "r",
    "openid": OPENID,
    "scope": "snsapi_base",
}


def test_code_becomes_an_openid(oauth, wechat):
    wechat.oauth = GRANT
    assert oauth.exchange("c0de_-") == OPENID
    assert wechat.oauth_args == {
        "appid": "wxapp",
        "secret": SECRET,
        "code": "c0de_-",
        "grant_type": "authorization_code",
    }


@pytest.mark.parametrize("sign", [1, "1", True])
def test_snapshot_user_is_never_let_in(sign, oauth, wechat):
    wechat.oauth = {**GRANT, "is_snapshotuser": sign}
    with pytest.raises(PlatformRefused, match="snapshot"):
        oauth.exchange("code")


@pytest.mark.parametrize("sign", [0, "0"])
def test_user_who_is_no_snapshot_is_let_in(sign, oauth, wechat):
    wechat.oauth = {**GRANT, "is_snapshotuser": sign}
    assert oauth.exchange("code") == OPENID


@pytest.mark.parametrize(
    ("answer", "error", "reason"),
    [
        ({"errcode": 40029, "errmsg": "x"}, PlatformRefused, "oauth_code"),
        ({"errcode": 40163, "errmsg": "x"}, PlatformRefused, "oauth_code"),
        ({"errcode": -1, "errmsg": "x"}, PlatformLater, "busy"),
        ({"errcode": 40163}, PlatformLater, "bad_answer"),
        ({}, PlatformLater, "bad_answer"),
        ([], PlatformLater, "bad_answer"),
        ({"redirect": 1}, PlatformLater, "network"),
        ({**GRANT, "openid": 5}, PlatformLater, "bad_answer"),
        ({**GRANT, "openid": "a b"}, PlatformLater, "bad_answer"),
    ],
)
def test_oauth_failures_have_names(answer, error, reason, oauth, wechat):
    wechat.oauth = answer
    with pytest.raises(error) as caught:
        oauth.exchange("code")
    assert caught.value.reason == reason


@pytest.mark.parametrize("code", ["", "a b", "a&secret=x", "é", "c" * 513])
def test_code_that_is_none_is_refused_without_a_call(code, oauth, wechat):
    with pytest.raises(PlatformRefused, match="oauth_code"):
        oauth.exchange(code)
    assert not hasattr(wechat, "oauth_args")


def test_silent_oauth_server_is_later(monkeypatch, caplog):
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr("connectors.wechat.oauth.TIMEOUT", (0.2, 0.2))
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(5)
        oauth = OAuth("wxapp", SECRET, api_base=f"http://127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(PlatformLater, match="network") as caught:
            oauth.exchange("code")
    assert SECRET not in caplog.text + repr(caught.value)


def test_a_call_that_never_left_is_told_from_one_without_an_answer():
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        base = f"http://127.0.0.1:{nobody.getsockname()[1]}"
    tokens = MemoryTokens()
    tokens.save(Token("t", 2**40))
    with pytest.raises(PlatformNotReached):
        Platform("wx", SECRET, base, tokens).send_custom(OPENID, TEXT)
    with pytest.raises(PlatformNotReached):  # without a token nothing is sent either
        Platform("wx", SECRET, base, MemoryTokens()).send_custom(OPENID, TEXT)
