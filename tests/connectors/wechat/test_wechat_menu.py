"""Menus within WeChat's limits, and every way to break them."""

from __future__ import annotations

import pytest
import yaml

from connectors.wechat.errors import PlatformRefused
from connectors.wechat.menu import BadMenu, load, push, shown

GOOD = """
buttons:
  - name: 看病
    sub:
      - {name: 预约挂号, key: book}
      - {name: 我的报告, url: /h5/reports}
  - {name: 扫码, key: desk, type: scancode_waitmsg}
  - {name: 官网, url: "https://h.cn/"}
conditional:
  - tag: 家属
    buttons: [{name: 探视, key: visiting}]
"""


def test_menu_becomes_wechats_body():
    found = load(GOOD, "https://peizhen.cn/")
    assert found.everybody == {
        "button": [
            {
                "name": "看病",
                "sub_button": [
                    {"name": "预约挂号", "type": "click", "key": "book"},
                    {"name": "我的报告", "type": "view", "url": "https://peizhen.cn/h5/reports"},
                ],
            },
            {"name": "扫码", "type": "scancode_waitmsg", "key": "desk"},
            {"name": "官网", "type": "view", "url": "https://h.cn/"},
        ]
    }
    assert found.tagged == {"家属": {"button": [{"name": "探视", "type": "click", "key": "visiting"}]}}
    assert found.keys() == {"book", "desk", "visiting"}


def button(**changed):
    return {"name": "帮助", "key": "help", **changed}


def many(count):
    return [button() for _ in range(count)]


def under(*buttons):
    return [{"name": "看病", "sub": list(buttons)}]


LONGEST = [
    [button(name="五个汉字x"[:5] + "x")],
    under(button(name="字" * 20)),
    [button(key="k" * 128)],
    [{"name": "a", "url": "https://h.cn/" + "a" * (1024 - 13)}],
    many(3),
    under(*many(5)),
]
BROKEN = [
    [],
    None,
    "text",
    {"name": "x"},
    many(4),
    under(),
    under(*many(6)),
    [button(name="六个汉字太长")],
    [button(name="")],
    [button(name=5)],
    under(button(name="字" * 21)),
    [button(key="k" * 129)],
    [button(key="字" * 43)],
    [button(key="")],
    [{"name": "a", "url": "https://h.cn/" + "a" * 1012}],
    [{"name": "a", "url": "javascript:x"}],
    [{"name": "a", "url": "/h5"}],
    [{"name": "a"}],
    [button(url="https://h.cn")],
    [button(type="fly")],
    [button(colour="red")],
    under({"name": "x", "sub": many(1)}),
    ["x"],
    [{"name": "a", "url": "https://h.cn", "type": "click"}],
]


@pytest.mark.parametrize("menu", LONGEST, ids=range(len(LONGEST)))
def test_longest_that_is_allowed(menu):
    assert load(yaml.safe_dump({"buttons": menu})).everybody["button"]


@pytest.mark.parametrize("menu", BROKEN, ids=range(len(BROKEN)))
def test_broken_menu_names_the_place(menu):
    with pytest.raises(BadMenu) as caught:
        load(yaml.safe_dump({"buttons": menu}))
    assert caught.value.where.startswith("buttons")
    assert caught.value.why


@pytest.mark.parametrize("text", ["[", "!!python/object/apply:os.system ['true']", "a: b: c"])
def test_text_that_is_no_yaml(text):
    with pytest.raises(BadMenu, match="not YAML"):
        load(text)


@pytest.mark.parametrize(
    "conditional",
    [{"tag": "x"}, [{"buttons": many(1)}], [{"tag": "", "buttons": many(1)}], [{"tag": "a", "buttons": many(4)}]]
    + [[{"tag": "a", "buttons": many(1)}] * 2, ["x"], [{"tag": "a", "buttons": many(1), "sex": 1}]]
    + [[{"tag": str(n), "buttons": many(1)} for n in range(6)]],
    ids=range(8),
)
def test_broken_conditional_menu_names_the_place(conditional):
    with pytest.raises(BadMenu, match="conditional"):
        load(yaml.safe_dump({"buttons": many(1), "conditional": conditional}))


@pytest.mark.parametrize("text", ["- {name: a, key: b}", "menu: []", "", "buttons: []\nmore: 1"])
def test_text_without_the_parts_of_a_menu(text):
    with pytest.raises(BadMenu, match="buttons"):
        load(text)


def test_all_menus_are_replaced_the_one_for_everybody_first(api, wechat):
    wechat.raw["tags/get"] = {"tags": [{"id": 2, "name": "星标组"}, {"id": 134, "name": "家属"}]}
    wechat.raw["menu/get"] = {"menu": {}, "conditionalmenu": [{"menuid": 7001, "button": []}]}
    push(api, load(GOOD, "https://peizhen.cn"))
    paths = [path for path, *_ in wechat.calls]
    assert paths == ["tags/get", "menu/get", "menu/create", "menu/delconditional", "menu/addconditional"]
    assert b'"menuid": "7001"' in wechat.calls[3][2]
    assert b'"matchrule": {"tag_id": "134"}' in wechat.calls[4][2]


def test_an_unknown_tag_changes_nothing(api, wechat):
    wechat.raw["tags/get"] = {"tags": []}
    with pytest.raises(PlatformRefused, match="unknown_tag"):
        push(api, load(GOOD, "https://peizhen.cn"))
    assert [path for path, *_ in wechat.calls] == ["tags/get"]


def test_what_wechat_has_and_an_account_without_a_menu(api, wechat):
    wechat.raw["menu/get"] = {"menu": {"button": []}}
    assert shown(api) == {"menu": {"button": []}}
    del wechat.raw["menu/get"]
    wechat.codes["menu/get"] = 46003
    assert shown(api) == {}
