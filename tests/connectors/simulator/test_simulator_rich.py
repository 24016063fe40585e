"""What a reply's text becomes: WeChat's few links, all else stays text."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from connectors.simulator.paths import own_path
from connectors.simulator.rich import parts_of, plain_of

HOSTS = {"localhost:8000"}


def test_a_quick_reply_carries_its_content_and_id() -> None:
    href = f"weixin://bizmsgmenu?msgmenucontent={quote('预约 & <明天>', safe='')}&msgmenuid=a%2F1"
    assert parts_of(f'选一个\n1. <a href="{href}">明天上午</a>', HOSTS) == [
        {"t": "text", "text": "选一个\n1. "},
        {"t": "reply", "text": "明天上午", "content": "预约 & <明天>", "id": "a/1"},
    ]


def test_escaped_ampersands_in_an_address_are_read() -> None:
    part = parts_of("<a href='weixin://bizmsgmenu?msgmenucontent=A&amp;msgmenuid=1'>甲</a>", HOSTS)[0]
    assert (part["content"], part["id"]) == ("A", "1")


@pytest.mark.parametrize(
    "text",
    [
        "<b>粗</b>",
        "<script>alert(1)</script>",
        '<img src=x onerror="alert(1)">',
        "1 < 2 & 3 > 2",
        "&lt;a&gt;",
        '<a href="http://localhost:8000/">没有结尾',
        "**粗** # 题",
    ],
)
def test_other_markup_stays_the_characters_it_is(text: str) -> None:
    assert plain_of(parts_of(text, HOSTS)) == text


@pytest.mark.parametrize(
    "href",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        " javascript:alert(1)",
        "java\tscript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "tel:;rm",
        "http:evil",
        "",
        "https://evil.example/ x",
        "//evil.example/",
        "https:\\\\evil.example",
    ],
)
def test_a_dangerous_address_leaves_only_its_label(href: str) -> None:
    assert parts_of(f'<a href="{href}">点我</a>', HOSTS) == [{"t": "text", "text": "点我"}]


@pytest.mark.parametrize(
    ("href", "part"),
    [
        ("http://localhost:8000/h5/a?b=1#c", {"t": "page", "text": "看", "path": "/h5/a?b=1#c"}),
        ("/h5/a", {"t": "page", "text": "看", "path": "/h5/a"}),
        ("https://elsewhere.example/a", {"t": "link", "text": "看", "url": "https://elsewhere.example/a"}),
        ("tel:120", {"t": "call", "text": "看", "number": "120"}),
    ],
)
def test_addresses_lead_where_they_should(href: str, part: dict[str, str]) -> None:
    assert parts_of(f'<a href="{href}">看</a>', HOSTS) == [part]


def test_a_bare_address_can_be_tapped() -> None:
    assert parts_of("见 http://localhost:8000/h5/a，谢谢", HOSTS) == [
        {"t": "text", "text": "见 "},
        {"t": "page", "text": "http://localhost:8000/h5/a", "path": "/h5/a"},
        {"t": "text", "text": "，谢谢"},
    ]


def test_a_long_text_full_of_half_links_is_read_quickly() -> None:
    text = "<a href=" * 5000
    assert plain_of(parts_of(text, HOSTS)) == text


FOREIGN = [
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "http://evil.example/",
    "http://localhost:8000@evil.example/",
    "http://localhost:8000.evil.example/",
    "https://localhost:8001/",
    "javascript:alert(1)",
    "/a\r\nSet-Cookie: x=1",
    "/a\tb",
    "http://localhost:8000//evil.example",
    "http://localhost:8000/\\evil.example",
    "http://[",
    "",
    "/" + "a" * 3000,
    "ftp://localhost:8000/",
    "h5/relative",
]


@pytest.mark.parametrize("url", FOREIGN)
def test_no_address_leads_away_from_our_origin(url: str) -> None:
    path = own_path(url, HOSTS)
    assert path is None or (path.startswith("/") and not path.startswith("//") and "\\" not in path)
    assert path is None or "evil" not in path
