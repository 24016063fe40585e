"""Signs for the doors: one page a department, and what its code says is what a scan is understood as."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from xml.etree import ElementTree as ET

import pytest
import segno

from bot.errors import ConfigError
from bot.host import signs
from bot.ports import Ports
from bot.services import arrival, scenes
from tests.factories import FakeHis


def address(scene: str) -> str:
    return f"http://weixin.qq.com/q/{scene.replace(':', '-')}"


def _modules(page: str) -> Iterator[str]:
    """The path of every code on the pages: its dark modules."""
    for section in page.split("<section>")[1:]:
        svg = ET.fromstring(section[section.index("<svg") : section.index("</svg>") + len("</svg>")])
        yield next(each.attrib["d"] for each in svg.iter() if each.tag.endswith("path"))


def test_every_department_has_a_page_that_says_which_door_it_is_for(ports: Ports) -> None:
    made = signs.make(ports, address)
    page = signs.sheets(made)
    assert [(sign.name, sign.place) for sign in made] == [("骨科", "门诊楼 3层"), ("消化内科", "门诊楼 2层")]
    assert page.count("<section>") == 2
    for words in ("云河医院", "<h1>骨科</h1>", "门诊楼 2层", "checkin:yh.d02", "size: A4"):
        assert words in page


def test_a_scan_of_the_sign_checks_in_at_that_department(ports: Ports) -> None:
    [sign] = signs.make(ports, address, department_id="yh.d02")
    assert arrival.scanned(sign.scene) == arrival.scanned(f"qrscene_{sign.scene}") == arrival.Scan("yh.d02")


def test_the_code_on_the_page_is_the_address_that_wechat_gave(ports: Ports) -> None:
    made = signs.make(ports, address)
    for sign, drawn in zip(made, _modules(signs.sheets(made)), strict=True):
        out = BytesIO()
        segno.make_qr(address(f"checkin:{sign.scene.partition(':')[2]}"), error="q").save(out, kind="svg")
        right = ET.fromstring(out.getvalue())
        assert drawn == next(each.attrib["d"] for each in right.iter() if each.tag.endswith("path"))


def test_names_cannot_become_markup(ports: Ports, his: FakeHis, monkeypatch: pytest.MonkeyPatch) -> None:
    strange = [replace(his.departments()[0], name="<script>骨科</script>", building="A&B")]
    monkeypatch.setattr(his, "departments", lambda: strange)
    page = signs.sheets(signs.make(ports, address))
    assert "&lt;script&gt;骨科" in page
    assert "A&amp;B" in page


def test_no_sign_is_made_for_what_is_not_there_or_does_not_fit(
    ports: Ports, his: FakeHis, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ConfigError) as unknown:
        signs.make(ports, address, department_id="yh.d99")
    assert "yh.d99" in str(unknown.value.facts["why"])
    endless = [replace(his.departments()[0], id=f"yh.{'d' * 60}")]
    monkeypatch.setattr(his, "departments", lambda: endless)
    with pytest.raises(ConfigError):
        signs.make(ports, address)


def test_a_department_and_each_of_its_doctors_may_have_a_sign_that_opens_them(ports: Ports) -> None:
    [bones] = signs.make(ports, address, opens="department", department_id="yh.d01")
    doctors = signs.make(ports, address, opens="doctor", department_id="yh.d01")
    assert scenes.wish(ports, bones.scene) == '/department_info{"department": "yh.d01"}'
    assert [(each.name, each.place) for each in doctors] == [("陈建国 主任医师", "骨科"), ("林晓燕 主治医师", "骨科")]
    assert [scenes.wish(ports, each.scene) for each in doctors] == [
        '/doctor_info{"doctor": "yh.p01"}',
        '/doctor_info{"doctor": "yh.p02"}',
    ]
    assert "看出诊时间" in signs.sheets(doctors)
