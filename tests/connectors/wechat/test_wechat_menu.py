"""Menus within WeChat's limits, and every way to break them."""

from __future__ import annotations

import pytest
import yaml

from connectors.wechat.menu import BadMenu, load

GOOD = """
- name: 看病
  sub:
    - {name: 预约挂号, key: book}
    - {name: 我的报告, url: /h5/reports}
- {name: 扫码, key: desk, type: scancode_waitmsg}
- {name: 官网, url: "https://h.cn/"}
"""


def test_menu_becomes_wechats_body():
    assert load(GOOD, "https://peizhen.cn/") == {
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
    assert load(yaml.safe_dump(menu))["button"]


@pytest.mark.parametrize("menu", BROKEN, ids=range(len(BROKEN)))
def test_broken_menu_names_the_place(menu):
    with pytest.raises(BadMenu) as caught:
        load(yaml.safe_dump(menu))
    assert caught.value.where.startswith("menu")
    assert caught.value.why


@pytest.mark.parametrize("text", ["[", "!!python/object/apply:os.system ['true']", "a: b: c"])
def test_text_that_is_no_yaml(text):
    with pytest.raises(BadMenu, match="not YAML"):
        load(text)
