"""The demo's people and papers: staff accounts, first FAQ entries, and what `peizhen demo` prints."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from bot.his.port import Doctor
from bot.ports import Ports
from bot.services import faq, second_factor, staff

PASSWORD = "peizhen-demo"  # noqa: S105 - printed on the demo's own front page; production makes its own accounts
FAQ_FILE = Path(__file__).with_name("demo_faq.yaml")


def members(ports: Ports) -> list[staff.Member]:
    """The doctors, a head, and the others of the console: two editors, two operators, who agree."""
    made = list(_doctors(ports))
    made.append(staff.Member(username="editor", name="内容编辑", role="editor", password=PASSWORD))
    made.append(staff.Member(username="reviewer", name="内容审核", role="editor", password=PASSWORD))  # publishes
    made.append(staff.Member(username="service", name="值班客服", role="service", password=PASSWORD))
    made.append(staff.Member(username="operator", name="值班运维", role="operator", password=PASSWORD))
    made.append(staff.Member(username="operator2", name="备班运维", role="operator", password=PASSWORD))
    made.append(staff.Member(username="auditor", name="审计员", role="auditor", password=PASSWORD))
    made.append(staff.Member(username="finance", name="财务", role="finance", password=PASSWORD))
    made += [staff.Member("head01", "科主任", "head", PASSWORD, one.department_id) for one in made[:1]]
    return [replace(member, totp_secret=_secret(ports, member.username)) for member in made]


def _doctors(ports: Ports) -> Iterator[staff.Member]:
    """One doctor of every department; two of the first, `doctor01` and `doctor01b`, who share its desk."""
    desks: dict[str, list[Doctor]] = {}
    for doctor in ports.his.doctors():
        desks.setdefault(doctor.department_id, []).append(doctor)
    for number, doctors in enumerate(desks.values(), start=1):
        for mark, one in zip(("", "b") if number == 1 else ("",), doctors, strict=False):
            name = f"doctor{number:02d}{mark}"
            yield staff.Member(name, one.name, "doctor", PASSWORD, one.department_id, one.id)


def _secret(ports: Ports, username: str) -> str:
    """The demo's own second factor of an account: the same whenever it is printed."""
    key = bytes.fromhex(ports.crypto.digest("demo totp", username))[: second_factor.SECRET_BYTES]
    return base64.b32encode(key).decode()


def prepare(ports: Ports) -> None:
    """Make the accounts and the first entries; doing it again changes nothing."""
    staff.ensure(ports, members=members(ports))
    if not faq.any_entry(ports):
        entries = yaml.load(FAQ_FILE.read_text(encoding="utf-8"), yaml.CSafeLoader)["entries"]
        faq.import_lines(ports, lines=[json.dumps(entry, ensure_ascii=False) for entry in entries])


def logins(ports: Ports) -> list[dict[str, str]]:
    """Staff accounts as the demo prints them."""
    names = {d.id: d.name for d in ports.his.departments()}
    return [
        {
            "username": m.username,
            "password": PASSWORD,
            "role": m.role,
            "department": names.get(m.department_id or "", ""),
            "name": m.name,
            "totp_secret": str(m.totp_secret),
        }
        for m in members(ports)
    ]


def facts(ports: Ports, his_facts: dict[str, Any]) -> dict[str, Any]:
    """All of `peizhen demo`."""
    return {**his_facts, "staff": logins(ports)}
