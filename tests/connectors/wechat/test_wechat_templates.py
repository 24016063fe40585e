"""Template fields by type."""

from __future__ import annotations

import pytest

from connectors.wechat.templates import BadField, fill, thing

GOOD = [
    ("thing1", "骨科门诊"),
    ("thing20", "字" * 20),
    ("character_string3", "B-20261121/08"),
    ("character_string3", "x" * 32),
    ("time2", "15:01"),
    ("time2", "2026年11月22日 09:30"),
    ("time2", "2026-11-22 09:30"),
    ("time2", "2026年11月22日"),
    ("time2", "09:30~10:00"),
    ("date4", "2026年11月22日"),
    ("amount5", "¥12.50"),
    ("amount5", "12元"),
    ("amount5", "12"),
    ("phone_number6", "010-12345678"),
    ("name7", "李*龙"[:1]),
    ("name7", "欧阳小明"),
    ("name7", "Li Long"),
    ("phrase8", "已预约"),
    ("number9", "12.5"),
    ("letter1", "ABC"),
    ("const2", "挂号成功"),
    ("car_number1", "京A12345"),
]
BAD = [
    ("thing1", "字" * 21),
    ("thing1", ""),
    ("thing1", "  "),
    ("thing1", "一\n二"),
    ("thing1", "好😀"),
    ("thing1", "a\x00"),
    ("character_string3", "x" * 33),
    ("character_string3", "号12"),
    ("character_string3", " a"),
    ("time2", "明天上午"),
    ("time2", "2026年11月22日09点"),
    ("time2", "١٥:٠١"),
    ("date4", "15:01"),
    ("amount5", "免费"),
    ("amount5", "1" * 11),
    ("amount5", "1.234"),
    ("phone_number6", "1" * 18),
    ("phone_number6", "电话"),
    ("name7", "字" * 11),
    ("name7", "张3"),
    ("phrase8", "预约成功啦啦"),
    ("phrase8", "ok"),
    ("number9", "1e5"),
    ("number9", "1" * 33),
    ("letter1", "a1"),
    ("first", "x"),
    ("remark", "x"),
    ("thing", "x"),
    ("keyword1", "x"),
    ("Thing1", "x"),
    ("car_number1", "京A1234567"),
]


@pytest.mark.parametrize(("field", "value"), GOOD)
def test_good_value_passes_unchanged(field, value):
    assert fill({field: value}) == {field: {"value": value}}


@pytest.mark.parametrize(("field", "value"), BAD)
def test_bad_value_is_named_and_not_repeated(field, value):
    with pytest.raises(BadField) as caught:
        fill({field: value})
    assert caught.value.field == field
    assert str(caught.value) == f"{field}: {caught.value.why}"


def test_constant_must_be_an_approved_word():
    words = {"const2": frozenset({"挂号成功", "已取消"})}
    assert fill({"const2": "已取消"}, words) == {"const2": {"value": "已取消"}}
    with pytest.raises(BadField, match="approved"):
        fill({"const2": "大概成功"}, words)


def test_thing_shortens_to_what_passes():
    long = thing("神经内科\n（脑血管病、头痛、眩晕）专家门诊三楼😀东侧")
    assert len(long) == 20
    assert fill({"thing1": long})["thing1"]["value"].endswith("…")
    assert thing("骨科") == "骨科"
