"""Canaries: personal values go through every flow and are found in no tracker, no log and not open in our database.

The values are planted with the hospital (its own database holds them, of course) and typed by the patient. The same
search finds a canary that is planted on purpose.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import structlog
from rasa.core.tracker_store import SQLTrackerStore
from sqlalchemy.engine import Connection

from bot import clock
from bot.db.messages import Quarantine
from bot.his.embedded import EmbeddedHis, tables
from bot.jobs import changes as report_job
from bot.jobs import queue
from bot.ports import Ports
from tests.conversations.conftest import bind, sms, type_code
from tests.conversations.house import InProcessRasa, Talk
from tests.conversations.visits import answer, book_today, doctor_of, patient_id, send_due, sent_to
from tests.factories import id_number

NAME, CHILD = "金丝雀", "金雀儿"
BIRD = {"name": NAME, "id_number": id_number(serial=853), "phone": "13866661357"}
CHICK = {"name": CHILD, "id_number": id_number(serial=855), "phone": "13866661357"}
OPENID = "o-canary-7Qz3xKf9"
VALUE, FINDING, IMPRESSION = "77.3141", "雀影如羽", "疑似雀羽样改变"
DRUG, USAGE, CHARGE = "雀舌胶囊", "含服如衔枝", "雀巢检查费"
HELD, HELD_VALUE = "雀疫抗体", "93.8571"
QUESTION = "手上起了鹈鹕样的红斑三个星期，涂什么药膏好"
ANSWER = "鸬鹚膏先涂七天，再来复查。"
WRONG_PHONE, WRONG_ID = "13866669999", "110101199003070000"
PLACE = (31.234567, 121.473719)  # degrees, far from the hospital
CANARIES = (
    *(NAME, CHILD, BIRD["id_number"], CHICK["id_number"], BIRD["phone"], OPENID, VALUE, FINDING, IMPRESSION),
    *("鹈鹕", "鸬鹚", WRONG_PHONE, WRONG_ID, "13866665555", *map(str, PLACE)),
    *(DRUG, USAGE, CHARGE, HELD, HELD_VALUE),
)


@dataclass
class Watch:
    """Everything that could leak: rasa's tracker file, our database's files, and all that was logged or printed."""

    tracker: Path
    database: Path
    logged: list[str]
    entries: list[Any]
    printed: Callable[[], str]
    _seen: str = field(default="")

    def leaks(self, more: Iterable[str] = ()) -> set[tuple[str, str]]:
        """(place, canary) of all that is found."""
        self._seen += self.printed()
        places = {
            "tracker": _bytes(self.tracker),
            "database": _bytes(self.database),
            "log": "\n".join([*self.logged, *map(repr, self.entries)]).encode(),
            "output": self._seen.encode(),
        }
        return {
            (place, canary)
            for place, content in places.items()
            for canary in (*CANARIES, *more)
            if any(form in content for form in _forms(canary))
        }


def _bytes(path: Path) -> bytes:
    """A SQLite database with its journal."""
    return b"".join(file.read_bytes() for file in sorted(path.parent.glob(f"{path.name}*")))


def _forms(canary: str) -> set[bytes]:
    """As it stands, and as JSON and Python would write it."""
    escaped = json.dumps(canary)[1:-1]
    return {
        canary.encode(),
        canary.encode("utf-16-le"),
        escaped.encode(),
        escaped.upper().replace("\\U", "\\u").encode(),
    }


class _Keeper(logging.Handler):
    def __init__(self, kept: list[str]) -> None:
        super().__init__(logging.DEBUG)
        self._kept = kept
        self.setFormatter(logging.Formatter("%(name)s %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        self._kept.append(self.format(record))


@pytest.fixture
def listening() -> Iterator[list[str]]:
    """All loggers at DEBUG, everything they say kept."""
    kept: list[str] = []
    keeper, root = _Keeper(kept), logging.getLogger()
    every = [root, *(x for x in logging.root.manager.loggerDict.values() if isinstance(x, logging.Logger))]
    before = [(logger, logger.level, logger.propagate, logger.disabled) for logger in every]
    for logger in every:
        logger.setLevel(logging.DEBUG)
        logger.propagate, logger.disabled = True, False
    root.addHandler(keeper)
    yield kept
    root.removeHandler(keeper)
    for logger, level, propagate, disabled in before:
        logger.setLevel(level)
        logger.propagate, logger.disabled = propagate, disabled


@pytest.fixture
def watch(
    house: Ports,
    hospital: EmbeddedHis,
    rasa: InProcessRasa,
    tmp_path: Path,
    listening: list[str],
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Watch]:
    """The house with rasa's tracker in a file. What the hospital's own engine logs is the hospital's affair."""
    path = tmp_path / "tracker.db"
    store = SQLTrackerStore(domain=rasa.agent.domain, dialect="sqlite", db=str(path))
    monkeypatch.setattr(rasa.agent.processor, "tracker_store", store)
    monkeypatch.setattr(hospital.database.engine, "logger", _mute())
    _plant(hospital)
    with structlog.testing.capture_logs() as entries:
        yield Watch(path, tmp_path / "peizhen.db", listening, entries, lambda: "".join(capfd.readouterr()))
    store.engine.dispose()


def _mute() -> logging.Logger:
    """A logger outside the tree that says nothing."""
    logger = logging.Logger("the hospital's own", logging.CRITICAL)  # noqa: LOG001
    logger.propagate = False
    return logger


def _plant(hospital: EmbeddedHis) -> None:
    """A patient with a panel and an image that are like no other."""
    for n, person in enumerate((BIRD, CHICK)):
        hospital.register_patient(**person, key=f"canary:{n}")
    known = hospital.find_patient(**BIRD)
    assert known is not None
    facts = {"patient_id": known.id, "ordered_at": clock.now(), "ready_at": clock.now(), "doctor_name": "任明"}
    with hospital.database.writing() as connection:
        reports = [
            {**facts, "id": "yh.canary1", "kind": "lab", "name": "血脂", "finding": "", "impression": ""},
            {
                **facts,
                "id": "yh.canary2",
                "kind": "imaging",
                "name": "胸部CT",
                "finding": FINDING,
                "impression": IMPRESSION,
            },
        ]
        connection.execute(sa.insert(tables.report), reports)
        item = {
            "report_id": "yh.canary1",
            "position": 1,
            "code": "TG",
            "name": "甘油三酯",
            "value": VALUE,
            "unit": "mmol/L",
        }
        connection.execute(sa.insert(tables.observation).values(**item, low=0, high=1.7, reference="0-1.7", flag="H"))
        _plant_papers(connection, known.id)


def _plant_papers(connection: Connection, patient_id: str) -> None:
    """A prescription, a bill, and a critical result that no doctor has released."""
    at, whose = clock.now(), {"patient_id": patient_id}
    facts = {"ordered_at": at, "ready_at": at, "doctor_name": "任明", "finding": "", "impression": ""}
    held = {"id": "yh.canary3", "kind": "lab", "name": HELD, "critical": True}
    line = {"report_id": "yh.canary3", "position": 1, "code": "AV", "name": HELD, "value": HELD_VALUE, "unit": "U"}
    connection.execute(sa.insert(tables.report).values(**whose, **facts, **held))
    connection.execute(sa.insert(tables.observation).values(**line, reference="<1", flag="HH"))
    paper = {"id": "yh.canaryrx", "ordered_at": at, "doctor_name": "任明", "department_name": "眼科", "state": "open"}
    connection.execute(sa.insert(tables.prescription).values(**whose, **paper))
    drug = {"name": DRUG, "spec": "1g", "quantity": 1, "unit": "盒", "usage": USAGE}
    connection.execute(sa.insert(tables.prescription_item).values(prescription_id=paper["id"], position=0, **drug))
    bill = {"id": "yh.canarybill", "made_at": at, "name": "检查费", "fen": 100, "state": "open"}
    connection.execute(sa.insert(tables.bill).values(**whose, **bill))
    charge = {"bill_id": bill["id"], "position": 0, "name": CHARGE, "quantity": 1, "fen": 100}
    connection.execute(sa.insert(tables.bill_item).values(**charge))


def test_no_personal_value_leaves_web_in_any_flow(watch: Watch, house: Ports) -> None:
    talk = Talk(house, OPENID)
    seen = _binds(talk) + _books(talk) + _reads(talk) + _asks(talk) + _changes(talk)
    shown = (VALUE, FINDING, IMPRESSION, DRUG, USAGE, CHARGE, "鹈鹕", "鸬鹚")
    assert all(each in seen for each in shown), "the flows showed nothing"
    assert HELD not in seen
    assert HELD_VALUE not in seen
    told = [str(reply) for _, reply in house.push.sent if "您有新的报告可以看了" in reply.get("text", "")]
    assert len(told) == 2
    assert not any(canary in notice for canary in CANARIES for notice in told)
    assert watch.leaks() == set()


def test_where_a_patient_is_and_what_he_is_pushed_leaves_web_as_little(watch: Watch, house: Ports) -> None:
    talk = Talk(house, OPENID)
    bind(talk, BIRD)
    book_today(talk, "10:00")
    assert "还没到医院" in talk.share(*PLACE)
    seen = talk("我到了") + talk.scan("checkin:yh.k01") + talk.tap("刷新")
    assert queue.run() == 1
    send_due()
    assert "金**" in seen + "".join(sent_to(talk))
    assert watch.leaks() == set()


def test_a_value_said_unasked_is_hidden_too(watch: Watch, house: Ports) -> None:
    talk = Talk(house, OPENID)
    talk(f"我叫{NAME}，电话13866665555")
    talk(f"你好，姓名：{NAME}，身份证{BIRD['id_number']}")
    talk(f"我妈妈叫{NAME}，胸口闷两天了")
    talk("手机 138 6666 5555，帮我挂号")
    talk("取消")
    bind(talk, BIRD)
    talk(f"给{NAME}挂个号")
    talk("取消")
    talk(f"{NAME}的报告出来了吗")
    talk("我电话改成138-6666-5555了")
    assert watch.leaks() == set()


@pytest.mark.parametrize("said", ["我是{}", "我老公叫{}，要挂号", "患者{}想查报告", "本人{}"])
def test_a_name_said_unasked_in_other_words_is_hidden_too(watch: Watch, house: Ports, said: str) -> None:
    Talk(house, OPENID)(said.format(NAME))
    assert watch.leaks() == set()


def test_a_binding_that_fails_leaves_nothing_behind(watch: Watch, house: Ports) -> None:
    talk = Talk(house, OPENID)
    talk("绑定就诊卡")
    talk(NAME)
    assert "身份证号好像不对" in talk(WRONG_ID)
    talk(BIRD["id_number"])
    assert "短信验证码" in talk(WRONG_PHONE)
    wrong = {"phone": WRONG_PHONE}
    code = sms(talk).code(WRONG_PHONE)
    assert "没有对上" in type_code(talk, wrong)
    assert watch.leaks({code}) == set()
    talk("取消")
    talk(f"验证码{code}")  # late, and to nobody
    assert watch.leaks({code}) == set()
    assert watch.leaks() == set()


def test_an_alarm_in_the_middle_of_binding_hides_the_name_after_it(watch: Watch, house: Ports) -> None:
    talk = Talk(house, OPENID)
    talk("绑定就诊卡")
    assert "120" in talk("旁边有人晕倒了叫不醒")
    talk(NAME)
    assert watch.leaks() == set()


def test_the_search_finds_what_is_planted(watch: Watch, house: Ports, rasa: InProcessRasa) -> None:
    """The control: the same search, with each place spoilt on purpose."""
    talk = Talk(house, OPENID)
    talk("你好")
    assert watch.leaks() == set()
    rasa.talk(conversation="a" * 32, text=f"我想挂号，{NAME}", metadata={}, fresh=False)
    logging.getLogger("bot.services.booking").debug("number %s", BIRD["id_number"])
    structlog.get_logger().debug("told", value=VALUE)
    print(FINDING)
    with house.transaction() as session:
        digest = {"digest": "0" * 64, "length": 1, "received_at": clock.wire()}
        session.add(Quarantine(reason=CHILD, **digest))
    assert {
        ("tracker", NAME),
        ("log", BIRD["id_number"]),
        ("log", VALUE),
        ("output", FINDING),
        ("database", CHILD),
    } <= watch.leaks()


# -- the flows ----------------------------------------------------------------------------------------------------
def _binds(talk: Talk) -> str:
    bind(talk, BIRD)
    bind(talk, CHICK)
    talk("换就诊人")
    return talk.tap("金**") + talk("再说一遍")


def _books(talk: Talk) -> str:
    talk("挂今天眼科的号")
    seen = talk.tap("金**") if "哪位就诊人" in talk.replies[-1]["text"] else ""
    seen += talk.tap("15:00")
    seen += talk("确认")
    assert "挂好了" in seen
    seen += talk("我的预约") + talk("再说一遍") + talk("排到几号了")
    talk("取消预约")
    return seen + talk.tap("确认取消")


def _reads(talk: Talk) -> str:
    talk("我的报告")
    seen = talk.tap("血脂") + talk("再说一遍")
    talk.tap("看变化")
    seen += talk.tap("甘油三酯")
    assert "/trend/0" in talk.replies[0]["link"]["url"]
    assert not any(each in talk.replies[0]["link"]["url"] for each in CANARIES)
    assert report_job.run() == 2  # what is held is not told
    with clock.frozen(clock.now() + timedelta(seconds=10)):
        assert send_due() == 3
    talk("我的报告")
    seen += talk.tap("血脂") + talk.tap("这些项目是什么意思")
    seen += talk("我的处方") + talk("看看我的账单")
    talk("其他报告")
    return seen + talk.tap("胸部CT")


def _asks(talk: Talk) -> str:
    talk("问问医生")
    talk("皮肤科")
    seen = talk(QUESTION)
    if "还是要问医生" in talk.labels:
        seen += talk.tap("还是要问医生")
    if "看过" in talk.labels:
        seen += talk.tap("看过")
    assert "已经送到医生那里" in seen
    from bot.services import consult

    doctor = doctor_of(talk.ports, "yh.k28")
    [waiting] = consult.inbox(talk.ports, staff=doctor)
    answer(talk.ports, doctor, waiting.ref, ANSWER)
    assert send_due() == 1
    seen += "".join(sent_to(talk)) + talk("我的提问")
    return seen + talk.tap("看皮肤科的回答") + talk("再说一遍")


def _changes(talk: Talk) -> str:
    assert patient_id(talk)
    talk("解绑就诊卡")
    talk.tap("金**")
    return talk.tap("确认解绑")
