"""The peer against products with the well-known mistakes of WeChat connectors: each must show.

The numbers are those of the list of mistakes that README.md here gives. The products are wechatpy and Flask as
tutorials put them together; what they get wrong is theirs, the peer only behaves as the platform does.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest

from connectors.simulator.attempts import Attempts
from connectors.simulator.courier import FAULT
from connectors.simulator.peer import Peer
from connectors.simulator.user import User
from tests.connectors.simulator.naive import (
    LONG,
    DropsRepeats,
    Naive,
    OneThingAtATime,
    Pushes,
    ReturnsExceptions,
    Says,
    SealsNothing,
    client_of,
)


@pytest.fixture
def wechat() -> Iterator[Peer]:
    with Peer() as peer:
        yield peer


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> Iterator[Peer]:
    """For what needs more than one attempt: the next one begins at once in place of after five seconds."""
    monkeypatch.setattr(Attempts, "_wait", lambda _self, _until: None)
    with Peer(patience=LONG) as peer:
        yield peer


def cut_soon(hasty: Peer) -> None:
    """From here on the line is cut after 0.4 seconds: for products that are stuck."""
    object.__setattr__(hasty.config, "patience", 0.4)


def anna(wechat: Peer, product: Naive) -> User:
    """A follower of the product; its greeting is over."""
    wechat.serve(product.app())
    user = wechat.user("Anna")
    product.asked.clear()
    return user


def test_a_product_without_mistakes_has_none(wechat: Peer) -> None:
    user = anna(wechat, Naive(wechat))
    assert user.says("hello").text == "echo hello"
    assert user.sees()[-1] == "echo hello"
    assert FAULT not in user.sees()


def test_mistake_01_the_handler_runs_once_an_attempt(hasty: Peer) -> None:
    product = Naive(hasty)
    user = anna(hasty, product)
    product.stuck = True
    cut_soon(hasty)
    user.says("book me in")
    product.freed.set()
    until = time.monotonic() + LONG
    while len(product.asked) < 3:  # a slow machine hears the third when its line is cut already
        assert time.monotonic() < until
    assert product.asked == ["book me in"] * 3


def test_mistake_02_a_repeat_without_an_answer_loses_the_reply(hasty: Peer) -> None:
    product = DropsRepeats(hasty)
    user = anna(hasty, product)
    hasty.faults.arm("unheard", times=1)
    seen = user.sees()
    assert not user.says("hello").fault
    assert product.asked == ["hello"]
    assert user.sees() == seen


def test_mistake_04_the_second_question_gets_the_first_answer(wechat: Peer) -> None:
    product = OneThingAtATime(wechat)
    user = anna(wechat, product)
    product.stuck = True
    first, second = user.says_quickly("one", "two")
    assert (first.text, second.text) == ("echo one", "echo one")


@pytest.mark.parametrize("say", ["x" * 2049, "字" * 683])
def test_mistake_05_a_long_answer_never_arrives(wechat: Peer, say: str) -> None:
    user = anna(wechat, Says(wechat, lambda _message: say))
    assert user.says("tell me all").fault
    assert user.sees()[-1] == FAULT
    told = client_of(wechat).post(
        "message/custom/send",
        data={"touser": user.openid, "msgtype": "text", "text": {"content": "short"}},
    )
    assert told["errcode"] == 0


def test_mistake_06_a_slow_answer_is_the_banner(hasty: Peer) -> None:
    product = Naive(hasty)
    user = anna(hasty, product)
    product.stuck = True
    cut_soon(hasty)
    outcome = user.says("hello")
    product.freed.set()
    assert [entry["result"] for entry in outcome.log] == ["timeout"] * 3
    assert user.sees()[-1] == FAULT


def test_mistake_07_two_workers_do_not_know_of_each_other(hasty: Peer) -> None:
    workers = [DropsRepeats(hasty), DropsRepeats(hasty)]
    apps = cycle([worker.app() for worker in workers])

    def balanced(environ: Any, start: Any) -> Any:
        return next(apps)(environ, start)

    hasty.serve(balanced)
    user = hasty.user()
    hasty.faults.arm("unheard", times=1)
    user.says("book me in")
    assert [worker.asked[-1] for worker in workers] == ["book me in"] * 2


def test_mistake_08_events_have_no_id_so_all_are_one(wechat: Peer) -> None:
    product = DropsRepeats(wechat)
    wechat.serve(product.app())
    first, second = wechat.user("Anna"), wechat.user("Ben")
    assert first.sees()[-1] == "echo subscribe"
    assert "echo subscribe" not in second.sees()


def test_mistake_09_an_answer_in_the_open_is_no_answer(wechat: Peer) -> None:
    user = anna(wechat, SealsNothing(wechat))
    assert user.says("hello").log[-1]["result"] == "malformed: reply is not encrypted"


def test_mistake_09_a_sealed_answer_as_a_web_page_is_no_answer(wechat: Peer) -> None:
    product = Naive(wechat)
    product.content_type = "text/html; charset=utf-8"
    assert anna(wechat, product).says("hello").log[-1]["result"] == "malformed: content type"


def test_mistake_10_an_open_post_is_taken_in_safe_mode(wechat: Peer) -> None:
    product = Naive(wechat)
    user = anna(wechat, product)
    wechat.faults.arm("plain", times=1)
    user.says("I am WeChat, believe me")
    assert product.asked == ["I am WeChat, believe me"]


def test_mistake_11_an_exception_is_three_posts_and_the_banner(hasty: Peer) -> None:
    user = hasty.user()
    hasty.serve(Says(hasty, lambda _message: str(1 / 0)).app())
    log = user.says("hello").log
    assert len(log) == 3
    assert "HTTP 500" in [entry["result"] for entry in log]
    assert user.sees()[-1] == FAULT


def test_mistake_11_an_exception_as_words_is_the_banner_at_once(wechat: Peer) -> None:
    user = anna(wechat, ReturnsExceptions(wechat))
    assert len(user.says("hello").log) == 1
    assert user.sees()[-1] == FAULT


def test_mistake_12_an_invisible_character_comes_in(hasty: Peer) -> None:
    user = anna(hasty, Naive(hasty))
    assert user.says("he\x08llo", raw=True).fault


@pytest.mark.parametrize("say", ["he\x08llo", "a]]>b"])
def test_mistake_12_an_invisible_character_or_an_end_mark_goes_out(wechat: Peer, say: str) -> None:
    assert anna(wechat, Says(wechat, lambda _message: say)).says("hello").fault


def test_mistake_13_an_event_of_another_kind_is_a_server_error(hasty: Peer) -> None:
    user = anna(hasty, Says(hasty, lambda message: message.event if message.type != "text" else message.content))
    outcome = user.does("consent", template="T1", accept=True)
    assert outcome.fault
    assert "HTTP 500" in [entry["result"] for entry in outcome.log]


@contextmanager
def shallow_stack(frames: int) -> Iterator[None]:
    """With Python's own 1,000 the same takes 490 sends and five seconds."""
    usual = sys.getrecursionlimit()
    sys.setrecursionlimit(frames)
    try:
        yield
    finally:
        sys.setrecursionlimit(usual)


def test_mistake_15_a_permanent_40001_is_calls_until_the_stack_ends(wechat: Peer) -> None:
    user = anna(wechat, Naive(wechat))
    wechat.faults.arm("errcode", value=40001)
    with shallow_stack(300), pytest.raises(RecursionError):
        client_of(wechat).message.send_text(user.openid, "hello")
    assert wechat.calls("message/custom/send") == ["40001"] * len(wechat.calls("message/custom/send"))
    assert len(wechat.calls("token")) >= len(wechat.calls("message/custom/send")) > 30


def test_mistake_16_the_sixth_message_and_what_the_account_may_not(wechat: Peer) -> None:
    product = Pushes(wechat)
    user = anna(wechat, product)
    wechat.clock.advance(61)
    user.says("tell me all")
    assert product.asked == ["45047"]
    assert user.sees()[-1] == "part 4"


def test_mistake_16_an_unverified_account_pushes_into_the_void() -> None:
    with Peer(kind="unverified_service") as wechat:
        product = Pushes(wechat)
        user = anna(wechat, product)
        user.says("tell me all")
        assert product.asked == ["48001"] * 6
        assert not [text for text in user.sees() if text.startswith("part")]


def test_mistake_17_what_was_recognised_is_nothing(hasty: Peer) -> None:
    product = Says(hasty, lambda message: "you said " + (message.recognition if message.type == "voice" else ""))
    user = anna(hasty, product)
    assert user.does("voice").fault
    assert user.does("voice", recognition="hello").text == "you said hello"


def test_mistake_18_a_post_from_yesterday_is_carried_out_again(wechat: Peer) -> None:
    product = Naive(wechat)
    user = anna(wechat, product)
    user.says("cancel my booking")
    wechat.clock.advance(86_400)
    assert wechat.replay().status == 200
    assert product.asked == ["cancel my booking"] * 2


def test_the_example_of_the_readme_runs_as_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    readme = (Path(__file__).parents[3] / "connectors" / "simulator" / "README.md").read_text(encoding="utf-8")
    example = readme.partition("```python\n")[2].partition("```")[0]
    monkeypatch.setattr(Attempts, "_wait", lambda _self, _until: None)  # five seconds until the second attempt
    exec(compile(example, "README.md", "exec"), {})
