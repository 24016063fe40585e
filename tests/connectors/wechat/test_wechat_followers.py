"""Tags on followers, and codes with a scene: what goes to WeChat, and what never does."""

from __future__ import annotations

import json

import pytest

from connectors.wechat import codes
from connectors.wechat.errors import PlatformLater, PlatformRefused
from connectors.wechat.followers import Tags


@pytest.fixture
def tags(api):
    return Tags(api)


def sent(wechat):
    return [(path, json.loads(body) if body else None) for path, _token, body in wechat.calls]


def test_a_tag_is_made_and_found_by_its_name(tags, wechat):
    wechat.raw["tags/create"] = {"tag": {"id": 134, "name": "家属"}}
    wechat.raw["tags/get"] = {"tags": [{"id": 134, "name": "家属", "count": 0}]}
    assert tags.create(" 家属 ") == 134
    assert tags.all() == {"家属": 134}
    assert sent(wechat) == [("tags/create", {"tag": {"name": "家属"}}), ("tags/get", None)]


@pytest.mark.parametrize("name", ["", "  ", "字" * 31])
def test_a_name_that_wechat_refuses_never_leaves(tags, wechat, name):
    with pytest.raises(PlatformRefused):
        tags.create(name)
    assert wechat.calls == []


def test_users_go_in_batches_of_fifty(tags, wechat):
    tags.tag(134, [f"o{n}" for n in range(120)])
    tags.untag(134, ["o1"])
    batches = [(path, len(body["openid_list"]), body["tagid"]) for path, body in sent(wechat)]
    assert batches == [("tags/members/batchtagging", size, 134) for size in (50, 50, 20)] + [
        ("tags/members/batchuntagging", 1, 134)
    ]


@pytest.mark.parametrize("code", [45056, 45059, 45157, 45159, 49003])
def test_too_many_and_unknown_have_their_code(tags, wechat, code):
    wechat.codes["tags/members/batchtagging"] = code
    with pytest.raises(PlatformRefused) as caught:
        tags.tag(134, ["o1"])
    assert (caught.value.code, caught.value.reason) == (code, "tags")


def test_the_tags_of_one_user(tags, wechat):
    wechat.raw["tags/getidlist"] = {"tagid_list": [134, 2]}
    assert tags.of("o1") == [134, 2]


@pytest.mark.parametrize("answer", [{}, {"tags": 5, "tag": 5, "tagid_list": ["x"]}, {"tag": {"id": "7"}}])
def test_odd_answers_are_later(tags, wechat, answer):
    for path in ("tags/create", "tags/get", "tags/getidlist"):
        wechat.raw[path] = answer
    for call in (lambda: tags.create("a"), tags.all, lambda: tags.of("o1")):
        with pytest.raises(PlatformLater):
            call()


def test_a_temporary_code_ends(api, wechat):
    wechat.raw["qrcode/create"] = {"ticket": "t", "url": "http://weixin.qq.com/q/02x"}
    assert codes.temporary(api, "dept:yh.k01", seconds=60) == "http://weixin.qq.com/q/02x"
    scene = {"scene": {"scene_str": "dept:yh.k01"}}
    assert sent(wechat)[0][1] == {"action_name": "QR_STR_SCENE", "expire_seconds": 60, "action_info": scene}


@pytest.mark.parametrize("scene", ["", "s" * 65])
def test_a_scene_that_does_not_fit_never_leaves(api, wechat, scene):
    with pytest.raises(PlatformRefused):
        codes.lasting(api, scene)
    assert wechat.calls == []


@pytest.mark.parametrize("seconds", [0, -1, 2_592_001])
def test_a_life_that_is_none_never_leaves(api, wechat, seconds):
    with pytest.raises(PlatformRefused):
        codes.temporary(api, "dept:1", seconds=seconds)
    assert wechat.calls == []
