"""One vocabulary of messages, drawn as passive XML and as customer-service JSON."""

from __future__ import annotations

import json
import re
import time
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.wechat.cleaning import cleaned
from connectors.wechat.keeping import MORE, asks, there_is_more, ticket
from connectors.wechat.outbound import PARTS, compose, customer_payloads, passive_xml, render, spread
from connectors.wechat.text import LIMIT

HOSTS = ("h.cn",)
CARD = {
    "title": "怎么吃<药>",
    "description": "**少**吃咸",
    "url": "https://h.cn/a?x=1&y=2",
    "picture": "https://h.cn/p.jpg",
}
MARKS = st.lists(
    st.sampled_from(
        [
            "**",
            "*",
            "__",
            "~~",
            "`",
            "```\n",
            "# ",
            "\n",
            "- ",
            "[",
            "](",
            ")",
            "!",
            "https://evil.com/a",
            "evil.com",
            "h.cn",
        ]
        + ["]]>", "<a href=", ">", "词", "a", " ", "。", "110101********1234", "&lt;", "\u202e", "\x0b"]
    ),
    max_size=40,
).map("".join)


def xml_of(piece):
    return ET.fromstring(passive_xml(piece, to="o", sender="g", at=1))


def words(messages, **options):
    return render(compose(messages, **options).first)


# Every kind, twice


def test_a_card():
    (piece,) = [compose([{"articles": [CARD]}]).first]
    root = xml_of(piece)
    assert root.findtext("MsgType") == "news"
    assert root.findtext("ArticleCount") == "1"
    item = root.find("Articles/item")
    assert [(e.tag, e.text) for e in item] == [
        ("Title", "怎么吃<药>"),
        ("Description", "少吃咸"),
        ("PicUrl", "https://h.cn/p.jpg"),
        ("Url", "https://h.cn/a?x=1&y=2"),
    ]
    (payload,) = customer_payloads({"articles": [CARD]})
    assert payload["msgtype"] == "news"
    assert payload["news"]["articles"][0] == {
        "title": "怎么吃<药>",
        "description": "少吃咸",
        "url": "https://h.cn/a?x=1&y=2",
        "picurl": "https://h.cn/p.jpg",
    }


def test_a_picture():
    piece = compose([{"image": {"media_id": "MEDIA-1_x"}}]).first
    assert xml_of(piece).findtext("Image/MediaId") == "MEDIA-1_x"
    assert customer_payloads(piece) == [{"msgtype": "image", "image": {"media_id": "MEDIA-1_x"}}]


@pytest.mark.parametrize(
    "image", [b"\x89PNG", {}, {"media_id": ""}, {"media_id": "a]]>b"}, None, {"media_id": "x" * 201}]
)
def test_what_is_no_picture_is_left_out(image):
    assert compose([{"text": "图", "image": image}]).first == {"text": "图"}


def test_a_place_is_words_and_a_link_to_the_map():
    place = {"latitude": 31.2304, "longitude": 121.4737, "name": "门诊楼 A&B", "address": "和平路 1 号"}
    said = words([{"text": "医院在这里", "location": place}])
    assert said.startswith('医院在这里\n📍 门诊楼 A&B\n和平路 1 号\n<a href="https://apis.map.qq.com/uri/v1/marker?')
    assert "coord:31.2304,121.4737;title:%E9%97%A8%E8%AF%8A%E6%A5%BC%20A%26B;addr:" in said
    assert said.endswith(">查看地图</a>")
    assert customer_payloads({"location": place})[0]["msgtype"] == "text"


def test_a_transfer_is_a_passive_reply_alone():
    assert xml_of(compose([{"transfer": {}}]).first).findtext("MsgType") == "transfer_customer_service"
    assert xml_of(compose([{"transfer": {}}]).first).find("TransInfo") is None
    assert customer_payloads({"text": "稍等", "transfer": {}}) == [{"msgtype": "text", "text": {"content": "稍等"}}]
    assert spread([{"transfer": {}}]) == ([], [])


def test_text_picture_and_card_of_one_answer_keep_their_order():
    answer = compose([{"text": "看图"}, {"image": {"media_id": "m"}}, {"articles": [CARD]}, {"text": "还有吗"}])
    parts = [answer.first, *answer.rest]
    assert [next(iter(part)) for part in parts] == ["text", "image", "articles", "text"]
    assert answer.kept == []
    kinds = [payload["msgtype"] for part in answer.rest for payload in customer_payloads(part)]
    assert kinds == ["image", "news", "text"]


def test_within_one_message_the_choices_come_last():
    answer = compose([{"text": "这是趋势", "image": {"media_id": "m"}, "choices": [{"label": "看别的", "id": "1"}]}])
    assert [next(iter(part)) for part in [answer.first, *answer.rest]] == ["image", "text"]
    assert answer.rest[0]["choices"]


def test_a_link_and_words_after_it_share_one_reply():
    answer = compose(
        [{"text": "报告已出", "link": {"title": "看报告", "url": "https://h.cn/r"}}, {"text": "还要别的吗？"}]
    )
    assert render(answer.first) == '报告已出\n<a href="https://h.cn/r">看报告</a>\n\n还要别的吗？'
    assert answer.rest == answer.kept == []
    assert customer_payloads(answer.first)[0]["text"]["content"] == render(answer.first)


# Limits


def test_behaviour_08_pictures_beyond_the_fourth_part_wait_behind_words():
    answer = compose([{"image": {"media_id": f"m{n}"}} for n in range(6)])
    assert [piece.get("image", {}).get("media_id") for piece in [answer.first, *answer.rest]] == [
        "m0",
        "m1",
        "m2",
        None,
    ]
    assert MORE in render(answer.rest[-1])
    assert [piece["image"]["media_id"] for piece in answer.kept] == ["m3", "m4", "m5"]


def test_behaviour_08_forty_choices_keep_their_numbers_over_every_part():
    choices = [{"label": "科" * 40, "id": f"9-{n}-abcdefgh"} for n in range(1, 41)]
    messages, numbers = [{"text": "选一个", "choices": choices}], []
    for _ in range(40):
        answer = compose(messages, later=False)
        numbers += [int(n) for n in re.findall(r"^(\d+)\. <a", render(answer.first), re.MULTILINE)]
        assert len(render(answer.first).encode()) <= LIMIT
        messages = json.loads(json.dumps(answer.kept))
        if not messages:
            break
    assert numbers == [*range(1, 41)]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(min_size=1, max_size=2500), min_size=1, max_size=12), st.booleans())
def test_behaviour_08_every_part_is_short_enough_and_nothing_is_lost(texts, later):
    """Also what was stored as JSON and composed again, however often."""
    messages, heard = [{"text": text} for text in texts], []
    for _ in range(200):
        answer = compose(messages, later=later)
        parts = [part for part in [answer.first, *answer.rest] if part]
        assert len(parts) <= (PARTS if later else 1)
        payloads = [payload for part in parts for payload in customer_payloads(json.loads(json.dumps(part)))]
        contents = [payload["text"]["content"] for payload in payloads]
        assert len(contents) == len(parts)
        assert all(len(content.encode()) <= LIMIT for content in contents)
        heard += contents
        messages = json.loads(json.dumps(answer.kept))
        if not messages:
            break
    said = "".join("".join(part.replace(render(there_is_more()), "").split()) for part in heard)
    assert said == "".join("".join(cleaned(text).split()) for text in texts)


# Words


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("**注意：**请**空腹**抽血", "注意：请空腹抽血"),
        ("# 检查前\n## 要点\n正文", "检查前\n要点\n正文"),
        ("吃 `阿司匹林` 前", "吃 阿司匹林 前"),
        ("```text\n早上一片\n```", "早上一片"),
        ("* 一\n* 二", "· 一\n· 二"),
        ("见[官网](https://evil.com/a)", "见官网"),
        ("见[官网](https://h.cn/b)", "见官网（https://h.cn/b）"),
        ("![图](https://evil.com/i.png)看", "图看"),
        ("~~旧~~ __新__", "旧 新"),
        ("上\n---\n下", "上\n下"),
    ],
)
def test_behaviour_09_markdown_becomes_plain_words(text, shown):
    assert words([{"text": text}], hosts=HOSTS) == shown


@pytest.mark.parametrize(
    "text",
    ["李** 和 张**，110101**********1234", "C# 和 #1 诊室", "2*3*4", "血压<120/80", "a_b_c", "37.5℃，0.5mg，3.5元/次"],
)
def test_behaviour_09_what_only_looks_like_markup_stays(text):
    assert words([{"text": text}]) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("看 https://evil.com/x?y=1。", "看 evil．com/x?y=1。"),
        ("看www.evil.com吧", "看www．evil．com吧"),
        ("evil.com/abc", "evil．com/abc"),
        ("weixin://dl/business?t=x", "dl/business?t=x"),
        ("javascript://h.cn/%0aalert(1)", "h．cn/%0aalert(1)"),
        ("https://h.cn@evil.com/", "h．cn@evil．com/"),
        ("https://h.cn.evil.com", "h．cn．evil．com"),
        ("https://evilh.cn/", "evilh．cn/"),
        ("电话12345https://evil.com/x", "电话12345evil．com/x"),
        ("HTTPS://EVIL.COM/", "EVIL．COM/"),
        ("https://h.cn/h5/me 和 http://www.h.cn/a", "https://h.cn/h5/me 和 http://www.h.cn/a"),
    ],
)
def test_behaviour_09_addresses_of_foreign_hosts_cannot_be_tapped(text, shown):
    assert words([{"text": text}], hosts=HOSTS) == shown


def test_behaviour_09_only_our_builder_makes_links():
    hostile = '<a href="https://h.cn/">点</a>]]></Content><a\nhref=x>'
    for message in ({"text": hostile}, {"articles": [{**CARD, "title": hostile, "description": hostile}]}):
        raw = passive_xml(compose([message], hosts=HOSTS).first, to="o", sender="g", at=1)
        assert not re.search(r"(?i)<a[\s>]", raw)
        assert len(list(ET.fromstring(raw).iter("MsgType"))) == 1


@settings(max_examples=150, deadline=None)
@given(MARKS | st.text(max_size=200))
def test_behaviour_09_cleaning_is_done_once_and_for_all(text):
    once = cleaned(text, HOSTS)
    assert cleaned(once, HOSTS) == once
    assert not re.search(r"(?i)https?://(?!h\.cn|[\w.-]*\.h\.cn)|<\s*a|]]>|[\x00-\x09\x0b-\x1f\u202a-\u202e]", once)
    ET.fromstring(passive_xml({"text": once}, to="o", sender="g", at=1))


# Quick replies of our own


@pytest.mark.parametrize(
    ("text", "menu_id", "wish"),
    [
        ("查看回复", "", "view"),
        ("“查看回复”", "", "view"),
        ("随便", "kept.view", "view"),
        ("继续", "", "more"),
        ("继续。", "", "more"),
        ("继续", "kept.more", "more"),
        ("继续", "12-1-abcdefgh", ""),
        ("查看回复", "12-1-abcdefgh", ""),
        ("继续吧", "", ""),
        ("", "", ""),
    ],
)
def test_behaviour_10_what_asks_for_what_was_kept(text, menu_id, wish):
    assert asks(text, menu_id) == wish


def test_behaviour_10_our_own_quick_replies_can_be_tapped_and_typed():
    assert re.fullmatch(
        r'.+回复 1。\n1\. <a href="weixin://bizmsgmenu\?msgmenucontent=\S+">查看回复</a>', render(ticket())
    )
    assert not re.search(r"^\d", render(there_is_more()), re.MULTILINE)  # numbers are the answer's own
    assert "直接回复“继续”" in render(there_is_more())


def test_links_stand_under_their_words_and_choices_end_the_message():
    message = {
        "text": "请付款",
        "link": {"title": "去支付", "url": "https://h.cn/p"},
        "choices": [{"label": "取消", "id": "1"}],
    }
    lines = words([message]).split("\n")
    assert [bool(re.search(mark, line)) for mark, line in zip(("请付款", "去支付", "取消"), lines, strict=True)] == [
        True
    ] * 3
    assert customer_payloads(message)[0]["text"]["content"].split("\n") == lines


@pytest.mark.parametrize("mark", ["**a ", "[a](", "a.b.", "https://", "__a ", "__a_b ", "~~a ", "`a", "*" * 4, "# "])
def test_behaviour_09_no_words_take_long_to_clean(mark):
    def seconds(count):
        began = time.thread_time()
        cleaned(mark * count)
        cleaned("[" * count + "a" + "](b)" * count)
        return time.thread_time() - began

    few, many = (min(seconds(count) for _ in range(3)) for count in (500, 5000))
    assert many < 10 * 4 * max(few, 0.001)  # in proportion it is 10, were it quadratic 100
