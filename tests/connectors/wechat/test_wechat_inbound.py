"""Every raw message of the vectors, and XML that must end in Malformed with a reason."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.wechat.errors import Malformed
from connectors.wechat.inbound import parse

KIND_OF = {"shortvideo": "video", "notsure": "unknown"}


def field(raw, name):
    """A field of the raw message by plain search, so that the parser is not checked against itself."""
    if f"<{name}>" not in raw:
        return ""
    inner = raw.split(f"<{name}>", 1)[1].split(f"</{name}>", 1)[0]
    return inner.replace("<![CDATA[", "").replace("]]>", "").strip()


def test_published_message(published_raw):
    raw = published_raw["raw_xml"]
    message = parse(raw.encode())
    wire = field(raw, "MsgType")
    assert message.kind == KIND_OF.get(wire, wire)
    assert message.event == field(raw, "Event").lower()
    assert message.openid == field(raw, "FromUserName")
    assert message.created == int(field(raw, "CreateTime"))
    assert message.event_key == (field(raw, "EventKey") if message.event else "")
    assert len(message.key) == 64


def test_own_message(own_raw):
    message = parse(own_raw["raw_xml"].encode())
    assert {name: getattr(message, name) for name in own_raw["expect"]} == own_raw["expect"]


def test_nested_and_repeated_fields_are_flattened(message_xml):
    raw = message_xml("event", Event="subscribe_msg_popup_event").replace(
        "</xml>",
        "<SubscribeMsgPopupEvent><List><TemplateId>t1</TemplateId></List>"
        "<List><TemplateId>t2</TemplateId></List></SubscribeMsgPopupEvent></xml>",
    )
    assert parse(raw.encode()).extra == {
        "SubscribeMsgPopupEvent.List.0.TemplateId": "t1",
        "SubscribeMsgPopupEvent.List.1.TemplateId": "t2",
    }


def test_location_and_media_fields(message_xml):
    place = parse(message_xml("location", Location_X="31.2", Location_Y="121.4", Label="医院").encode())
    assert (place.extra["Location_X"], place.extra["Label"]) == ("31.2", "医院")
    image = parse(message_xml("image", MediaId="m1", PicUrl="http://x/y").encode())
    assert (image.media_id, image.url) == ("m1", "http://x/y")
    link = parse(message_xml("link", Url="https://x/z", Title="t").encode())
    assert link.url == "https://x/z"


def replaced(raw, old, new):
    assert old in raw
    return raw.replace(old, new)


def bad_cases(xml):
    good = xml(Content="你好")
    event = xml("event", Event="CLICK", EventKey="k")
    return {
        "empty": b"",
        "blank": b" \n ",
        "not XML": b"hello",
        "JSON": b'{"MsgType":"text"}',
        "JSON list": b"[1]",
        "other root": b"<a/>",
        "empty root": b"<xml/>",
        "bad UTF-8": good.encode().replace("你好".encode(), b"\xff\xfe\xfa"),
        "GBK": good.encode("gbk"),
        "NUL": good.replace("你好", "你\0好").encode(),
        "NUL as a reference": replaced(good, "<![CDATA[你好]]>", "&#0;").encode(),
        "truncated": good[:-20].encode(),
        "two roots": (good + good).encode(),
        "20,000 deep": ("<xml>" * 20000 + "</xml>" * 20000).encode(),
        "40 deep": replaced(good, "</xml>", "<a>" * 40 + "</a>" * 40 + "</xml>").encode(),
        "5,000 elements": ("<xml>" + "<b/>" * 5000 + "</xml>").encode(),
        "no MsgType": replaced(good, "<MsgType><![CDATA[text]]></MsgType>", "").encode(),
        "empty MsgType": replaced(good, "<![CDATA[text]]>", "").encode(),
        "nested MsgType": replaced(good, "<![CDATA[text]]>", "<a>text</a>").encode(),
        "doubled MsgType": replaced(good, "</MsgType>", "</MsgType><MsgType>event</MsgType>").encode(),
        "doubled Content": replaced(good, "</Content>", "</Content><Content>x</Content>").encode(),
        "nested Content": replaced(good, "<![CDATA[你好]]>", "<b>x</b>").encode(),
        "nested Event": replaced(event, "<![CDATA[CLICK]]>", "<b>CLICK</b>").encode(),
        "empty Event": replaced(event, "<![CDATA[CLICK]]>", "").encode(),
        "Event that is text": replaced(event, "CLICK", "C L").encode(),
        "CreateTime abc": xml(created="abc").encode(),
        "CreateTime 1e17": xml(created="1e17").encode(),
        "CreateTime long": xml(created="9" * 17).encode(),
        "CreateTime negative": xml(created="-1").encode(),
        "no CreateTime": replaced(good, "CreateTime", "Created").encode(),
        "no sender": xml(openid="").encode(),
        "sender that is markup": xml(openid="a b").encode(),
        "MsgId with spaces": xml(message_id="1 2").encode(),
        "entity": b'<!DOCTYPE xml [<!ENTITY a "x">]>' + replaced(good, "<![CDATA[你好]]>", "&a;").encode(),
        "external entity": b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hosts">]>'
        + replaced(good, "<![CDATA[你好]]>", "&a;").encode(),
        "bare doctype": b"<!DOCTYPE xml>" + good.encode(),
        "unknown entity": replaced(good, "<![CDATA[你好]]>", "&nbsp;").encode(),
        "billion laughs": b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><xml>&b;</xml>',
    }


NAMES = list(
    bad_cases(
        lambda *_, **__: (
            "<xml><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[你好]]></Content>"
            "<Event><![CDATA[CLICK]]></Event><CreateTime></CreateTime></xml>"
        )
    )
)


@pytest.mark.parametrize("name", NAMES)
def test_unreadable_post_is_malformed_with_a_reason(name, message_xml):
    with pytest.raises(Malformed) as caught:
        parse(bad_cases(message_xml)[name])
    assert caught.value.reason
    assert "你好" not in caught.value.reason


def test_a_nul_has_its_own_reason(message_xml):
    with pytest.raises(Malformed, match="nul"):
        parse(bad_cases(message_xml)["NUL"])


def test_declared_encodings_and_byte_order_marks_do_not_matter(message_xml):
    for head in ('<?xml version="1.0" encoding="gbk"?>', "\ufeff", '\n<?xml version="1.0"?>'):
        assert parse((head + message_xml(Content="你好")).encode()).text == "你好"


def test_slash_text_and_odd_text_stay_text(message_xml):
    for text in ("/restart", '/book{"department":"骨科"}', "😀😀", "\u200b\u200b", "痛" * 5000, ""):
        message = parse(message_xml(Content=text).encode())
        assert (message.kind, message.text) == ("text", text)


def key(xml):
    return parse(xml.encode()).key


def test_same_message_has_the_same_key_and_another_has_not(message_xml):
    first = key(message_xml(Content="a"))
    assert first == key(message_xml(Content="a"))
    assert first == key(message_xml(Content="a", created=1))  # MsgId alone decides
    assert first != key(message_xml(Content="a", message_id="7002"))


def test_events_are_told_apart_by_user_second_event_and_key(message_xml):
    base = {"Event": "CLICK", "EventKey": "book"}
    first = key(message_xml("event", **base))
    assert first == key(message_xml("event", **{**base, "Event": "click"}))
    others = [
        message_xml("event", **base, openid="oUserTwo"),
        message_xml("event", **base, created=2),
        message_xml("event", **{**base, "EventKey": "queue"}),
        message_xml("event", **{**base, "Event": "VIEW"}),
        message_xml("event", **base, MsgID="12"),
    ]
    assert len({first, *map(key, others)}) == 6


@pytest.mark.parametrize("no_id", [None, "0"])
def test_message_without_an_id_is_told_apart_by_its_content(no_id, message_xml):
    first = key(message_xml(message_id=no_id, Content="满意"))
    assert first == key(message_xml(message_id=no_id, Content="满意"))
    assert first != key(message_xml(message_id=no_id, Content="不满意"))
    assert first != key(message_xml(message_id=no_id, Content="满意", created=3))
    assert first != key(message_xml(message_id=no_id, Content="满意", openid="oUserTwo"))


def test_a_message_does_not_print_what_the_user_wrote(message_xml):
    shown = repr(parse(message_xml(Content="我得了病", openid="oSecret").encode()))
    assert "我得了病" not in shown
    assert "oSecret" not in shown


@given(st.binary(max_size=400))
def test_any_bytes_end_in_malformed(raw):
    with pytest.raises(Malformed):
        parse(raw)


@given(st.text(alphabet=st.sampled_from("<>/xml&;![]CDAT一 \"'=\0\x0b#0a"), max_size=200))
def test_any_markup_inside_is_read_or_malformed(inner):
    names = "<ToUserName>a</ToUserName><FromUserName>b</FromUserName><CreateTime>1</CreateTime>"
    head = f"<xml>{names}<MsgType>text</MsgType>"
    try:
        assert parse(f"{head}{inner}</xml>".encode()).kind == "text"
    except Malformed as error:
        assert error.reason  # noqa: PT017 - either outcome is right, nothing else is
