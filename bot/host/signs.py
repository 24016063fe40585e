"""Signs for the doors (报到码): one A4 page a department, each with the WeChat code that checks in at that door."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from string import Template

import segno

from bot.errors import ConfigError
from bot.his.port import Department, Hospital, hospital_of
from bot.ports import Ports
from bot.services import arrival, booking, hospitals

LONGEST_SCENE = 64  # characters that WeChat keeps of a scene
ERRORS = "q"  # a quarter of the code may be scratched or dirty
SHEETS = Template("""<!doctype html>
<html lang="zh-CN"><meta charset="utf-8"><title>报到码</title>
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
<h1>$department</h1>
<p>$place</p>
$code
<p>到了请用微信扫一扫，报到候诊</p>
<small>$scene</small>
</section>""")


@dataclass(frozen=True)
class Sign:
    """One sign: `scene` is what a scan tells us, `url` what the code holds."""

    hospital: str
    department: str
    place: str
    scene: str
    url: str


def make(ports: Ports, create: Callable[[str], str], *, department_id: str | None = None) -> list[Sign]:
    """The signs of all departments, or of one; `create` turns a scene into WeChat's address for it.

    Raises ConfigError for an unknown department and for an id that does not fit into a scene, HisUnavailable, and what
    `create` raises.
    """
    found = [each for each in booking.departments(ports) if department_id in {None, each.id}]
    if not found:
        raise ConfigError(setting="--department", why=f"the hospital has no department {department_id}")
    names = {hospital.id: hospital for hospital in hospitals.known(ports)}
    return [_sign(names[hospital_of(each.id)], each, create) for each in found]


def _sign(hospital: Hospital, department: Department, create: Callable[[str], str]) -> Sign:
    scene = f"{arrival.SIGN}{department.id}"
    if len(scene) > LONGEST_SCENE:
        raise ConfigError(setting=department.id, why=f"is too long for a sign of {LONGEST_SCENE} characters")
    place = " ".join(part for part in (department.campus, department.building, department.floor) if part)
    return Sign(hospital.name, department.name, place, scene, create(scene))


def sheets(signs: list[Sign]) -> str:
    """HTML to print from any browser, one page a sign."""
    return SHEETS.substitute(sheets="\n".join(map(_sheet, signs)))


def _sheet(sign: Sign) -> str:
    code = segno.make(sign.url, error=ERRORS, micro=False).svg_inline(omitsize=True)
    words = {name: escape(getattr(sign, name)) for name in ("hospital", "department", "place", "scene")}
    return SHEET.substitute(words, code=code)
