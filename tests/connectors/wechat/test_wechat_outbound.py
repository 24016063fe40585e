"""Text that fits, links that work, and nothing that a message could smuggle in."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.wechat.cleaning import cleaned
from connectors.wechat.keeping import MORE, THERE_IS_MORE
from connectors.wechat.outbound import compose, customer_payloads, passive_xml, render
from connectors.wechat.text import LIMIT, plain, split

ANCHOR = re.compile(r'<a href="([^"<>]*)">([^<>]*)</a>')
TEXTS = st.text(max_size=3000) | st.lists(
    st.sampled_from(
        [
            "骨科门诊在三楼。",
            "请带身份证，",
            "\n",
            "\n\n",
            "https://a.cn/x?y=1",
            "👩‍👧",
            "e\u0301",
            "🇨🇳",
            "<a>",
            "]]>",
            "a",
        ]
    ),
    max_size=400,
).map("".join)


def size(text):
    return len(text.encode())


def said(messages, **options):
    """(the words of the passive reply, everything after it)."""
    answer = compose(messages, **options)
    return (render(answer.first) if answer.first else "", [*answer.rest, *answer.kept])


def content_of(xml):
    fields = list(ET.fromstring(xml))
    assert [field.tag for field in fields] == [
        "ToUserName",
        "FromUserName",
        "CreateTime",
        "MsgType",
        "Content",
    ]
    assert fields[3].text == "text"
    return fields[4].text


@settings(max_examples=150, deadline=None)
@given(TEXTS)
def test_parts_fit_and_lose_nothing(text):
    text = plain(text)
    parts = split(text)
    assert "".join(parts) == text
    assert all(0 < size(part) <= LIMIT for part in parts)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=300), st.integers(4, 40))
def test_parts_fit_at_any_limit(text, limit):
    text = plain(text)
    parts = split(text, limit)
    assert "".join(parts) == text
    assert all(0 < size(part) <= limit for part in parts)


@settings(max_examples=100, deadline=None)
@given(st.lists(TEXTS, max_size=4), st.integers(0, 12))
def test_composed_replies_fit_and_carry_every_word(texts, choices):
    messages = [{"text": text} for text in texts]
    messages.append({"choices": [{"label": f"选项{n}", "id": f"c.{n}"} for n in range(choices)]})
    content, rest = said(messages, hosts=["a.cn"])
    parts = [content, *map(render, rest)]
    assert all(size(part) <= LIMIT for part in parts)
    words = "".join("".join(re.sub(r"(\d+\. )?<a [^>]*>[^<]*</a>", "", part).split()) for part in parts)
    assert words.replace(THERE_IS_MORE, "") == "".join("".join(cleaned(text, ["a.cn"]).split()) for text in texts)
    labels = [label for part in parts for _url, label in ANCHOR.findall(part) if label != MORE]
    assert labels == [f"选项{n}" for n in range(choices)]
    ET.fromstring(passive_xml({"text": content}, to="o", sender="g", at=1))


def test_cut_comes_after_a_sentence_when_there_is_one_near():
    text = "每天早上空腹抽血，请不要吃早餐。" * 60
    parts = split(text)
    assert len(parts) > 1
    assert all(part.endswith("。") for part in parts)


def test_paragraph_is_liked_better_than_sentence():
    text = "甲。" * 200 + "\n\n" + "乙。" * 200
    assert split(text)[0] == "甲。" * 200 + "\n\n"


@pytest.mark.parametrize(
    "whole", ["https://h.cn/" + "a" * 300, "👩‍👩‍👧‍👦", "e" + "\u0301" * 5, "👍🏽", "🇨🇳", "1\ufe0f\u20e3"]
)
def test_cut_never_falls_inside(whole):
    filler = "字"
    for shift in range(12):
        text = "x" * shift + filler * 595 + whole * 3 + filler * 300
        parts = split(text)
        assert "".join(parts) == text
        assert sum(part.count(whole) for part in parts) == 3


def test_messages_join_while_they_fit_and_the_rest_goes_on():
    content, rest = said([{"text": "甲"}, {"text": "乙"}, {"text": "丙" * 598}, {"text": "丁"}])
    assert content == "甲\n\n乙"
    assert [render(part) for part in rest] == ["丙" * 598 + "\n\n丁"]
    content, rest = said([{"text": "甲" * 500}, {"text": "乙" * 500}, {"text": "丙"}])
    assert content == "甲" * 500
    assert [render(part) for part in rest] == ["乙" * 500 + "\n\n丙"]


@given(TEXTS)
def test_cleaning_twice_is_cleaning_once(text):
    assert plain(plain(text)) == plain(text)


@pytest.mark.parametrize("nothing", [[], [{}], [{"text": ""}], [{"text": "\n \x00"}], [{"text": None, "choices": []}]])
def test_nothing_to_say(nothing):
    assert said(nothing) == ("", [])


def test_choices_are_numbered_links_that_send_their_label():
    content, _ = said(
        [
            {
                "text": "要做什么？",
                "choices": [{"label": "挂号", "id": "1"}, {"label": "取报告 & 缴费", "id": "a&b=c"}],
            }
        ]
    )
    lines = content.split("\n")
    assert lines[1] == '1. <a href="weixin://bizmsgmenu?msgmenucontent=%E6%8C%82%E5%8F%B7&msgmenuid=1">挂号</a>'
    url, label = ANCHOR.search(lines[2]).groups()
    assert lines[2].startswith("2. ")
    sent = dict(pair.split("=") for pair in url.split("?")[1].split("&"))
    assert {name: unquote(value) for name, value in sent.items()} == {
        "msgmenucontent": "取报告 & 缴费",
        "msgmenuid": "a&b=c",
    }
    assert not set('&<>"') & set(label)


def test_numbers_run_through_one_answer_and_into_its_rest():
    choices = [{"label": f"第{n}个时间段，上午还有号可以挂", "id": f"c{n}"} for n in range(1, 13)]
    content, rest = said([{"text": "甲" * 300, "choices": choices[:6]}, {"text": "乙" * 300, "choices": choices[6:]}])
    lines = "\n".join([content, *map(render, rest)])
    assert [int(n) for n in re.findall(r"^(\d+)\. <a", lines, re.MULTILINE)] == list(range(1, 13))
    assert rest


def test_choice_keeps_the_number_it_brings():
    assert render({"choices": [{"n": 7, "label": "是", "id": "y"}]}).startswith("7. <a")
    assert said([{"choices": [{"n": 7, "label": "是", "id": "y"}]}])[0].startswith("7. <a")


def test_hostile_or_long_labels_stay_one_line_of_text():
    label = '"><a href="https://evil.example">点\n我]]></a>' + "长" * 200
    line = said([{"choices": [{"label": label, "id": "x" * 128}]}])[0]
    (found,) = ANCHOR.findall(line)
    assert found[0].startswith("weixin://bizmsgmenu?")
    assert "\n" not in line
    assert "]]>" not in line
    assert size(line) <= LIMIT


def test_choice_with_a_huge_id_can_still_be_answered_by_number():
    assert said([{"choices": [{"label": "挂号", "id": "x" * 129}]}])[0] == "1. 挂号"


def test_link_is_rendered_and_a_bad_one_is_only_its_title():
    good = {"text": "报告已出", "link": {"title": "查看 <报告>", "url": "https://h.cn/h5/r?a=1&b=2"}}
    assert render(good) == '报告已出\n<a href="https://h.cn/h5/r?a=1&b=2">查看 ＜报告＞</a>'
    for url in (
        "javascript:alert(1)",
        'https://h.cn/"onclick="x',
        "https://h.cn/a b",
        "weixin://x",
        "",
        "https://h.cn/]]>",
        "https://h.cn/" + "a" * 2000,
    ):
        assert render({"link": {"title": "查看", "url": url}}) == "查看"


def test_link_stands_under_the_words_before_what_can_be_chosen():
    choices = [{"label": "取消这个号", "id": "c1"}, {"label": "给家人也挂一个", "id": "c2"}]
    message = {"text": "请在09:55前付款", "link": {"title": "去支付", "url": "https://h.cn/pay"}, "choices": choices}
    for lines in (render(compose([message]).first), customer_payloads(message)[0]["text"]["content"]):
        assert [re.sub("<[^>]*>", "", line) for line in lines.split("\n")] == [
            *("请在09:55前付款", "去支付"),
            *("1. 取消这个号", "2. 给家人也挂一个"),
        ]


ATTACKS = [
    "hi]]></Content><MsgType><![CDATA[image]]></MsgType><Content><![CDATA[",
    '<a href="https://evil.example">点我</a>',
    "<A\nHREF='weixin://bizmsgmenu?msgmenucontent=%E5%8F%96%E6%B6%88'>x</A>",
    "< a href=x>",
    "</a><script>",
    "&lt;a href=x&gt;",
    "&#60;a&#62;",
    "]]\x00>",
    "]]\u202a>",
    "a\x0bb\ud800",
    "\ufeff<\x00a>",
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_text_cannot_become_markup(attack):
    content = content_of(passive_xml(compose([{"text": attack}]).first, to="oUser", sender="gh", at=1))
    assert not re.search(r"<\s*[A-Za-z/!?]|&(#|\w+;)|]]>|[\x00-\x08\x0b-\x1f\ud800-\udfff\u202a-\u202e]", content)
    assert plain(content) == content


def test_plain_keeps_what_patients_need_to_read():
    for text in ("血压<120/80，体温>38℃", "A & B", "第一行\n第二行", "C++ 和 1<2", "👩‍⚕️ 医生"):
        assert plain(text) == text


def test_customer_payloads_carry_the_same_links_unescaped():
    message = {"text": "您好", "choices": [{"label": "挂号", "id": "1"}]}
    (payload,) = customer_payloads(message)
    assert payload == {"msgtype": "text", "text": {"content": said([message])[0]}}
    assert "您好" in json.dumps(payload, ensure_ascii=False)
    long = customer_payloads({"text": "请按时吃药。" * 400})
    assert len(long) == 4
    assert all(size(part["text"]["content"]) <= LIMIT for part in long)
