"""What rasa never sees: numbers and names leave a message and come back to their owner only."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from bot import clock
from bot.errors import PeizhenError
from bot.services import codes, vault
from tests.factories import a_card, a_person, someone

ID = "110101199003070011"
PHONE = "13800138000"
PLACED = re.compile(r"⟦(?P<kind>\w+):(?P<ref>v_[0-9a-f]{12})⟧")


@pytest.fixture
def database_url(sqlite_url):
    """SQLite alone: these tests are about words."""
    return sqlite_url


def hide(ports, person, text, expects=None):
    return vault.hide(ports, person_id=person, text=text, expects=expects)


def kept(ports, person, hidden):
    """[(kind, value)] of every placeholder."""
    return [(m["kind"], vault.get(ports, person_id=person, ref=m["ref"])) for m in PLACED.finditer(hidden.text)]


@pytest.mark.parametrize(
    ("text", "kind", "digits"),
    [
        (ID, "id_number", ID),
        ("110101 19900307 0011", "id_number", ID),
        ("110101-19900307-0011", "id_number", ID),
        ("1 1 0 1 0 1 1 9 9 0 0 3 0 7 0 0 1 1", "id_number", ID),
        ("１１０１０１１９９００３０７００１１", "id_number", ID),
        ("11010119900307001X", "id_number", "11010119900307001X"),
        ("11010119900307001x", "id_number", "11010119900307001X"),
        ("１１０１０１１９９００３０７００１Ｘ", "id_number", "11010119900307001X"),
        ("110101\u200b199003070011", "id_number", ID),
        ("身份证110101199003070011，男", "id_number", ID),
        ("ID110101199003070011", "id_number", ID),
        ("sfz11010119900307001X号", "id_number", "11010119900307001X"),
        ("110101 900307 001", "id_number", "110101900307001"),
        ("110101 19900307 001", "id_number", "11010119900307001"),
        (PHONE, "phone", PHONE),
        ("138 0013 8000", "phone", PHONE),
        ("138-0013-8000", "phone", PHONE),
        ("138.0013.8000", "phone", PHONE),
        ("138‑0013‑8000", "phone", PHONE),
        ("1 3 8 0 0 1 3 8 0 0 0", "phone", PHONE),
        ("１３８００１３８０００", "phone", PHONE),
        ("１３８　００１３　８０００", "phone", PHONE),
        ("٠١٣٨٠٠١٣٨٠٠٠"[1:], "phone", PHONE),
        ("tel13800138000", "phone", PHONE),
        ("wechat13800138000abc", "phone", PHONE),
        ("+8613800138000", "phone", "8613800138000"),
        ("+86 138 0013 8000", "phone", "8613800138000"),
        ("K00000001", "card_no", "00000001"),
        ("k0000 0001", "card_no", "00000001"),
        ("6222 0213 4567 8901 234", "card_no", "6222021345678901234"),
        ("62220213456789012345678901", "card_no", "62220213456789012345678901"),
        ("Ｋ００００００１２", "card_no", "00000012"),
    ],
)
def test_a_number_is_hidden_however_it_is_written(ports, text, kind, digits):
    person = a_person(ports)
    sentence = f"您好，麻烦看看这个：{text}，谢谢"
    hidden = hide(ports, person, sentence)
    ((found, value),) = kept(ports, person, hidden)
    assert found == kind
    assert re.sub(r"[^0-9X]", "", value.upper()).removeprefix("X") == digits
    assert not re.search(r"[0-9]{3}", PLACED.sub("", hidden.text))
    assert hidden.text.startswith("您好，麻烦看看这个：")
    assert not hidden.whole


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (f"{ID} {PHONE}", ["id_number", "phone"]),
        (f"{PHONE} {ID}", ["phone", "id_number"]),
        (f"我妈妈的身份证是{ID}，手机{PHONE}，想挂骨科", ["id_number", "phone"]),
        ("138 0013 8000 和 139 0013 9000", ["phone", "phone"]),
        (f"{ID}{PHONE}", ["card_no"]),
    ],
)
def test_two_numbers_in_one_message_are_both_hidden(ports, text, wanted):
    person = a_person(ports)
    hidden = hide(ports, person, text)
    assert [kind for kind, _ in kept(ports, person, hidden)] == wanted
    assert not re.search(r"[0-9]{3}", PLACED.sub("", hidden.text))


@pytest.mark.parametrize(
    "text",
    [
        "血压120/80",
        "血压180/100 心率90",
        "2026-11-23 08:30",
        "挂2026年11月23日上午的号",
        "烧到38.5度两天了",
        "我65岁，体重70",
        "3-5天",
    ],
)
def test_numbers_that_name_nobody_stay(ports, text):
    assert hide(ports, a_person(ports), text).text == text


def test_a_placeholder_of_digits_alone_is_not_hidden_again(ports, monkeypatch):
    """One ref in a hundred holds eight digits in a row and would itself look like a card number."""
    refs = iter(["138001380001", "620000000002", "130000000003"])
    monkeypatch.setattr(vault.secrets, "token_hex", lambda _n: next(refs))
    person = a_person(ports)
    hidden = hide(ports, person, f"{ID}和{PHONE}")
    assert hidden.text == "⟦id_number:v_138001380001⟧和⟦phone:v_620000000002⟧"


@pytest.mark.parametrize(
    ("text", "name", "rest"),
    [
        ("我叫李雷", "李雷", "我叫{}"),
        ("我叫李雷想挂骨科", "李雷", "我叫{}想挂骨科"),
        ("我叫欧阳娜娜，挂号", "欧阳娜娜", "我叫{}，挂号"),
        ("患者姓名 王小明 男", "王小明", "患者姓名 {} 男"),
        ("姓名：王小明", "王小明", "姓名：{}"),
        ("孩子叫王小明今年5岁", "王小明", "孩子叫{}今年5岁"),
        ("我叫李雷肚子疼", "李雷肚", "我叫{}子疼"),
    ],
)
def test_a_name_that_is_said_is_hidden_and_the_wish_behind_it_stays(ports, text, name, rest):
    person = a_person(ports)
    hidden = hide(ports, person, text)
    assert kept(ports, person, hidden) == [("person_name", name)]
    assert PLACED.sub("{}", hidden.text) == rest


@pytest.mark.parametrize("text", ["孩子叫肚子疼", "老人叫不醒", "我叫不出来名字", "我叫救护车"])
def test_the_same_verb_without_a_name_hides_nothing(ports, text):
    assert hide(ports, a_person(ports), text).text == text


def test_names_of_own_cards_become_their_card(ports):
    person, stranger = a_person(ports), a_person(ports)
    card = a_card(ports, person, someone("韩梅梅"))
    assert hide(ports, person, "看看韩梅梅的报告").text == f"看看⟦card:{card.ref}⟧的报告"
    assert hide(ports, stranger, "看看韩梅梅的报告").text == "看看韩梅梅的报告"


@pytest.mark.parametrize(
    ("expects", "text"),
    [
        ("person_name", "张三丰"),
        ("person_name", "阿依古丽·买买提"),
        ("person_name", "Anna Li"),
        ("person_name", "12"),
        ("id_number", ID),
        ("id_number", "我的是 110101 19900307 001"),
        ("id_number", "１１０１０１１９９００３０７００１Ｘ"),
        ("id_number", "123"),
        ("phone", PHONE),
        ("phone", "我的电话是1380013800"),
        ("phone", "１３８ ００１３ ８０００"),
        ("question", "我妈妈血糖高，能吃红薯吗？电话13800138000"),
    ],
)
def test_an_answer_to_a_prompt_is_hidden_whole(ports, expects, text):
    person = a_person(ports)
    hidden = hide(ports, person, text, expects)
    assert hidden.whole
    assert kept(ports, person, hidden) == [(expects, text)]
    assert PLACED.fullmatch(hidden.text)


@pytest.mark.parametrize("expects", ["person_name", "id_number", "phone", "question"])
@pytest.mark.parametrize("text", ["取消", "多少钱", "怎么绑", "返回", "人工", "？"])
def test_what_is_plainly_something_else_stays_words(ports, expects, text):
    hidden = hide(ports, a_person(ports), text, expects)
    assert (hidden.text, hidden.whole) == (text, False)


@pytest.mark.parametrize(("expects", "text", "kind"), [("person_name", PHONE, "phone"), ("phone", ID, "id_number")])
def test_another_field_sent_early_keeps_its_own_name(ports, expects, text, kind):
    person = a_person(ports)
    hidden = hide(ports, person, text, expects)
    assert PLACED.fullmatch(hidden.text)["kind"] in {kind, expects}
    assert kept(ports, person, hidden)[0][1] == text


def test_nobody_opens_another_ones_value(ports):
    owner, other = a_person(ports), a_person(ports)
    ref = vault.put(ports, person_id=owner, kind="phone", value=PHONE)
    assert vault.get(ports, person_id=owner, ref=ref) == PHONE
    for person, asked in ((other, ref), (owner, "v_000000000000"), (owner, ""), (owner, "' OR 1=1")):
        with pytest.raises(PeizhenError) as refused:
            vault.get(ports, person_id=person, ref=asked)
        assert refused.value.code == "expired"


def test_a_value_is_gone_after_its_time_and_purged(ports, later):
    person = a_person(ports)
    old = vault.put(ports, person_id=person, kind="phone", value=PHONE)
    later(vault.KEPT_HOURS * 3600 - 60)
    fresh = vault.put(ports, person_id=person, kind="phone", value="13900139000")
    assert vault.get(ports, person_id=person, ref=old) == PHONE
    assert vault.purge(ports) == 0
    later(120)
    with pytest.raises(PeizhenError, match="expired"):
        vault.get(ports, person_id=person, ref=old)
    assert vault.purge(ports) == 1
    assert vault.get(ports, person_id=person, ref=fresh) == "13900139000"
    assert vault.purge(ports) == 0


def test_values_lie_sealed(ports, engine):
    vault.put(ports, person_id=a_person(ports), kind="phone", value=PHONE)
    with engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT * FROM vault").fetchall()
    assert PHONE not in repr(rows)


# -- one-time codes, and what a family calls its own ---------------------------------------------------------------
@pytest.mark.parametrize(
    "text", ["123456", "１２３４５６", "123 456", "验证码是123456", "我收到的是 123456。", "12345"]
)
def test_what_answers_the_question_for_a_code_is_kept_whole(ports, text):
    person = a_person(ports)
    hidden = hide(ports, person, text, expects="sms_code")
    assert hidden.whole
    assert kept(ports, person, hidden) == [("sms_code", text)]


@pytest.mark.parametrize(
    "text", ["取消", "没收到", "停车方便吗", "13800138000", ID, "我住在3楼12床，这个要多少钱，验证码是多少位的"]
)
def test_what_is_no_code_stays_what_it_is(ports, text):
    person = a_person(ports)
    hidden = hide(ports, person, text, expects="sms_code")
    assert "⟦sms_code:" not in hidden.text


def test_a_code_is_taken_out_of_any_message_while_one_is_on_its_way(ports):
    person, other = a_person(ports), a_person(ports)
    codes.send(ports, person_id=person, phone=PHONE, key="k")
    hidden = hide(ports, person, f"给我妈的码是 654321，手机{PHONE}")
    assert sorted(kept(ports, person, hidden)) == [("phone", PHONE), ("sms_code", "654321")]
    assert hide(ports, other, "胃镜 310000").text == "胃镜 310000"
    with clock.frozen(clock.now() + timedelta(minutes=11)):
        assert hide(ports, person, "邮编310000").text == "邮编310000"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("王小明", "给小明挂号"),
        ("李明", "给小明挂号"),
        ("李明", "换成明明"),
        ("欧阳娜娜", "帮娜娜看看"),
        ("王小明", "给王小明挂号"),
    ],
)
def test_a_card_is_found_by_what_the_family_calls_its_patient(ports, name, text):
    person = a_person(ports)
    card = a_card(ports, person, someone(name))
    assert f"⟦card:{card.ref}⟧" in hide(ports, person, text).text
    assert hide(ports, a_person(ports), text).text == text


@pytest.mark.parametrize(
    ("name", "text"),
    [("王健康", "健康体检多少钱"), ("李安然", "想安然入睡"), ("周骨", "给小骨科挂号"), ("陈建国", "给建国医生留言")],
)
def test_a_given_name_that_is_a_word_stays_a_word(ports, name, text):
    person = a_person(ports)
    a_card(ports, person, someone(name))
    assert hide(ports, person, text).text == text
