"""The error policy: a test for each row of the table, what is repeated and what never is, and what stays unsaid."""

from __future__ import annotations

import logging
import socket
import struct
import threading

import pytest

from connectors.wechat import policy, transport
from connectors.wechat.errors import PlatformLater, PlatformRefused
from connectors.wechat.pauses import Pauses
from connectors.wechat.platform import Platform
from connectors.wechat.policy import BUSY_WAITS, RULES, failure, repeatable, until
from connectors.wechat.tokens import MemoryTokens
from tests.connectors.wechat.playing import OPENID, SECRET, FakeWeChat

SEND, TEMPLATE = "message/custom/send", "message/template/send"
TEXT = {"touser": OPENID, "msgtype": "text", "text": {"content": "您好"}}

# The table as researched: code → (what the caller is to do, may work later, the pause, an operator has to look)
TABLE = {
    -1: ("repeat", True, "none", False),
    **dict.fromkeys((40001, 40014, 42001), ("repeat", True, "none", False)),
    **dict.fromkeys((40164, 61004, 89503, 40243, 40125), ("wait", True, "five_minutes", True)),
    45009: ("wait", True, "midnight", True),
    45011: ("wait", True, "next_minute", False),
    45015: ("next_way", False, "none", False),
    45047: ("keep", False, "none", False),
    **dict.fromkeys((43004, 43019, 50005, 48002), ("other_way", False, "none", False)),
    45002: ("split", False, "none", False),
    **dict.fromkeys((47001, 47003, 40037, 40003), ("correct", False, "none", True)),
    **dict.fromkeys((48001, 48004, 50002), ("do_without", False, "hour", True)),
    **dict.fromkeys((40029, 40163), ("sign_in", False, "none", False)),
}


@pytest.mark.parametrize(("code", "row"), TABLE.items())
def test_behaviour_16_each_row_of_the_table_is_what_is_done(code, row):
    found = RULES[code]
    assert (found.act, found.later, found.pause, found.alert) == row
    assert isinstance(failure(code), PlatformLater if found.later else PlatformRefused)


def test_reasons_that_callers_tell_apart_are_different():
    codes = (-1, 40001, 40164, 45009, 45011, 45015, 45047, 43004, 45002, 47003, 48001, 40029, 77777)
    assert len({failure(code).reason for code in codes}) == len(codes)


# -- pauses ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("code", [code for code, rule in RULES.items() if rule.pause != "none"])
def test_a_pause_ends_the_asking_and_ends_itself(code, api, wechat, clock):
    wechat.codes[SEND] = code
    for _ in range(3):
        with pytest.raises((PlatformLater, PlatformRefused)) as caught:
            api.call(SEND, TEXT)
        assert caught.value.code == code
    assert len(wechat.calls) == 1
    assert api._pauses.troubles() == {"*" if RULES[code].everything else SEND: f"{code} {RULES[code].reason}"}
    clock.now = until(RULES[code].pause, clock.now, jitter=1.0)
    wechat.codes.clear()
    api.call(SEND, TEXT)
    assert (len(wechat.calls), api._pauses.troubles()) == (2, {})


def test_clients_of_one_process_share_what_they_were_told(wechat, tokens, clock):
    pauses = Pauses(clock)
    one, other = (Platform("wxapp", SECRET, wechat.base, tokens, clock, pauses=pauses) for _ in range(2))
    wechat.codes[SEND] = 45009
    for each in (one, other):
        with pytest.raises(PlatformLater, match="day_quota"):
            each.call(SEND, TEXT)
    assert len(wechat.calls) == 1
    assert pauses.troubles() == {SEND: "45009 day_quota"}


def test_a_minute_ends_for_each_process_at_its_own_second():
    ends = {until("next_minute", 1_790_000_020, jitter=each / 10) for each in range(10)}
    assert min(ends) % 60 == 0
    assert len(ends) == policy.JITTER


def test_clear_quota_is_never_called(api, wechat):
    wechat.codes[SEND] = 45009
    with pytest.raises(PlatformLater):
        api.call(SEND, TEXT)
    assert [path for path, *_ in wechat.calls] == [SEND]


# -- busy ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("times", [1, 2, 3])
def test_behaviour_16_a_busy_wechat_is_asked_again_three_times(times, api, wechat, slept):
    wechat.busy["menu/create"] = times
    api.call("menu/create", {})
    assert slept == list(BUSY_WAITS[:times]) == [0.2, 0.6, 1.5][:times]
    assert len(wechat.calls) == times + 1


def test_and_not_a_fourth_time(api, wechat, slept):
    wechat.busy["menu/create"] = 9
    with pytest.raises(PlatformLater, match="busy"):
        api.call("menu/create", {})
    assert (len(wechat.calls), slept) == (4, list(BUSY_WAITS))


def test_behaviour_16_what_would_be_sent_twice_is_not_repeated(api, wechat, slept):
    wechat.busy[SEND] = 1
    with pytest.raises(PlatformLater, match="busy"):
        api.send_custom(OPENID, TEXT)
    assert (len(wechat.calls), slept) == (1, [])


def test_what_wechat_knows_by_its_name_is(api, wechat):
    wechat.busy[TEMPLATE] = 2
    assert api.send_template(OPENID, "tpl", {}, client_msg_id="n-1") == "420001"
    assert len(wechat.calls) == 3


def test_a_busy_token_desk_is_asked_again_even_for_a_send(api, wechat, slept):
    wechat.busy["stable_token"] = 2
    api.send_custom(OPENID, TEXT)
    assert (slept, len(wechat.calls)) == ([0.2, 0.6], 1)


@pytest.mark.parametrize(
    ("path", "body", "may"),
    [
        (SEND, TEXT, False),
        (TEMPLATE, {"touser": OPENID}, False),
        (TEMPLATE, {"client_msg_id": "n-1"}, True),
        (TEMPLATE, {"client_msg_id": ""}, False),
        ("message/mass/sendall", {"clientmsgid": "m-1"}, True),
        ("message/mass/sendall", {}, False),
        ("message/subscribe/bizsend", {}, False),
        ("message/custom/typing", {}, True),
        ("qrcode/create", {}, True),
    ],
)
def test_what_may_be_repeated(path, body, may):
    assert repeatable(path, body) is may


# -- the second host -------------------------------------------------------------------------------------------------
@pytest.fixture
def second():
    fake = FakeWeChat()
    fake.good = {"token-1"}
    yield fake
    fake.server.shutdown()
    fake.server.server_close()


def nobody():
    """An address at which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


@pytest.fixture
def resets():
    """A host that takes every request and then hangs up without a word."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(20)

        def run():
            while True:
                try:
                    each, _ = server.accept()
                except OSError:
                    return
                each.recv(65536)
                each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                each.close()

        threading.Thread(target=run, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)


def test_behaviour_16_a_host_that_is_not_there_is_stood_in_for(second, tokens, clock):
    api = Platform("wxapp", SECRET, nobody(), tokens, clock, fallback=second.base)
    api.send_custom(OPENID, TEXT)
    assert (second.tokens, len(second.calls)) == (1, 1)


def test_a_send_that_may_have_arrived_is_not_made_at_the_second_host(second, resets, tokens, clock):
    api = Platform("wxapp", SECRET, resets, tokens, clock, fallback=second.base)
    with pytest.raises(PlatformLater, match="network"):
        api.send_custom(OPENID, TEXT)
    assert (second.tokens, second.calls) == (1, [])  # the token may be asked for twice, the patient not
    api.call("menu/create", {})
    assert [path for path, *_ in second.calls] == ["menu/create"]


def test_both_hosts_silent_is_later(tokens, clock):
    api = Platform("wxapp", SECRET, nobody(), tokens, clock, fallback=nobody())
    with pytest.raises(PlatformLater, match="network"):
        api.send_custom(OPENID, TEXT)


def test_only_wechats_own_host_has_wechats_second():
    assert Platform("a", "b", transport.API_BASE, MemoryTokens())._transport._bases[1:] == [transport.FALLBACK_BASE]
    assert Platform("a", "b", "http://127.0.0.1:1", MemoryTokens())._transport._bases[1:] == []


# -- what stays unsaid -----------------------------------------------------------------------------------------------
def test_behaviour_20_no_log_and_no_error_of_any_failure_holds_secret_token_or_openid(second, tokens, clock, caplog):
    caplog.set_level(logging.DEBUG)
    errors = []
    for base in (second.base, nobody()):
        for code in RULES:
            api = Platform("wxapp", SECRET, base, MemoryTokens(), clock, sleep=lambda _seconds: None)
            second.codes[SEND] = code
            with pytest.raises((PlatformLater, PlatformRefused)) as caught:
                api.send_custom(OPENID, TEXT)
            errors.append(repr(caught.value))
            logging.getLogger("connectors").error("seen", exc_info=caught.value)
    ours = [record for record in caplog.records if record.name != "werkzeug"]  # that one is the fake server's
    said = "".join(map(logging.Formatter().format, ours)) + "".join(errors)
    assert "bad_data" in said  # an operator is told, by code and path
    assert not [word for word in (SECRET, "token-", "access_token", OPENID, "您好") if word in said]
