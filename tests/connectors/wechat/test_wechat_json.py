"""The same messages in JSON, for accounts that chose that data format."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.wechat.document import read, write
from connectors.wechat.errors import Malformed
from connectors.wechat.inbound import parse

SUCCESS = b"success"
TEXT = {
    "ToUserName": "gh_own",
    "FromUserName": "oUserOne",
    "CreateTime": 1790000000,
    "MsgType": "text",
    "Content": "挂号",
    "MsgId": 24300000000000001,
}
RAW = json.dumps(TEXT, ensure_ascii=False)


def parsed(**changes):
    return parse(json.dumps({**TEXT, **changes}).encode())


def test_a_message_is_the_same_in_both_formats(message_xml):
    """Whoever changes the data format in the console while a message is tried again gets it done once."""
    assert parsed(MsgId=7001) == parse(message_xml(Content="挂号").encode())


def test_numbers_keep_the_digits_they_were_written_with():
    place = parse(RAW.replace('"挂号"', 'null, "Location_X": 23.134500').encode())
    assert (place.text, place.extra["Location_X"]) == ("", "23.134500")


def test_lists_and_objects_are_flattened_as_in_xml():
    popup = {"List": [{"TemplateId": "t1"}, {"TemplateId": "t2", "Asked": True}]}
    assert parsed(MsgType="event", Event="subscribe_msg_popup_event", SubscribeMsgPopupEvent=popup).extra == {
        "SubscribeMsgPopupEvent.List.0.TemplateId": "t1",
        "SubscribeMsgPopupEvent.List.1.TemplateId": "t2",
        "SubscribeMsgPopupEvent.List.1.Asked": "true",
    }


@pytest.mark.parametrize("said", ["牙\x0b疼", "牙\ud83d疼", "牙\uffff疼"])
def test_signs_that_cannot_be_stored_do_not_cost_the_message(said):
    assert parsed(Content=said).text == "牙疼"


def deep(levels):
    return "[" * levels + "]" * levels


BAD = {
    "broken": "{",
    "a list": "[1]",
    "a deep list": deep(5000),
    "a deep field": RAW.replace('"挂号"', deep(40)),
    "deep objects": '{"a":' * 9000,
    "5,000 fields": json.dumps({f"a{n}": 1 for n in range(5000)}),
    "doubled": '{"MsgType": "text", "MsgType": "event"}',
    "NUL": json.dumps({**TEXT, "Content": "a\0b"}),
    "not a number": RAW.replace("1790000000", "NaN"),
    "CreateTime 1e17": RAW.replace("1790000000", "1e17"),
    "CreateTime that is an object": json.dumps({**TEXT, "CreateTime": {"a": 1}}),
    "a name that is markup": json.dumps({**TEXT, "<a>": 1}),
    "a very long number": RAW.replace("1790000000", "9" * 60000),
    "after the end": RAW + "x",
}


@pytest.mark.parametrize("name", BAD)
def test_unreadable_json_is_malformed_with_a_reason(name):
    with pytest.raises(Malformed) as caught:
        parse(BAD[name].encode())
    assert caught.value.reason
    assert "挂号" not in caught.value.reason


@settings(max_examples=40)
@given(
    st.recursive(st.none() | st.booleans() | st.text(max_size=9), lambda x: st.lists(x) | st.dictionaries(st.text(), x))
)
def test_any_json_is_malformed_or_a_message(value):
    with pytest.raises(Malformed):
        parse(json.dumps(value).encode())


def test_a_reply_with_articles_is_drawn_up_in_json():
    card = "<item><Title><![CDATA[骨科]]></Title><Url>https://a.cn</Url></item>"
    xml = f"<xml><CreateTime>17</CreateTime><ArticleCount>1</ArticleCount><Articles>{card}</Articles></xml>"
    articles = [{"Title": "骨科", "Url": "https://a.cn"}]
    assert json.loads(write(xml, "json")) == {"CreateTime": 17, "ArticleCount": 1, "Articles": articles}
    assert write(xml, "xml") == xml.encode()
    assert read(write(xml, "json")).one("CreateTime") == "17"


def test_the_reply_to_json_is_json(house):
    response = house.wire.post_json(house.client, TEXT)
    assert response.headers["Content-Type"] == "application/json; charset=utf-8"
    outer = json.loads(response.data)
    assert (set(outer), type(outer["TimeStamp"])) == ({"Encrypt", "MsgSignature", "TimeStamp", "Nonce"}, int)
    assert json.loads(house.wire.read(response.data)) == {
        "ToUserName": "oUserOne",
        "FromUserName": "gh_own",
        "CreateTime": house.clock.now,
        "MsgType": "text",
        "Content": "您好",
    }


def test_json_that_is_tried_again_gets_the_same_bytes(house):
    first, second = (house.wire.post_json(house.client, TEXT) for _ in range(2))
    assert (first.data, first.headers["Content-Type"]) == (second.data, second.headers["Content-Type"])
    assert house.handler.started == [1]


def test_a_plain_account_answers_json_in_json(make_house):
    house = make_house(account={"safe": False, "aes_key": ""})
    response = house.client.post(house.wire.url(), json=TEXT)
    assert json.loads(response.data)["Content"] == "您好"
    assert house.client.post(house.wire.url("x"), json={"Encrypt": "x"}).status_code == 403
