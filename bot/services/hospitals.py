"""The hospitals behind this account: one as a rule, several where a region shares it."""

from __future__ import annotations

import unicodedata

from bot.errors import NotFound
from bot.his.port import Hospital, Part, hospital_of
from bot.ports import Ports

__all__ = ["Hospital", "hospital_of", "known", "labels", "meant", "names", "offers", "one", "phones", "several"]
JOINED = "、"


def known(ports: Ports) -> list[Hospital]:
    """All of them, in the order to show them in. Raises HisUnavailable."""
    return ports.his.hospitals()


def several(ports: Ports) -> bool:
    """Whether a patient must say which one he means. Raises HisUnavailable."""
    return len(known(ports)) > 1


def one(ports: Ports, *, hospital_id: str) -> Hospital:
    """Raises NotFound, HisUnavailable."""
    for hospital in known(ports):
        if hospital.id == hospital_id:
            return hospital
    raise NotFound


def offers(ports: Ports, part: Part) -> bool:
    """Whether any of them has connected this part. Raises HisUnavailable."""
    return any(part in hospital.offers for hospital in known(ports))


def labels(ports: Ports) -> dict[str, str]:
    """Names by id where there are several, so that two 骨科 can be told apart; empty where there is one."""
    found = known(ports)
    return {hospital.id: hospital.name for hospital in found} if len(found) > 1 else {}


def names(ports: Ports) -> str:
    """云栖湾人民医院、云和湖滨医院."""
    return JOINED.join(hospital.name for hospital in known(ports))


def phones(ports: Ports) -> str:
    """The number of the desk, each with its hospital's name where there are several."""
    found = known(ports)
    return JOINED.join(hospital.phone if len(found) == 1 else f"{hospital.name}{hospital.phone}" for hospital in found)


def meant(ports: Ports, *, text: str, part: bool) -> str | None:
    """The id of the one hospital named in the text; with `part`, also of the only one whose name holds the text."""
    wanted = unicodedata.normalize("NFKC", text).strip()
    found = known(ports)
    fitting = [hospital for hospital in found if hospital.name in wanted]
    if part and not fitting and len(wanted) > 1:
        fitting = [hospital for hospital in found if wanted in hospital.name]
    return fitting[0].id if len(fitting) == 1 else None
