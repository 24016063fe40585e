"""群发 in the console: one writes, another approves, anybody of them stops."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from bot.ports import Ports
from bot.services import broadcast_words, privacy
from tests.services.broadcasts import FakeArticles
from tests.web.conftest import SignIn
from tests.web.visits import OAuth, make_app, token

TICKED = [check.id for check in broadcast_words.checks()]
WORDS = {"way": "notice", "title": "流感门诊 <b>", "body": "周末上午也开。"}


@pytest.fixture
def wechat() -> FakeArticles:
    return FakeArticles()


@pytest.fixture
def app(ports: Ports, oauth: OAuth, health: dict[str, dict[str, Any]], wechat: FakeArticles) -> Flask:
    return make_app(replace(ports, articles=wechat), oauth, health)


@pytest.fixture
def writer(sign_in: SignIn) -> FlaskClient:
    return sign_in("editor", "zhang")


@pytest.fixture
def other(sign_in: SignIn) -> FlaskClient:
    return sign_in("editor", "wang")


@pytest.fixture
def operator(sign_in: SignIn) -> FlaskClient:
    return sign_in("operator", "zhiban")


def post(browser: FlaskClient, path: str, **form: Any) -> Any:
    csrf = token(browser.get("/console/broadcasts").text)
    return browser.post(path, data={"csrf_token": csrf, **form})


def written(browser: FlaskClient, **form: Any) -> str:
    """A new draft; gives its path."""
    answer = post(browser, "/console/broadcasts/new", **{"once": "k", **WORDS, **form})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])


def version(browser: FlaskClient, path: str) -> str:
    return browser.get(path).text.split('name="version" value="')[1].split('"', maxsplit=1)[0]


def act(browser: FlaskClient, path: str, step: str = "", **form: Any) -> Any:
    return post(browser, f"{path}/{step}".rstrip("/"), **{"version": version(browser, path), **form})


def proposed(browser: FlaskClient, **form: Any) -> str:
    path = written(browser, **form)
    assert act(browser, path, "propose", ticked=TICKED).status_code == 303
    return path


def test_from_the_first_word_to_the_approval(
    writer: FlaskClient, other: FlaskClient, ports: Ports, person: Callable[..., int]
) -> None:
    privacy.agree(ports, person_id=person("o-agrees"), purpose="push")
    person("o-never")
    path = proposed(writer)
    mine = writer.get(path).text
    assert "你写过其中的内容" in mine
    assert "批准发送" not in mine
    page = other.get(path).text
    assert "会发到 1 人" in page
    assert "1 人不会收到：关注了，没有同意过接收消息" in page
    assert "【流感门诊 &lt;b&gt;】" in page
    assert act(other, path, "approve").status_code == 303
    assert "wang姓名" in writer.get(path).text
    assert "已批准" in writer.get("/console/broadcasts").text


def test_an_edit_takes_the_approval_back(writer: FlaskClient, other: FlaskClient) -> None:
    path = proposed(writer)
    act(other, path, "approve")
    assert "保存，收回审批" in writer.get(path).text
    assert act(writer, path, **{**WORDS, "title": "新标题"}).status_code == 303
    assert "提交审批" in writer.get(path).text
    assert "批准发送" not in other.get(path).text


def test_ones_own_cannot_be_approved_and_says_so(writer: FlaskClient, operator: FlaskClient) -> None:
    path = proposed(writer)
    answer = act(writer, path, "approve")
    assert answer.status_code == 422
    assert "不能审批自己写的" in answer.text
    assert act(operator, path, "approve").status_code == 303


def test_a_colleagues_change_is_shown_beside_ones_own(writer: FlaskClient, other: FlaskClient) -> None:
    path = written(writer)
    before = version(writer, path)
    act(other, path, **{**WORDS, "title": "同事的标题"})
    answer = act(writer, path, **{**WORDS, "title": "我的标题", "version": before})
    assert answer.status_code == 409
    assert "同事的标题" in answer.text
    assert 'value="我的标题"' in answer.text
    again = re.findall(r'name="version" value="(\d+)"', answer.text)
    assert act(writer, path, **{**WORDS, "title": "我的标题", "version": again[0]}).status_code == 303
    assert "我的标题" in other.get(path).text


def test_what_cannot_be_kept_stays_in_the_form(writer: FlaskClient) -> None:
    answer = post(writer, "/console/broadcasts/new", **{**WORDS, "once": "k", "body": "字" * 401})
    assert answer.status_code == 400
    assert "正文还不行" in answer.text
    assert 'value="流感门诊 &lt;b&gt;"' in answer.text
    path = written(writer)
    wrong = act(writer, path, **{**WORDS, "title": " "})
    assert (wrong.status_code, "标题还不行" in wrong.text) == (400, True)


def test_without_the_ticks_or_with_a_forbidden_word_nothing_is_proposed(writer: FlaskClient) -> None:
    path = written(writer, body="三天根治")
    assert "不能保证疗效" in writer.get(path).text
    assert act(writer, path, "propose", ticked=TICKED[:2]).status_code == 400
    answer = act(writer, path, "propose", ticked=TICKED)
    assert (answer.status_code, "请改掉这些词再提交。（根治）" in answer.text) == (422, True)


def test_the_switch_is_on_every_page_with_a_name_and_a_reason(
    writer: FlaskClient, other: FlaskClient, operator: FlaskClient
) -> None:
    path = proposed(writer)
    act(other, path, "approve")
    assert post(operator, "/console/broadcasts/halt", why=" ").status_code == 400
    assert post(operator, "/console/broadcasts/halt", why="内容有误 <i>").status_code == 303
    for page in ("/console/broadcasts", path):
        shown = writer.get(page).text
        assert "zhiban姓名" in shown
        assert "内容有误 &lt;i&gt;" in shown
    assert "已停止" in writer.get(path).text
    assert post(writer, "/console/broadcasts/lift", why="查清了").status_code == 303
    assert "全部停下了" not in writer.get("/console/broadcasts").text


def test_giving_back_stopping_copying_and_discarding(
    writer: FlaskClient, other: FlaskClient, operator: FlaskClient
) -> None:
    path = proposed(writer)
    assert act(operator, path, "back", why="出处没写").status_code == 303
    assert "出处没写" in writer.get(path).text
    act(writer, path, "propose", ticked=TICKED)
    act(other, path, "approve")
    assert post(operator, f"{path}/stop", why="先不发").status_code == 303
    assert post(operator, f"{path}/stop", why="先不发").status_code == 409
    copied = post(writer, f"{path}/copy", once="c").headers["Location"]
    assert copied != path
    assert act(writer, copied, "discard").status_code == 303
    assert writer.get(copied).status_code == 404


def a_picture() -> io.BytesIO:
    held = io.BytesIO()
    Image.new("RGB", (1000, 400), "red").save(held, "PNG")
    held.seek(0)
    return held


def test_a_cover_is_uploaded_shown_and_taken_off(writer: FlaskClient, wechat: FakeArticles) -> None:
    mass = {**WORDS, "way": "mass", "audience": "all", "digest": "摘要"}
    path = written(writer, **mass, picture=(a_picture(), "a.png"))
    shown = writer.get(f"{path}/picture")
    assert (shown.mimetype, Image.open(io.BytesIO(shown.data)).size) == ("image/jpeg", (900, 383))
    assert act(writer, path, **mass, picture=(io.BytesIO(b"<svg>"), "a.png")).status_code == 400
    assert "去掉现在的封面" in writer.get(path).text
    assert act(writer, path, "preview", wechat_id="zhang_san1").status_code == 303
    assert act(writer, path, "preview", wechat_id="?").status_code == 400
    assert [wechat_id for _, wechat_id in wechat.previews] == ["zhang_san1"]
    act(writer, path, **mass, no_picture="1")
    assert "去掉现在的封面" not in writer.get(path).text


def test_a_mass_send_shows_the_months_count(writer: FlaskClient, other: FlaskClient, wechat: FakeArticles) -> None:
    path = proposed(writer, way="mass", audience="tag", tag_id="7")
    wechat.tagged = {7: ["o-a", "o-b"]}
    page = other.get(path).text
    assert "本月这些人最多已收到 0 次群发，上限 4 次" in page
    assert "会发到 2 人" in page


def test_other_roles_find_no_door(sign_in: SignIn, writer: FlaskClient, operator: FlaskClient) -> None:
    path = written(writer)
    for role in ("doctor", "head", "finance", "auditor"):
        browser = sign_in(role, role, **({"department_id": "yh.x"} if role in {"doctor", "head"} else {}))
        assert browser.get("/console/broadcasts").status_code == 403
        assert browser.get(path).status_code == 403
    assert operator.get(path).status_code == 200
    assert operator.get("/console/broadcasts/new").status_code == 403
    assert post(operator, path, **WORDS, version="1").status_code == 403


def test_without_the_forms_token_nothing_happens(writer: FlaskClient, operator: FlaskClient) -> None:
    path = proposed(writer)
    for step, form in (("/approve", {"version": "2"}), ("/stop", {"why": "不发"}), ("", {**WORDS, "version": "2"})):
        assert operator.post(f"{path}{step}", data=form).status_code in {400, 403}
    assert operator.post("/console/broadcasts/halt", data={"why": "停"}).status_code in {400, 403}
    assert "等审批" in operator.get(path).text


@pytest.mark.parametrize("ref", ["n_0000000000", "%00", "a" * 300, "n_'--"], ids=["none", "nul", "long", "quote"])
def test_an_unknown_one_is_not_found(writer: FlaskClient, ref: str) -> None:
    assert writer.get(f"/console/broadcasts/{ref}").status_code == 404
    assert post(writer, f"/console/broadcasts/{ref}/stop", why="不发").status_code == 404
