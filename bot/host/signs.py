"""Signs (扫码牌): one A4 page each, with a WeChat code that checks in here, or opens a department or a doctor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from string import Template

import segno

from bot.errors import ConfigError
from bot.his.port import Department, hospital_of
from bot.ports import Ports
from bot.services import arrival, booking, hospitals, scenes

ERRORS = "q"  # a quarter of the code may be scratched or dirty
SHEETS = Template("""<!doctype html>
<html lang="zh-CN"><meta charset="utf-8"><title>扫码牌</title>
<style>
  @page { size: A4; margin: 0 }
  body { margin: 0; color: #000; font-family: "PingFang SC", "Noto Sans CJK SC", "Microsoft YaHei", sans-serif }
  section { box-sizing: border-box; width: 210mm; height: 296mm; padding: 24mm; text-align: center; break-after: page }
  p { margin: 0 0 6mm; font-size: 7mm }
  h1 { margin: 0 0 4mm; font-size: 20mm }
  svg { width: 130mm; height: 130mm; margin: 6mm 0 }
  small { font-size: 3.5mm; color: #555 }
</style>
$sheets
</html>
""")
SHEET = Template("""<section>
<p>$hospital</p>
<h1>$name</h1>
<p>$place</p>
$code
<p>$hint</p>
<small>$scene</small>
</section>""")


HINTS = {
    "checkin": "到了请用微信扫一扫，报到候诊",
    "department": "微信扫一扫，看科室介绍，挂号",
    "doctor": "微信扫一扫，看出诊时间，挂号",
    "bed": "微信扫一扫，问住院的事",
}
STARTS = {"checkin": arrival.SIGN, "department": scenes.DEPARTMENT, "doctor": scenes.DOCTOR}


@dataclass(frozen=True)
class Sign:
    """One sign: `scene` is what a scan tells us, `url` what the code holds."""

    hospital: str
    name: str
    place: str
    hint: str
    scene: str
    url: str


def make(
    ports: Ports, create: Callable[[str], str], *, opens: str = "checkin", department_id: str | None = None
) -> list[Sign]:
    """The signs of all departments, or of one; `create` turns a scene into WeChat's address for it.

    `opens`: checkin | department | doctor, the last with a sign for each doctor of them.

    Raises ConfigError for an unknown department and for an id that does not fit into a scene, HisUnavailable, and what
    `create` raises.
    """
    found = [each for each in booking.departments(ports) if department_id in {None, each.id}]
    if not found:
        raise ConfigError(setting="--department", why=f"the hospital has no department {department_id}")
    names = {hospital.id: hospital.name for hospital in hospitals.known(ports)}
    subjects = [each for department in found for each in _subjects(ports, opens, department)]
    return [_sign(names[hospital_of(identity)], opens, identity, words, create) for identity, words in subjects]


def beds(ports: Ports, create: Callable[[str], str], names: list[str]) -> list[Sign]:
    """Signs for beds (`7A-12`), each sealed: it stands for whoever lies there. Raises ConfigError for a bad name."""
    hospital = hospitals.names(ports)
    return [_bed(ports, hospital, name, create) for name in names]


def _bed(ports: Ports, hospital: str, name: str, create: Callable[[str], str]) -> Sign:
    try:
        scene = scenes.bed(ports, name)
    except ValueError as bad:
        raise ConfigError(setting="--bed", why=str(bad)) from None
    return Sign(hospital, f"{name} 床", "", HINTS["bed"], scene, create(scene))


def _subjects(ports: Ports, opens: str, department: Department) -> list[tuple[str, tuple[str, str]]]:
    """(id, (name, place)) of what a department gets signs for."""
    if opens == "doctor":
        doctors = booking.doctors_of(ports, department_id=department.id)
        return [(each.id, (f"{each.name} {each.title}", department.name)) for each in doctors]
    place = " ".join(part for part in (department.campus, department.building, department.floor) if part)
    return [(department.id, (department.name, place))]


def _sign(hospital: str, opens: str, identity: str, words: tuple[str, str], create: Callable[[str], str]) -> Sign:
    scene = f"{STARTS[opens]}{identity}"
    if len(scene) > scenes.LONGEST:
        raise ConfigError(setting=identity, why=f"is too long for a sign of {scenes.LONGEST} characters")
    return Sign(hospital, *words, HINTS[opens], scene, create(scene))


def sheets(signs: list[Sign]) -> str:
    """HTML to print from any browser, one page a sign."""
    return SHEETS.substitute(sheets="\n".join(map(_sheet, signs)))


def _sheet(sign: Sign) -> str:
    code = segno.make(sign.url, error=ERRORS, micro=False).svg_inline(omitsize=True)
    words = {name: escape(getattr(sign, name)) for name in ("hospital", "name", "place", "hint", "scene")}
    return SHEET.substitute(words, code=code)
