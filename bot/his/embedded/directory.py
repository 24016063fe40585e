"""Who and where: the hospital, its departments, doctors and prices."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.errors import HisRefused, HisUnavailable
from bot.his.embedded import tables
from bot.his.port import Department, Doctor, Hospital, Price, PriceKind


def read_as(kind: type[Any], table: sa.Table) -> sa.sql.Select:
    """A select of just the columns that the port's dataclass has."""
    return sa.select(*(table.c[name] for name in kind.__dataclass_fields__))


def hospital(connection: Connection) -> Hospital:
    """Raises HisUnavailable when nothing was loaded yet."""
    columns = [column for column in tables.hospital.c if column.name in Hospital.__dataclass_fields__]
    row = connection.execute(sa.select(*columns)).mappings().first()
    if row is None:
        raise HisUnavailable(why="empty")
    return Hospital(**row)


def here(connection: Connection, hospital_id: str | None) -> str:
    """This hospital's id. Raises HisRefused('not_found') when another one was meant."""
    own = hospital(connection).id
    if hospital_id not in {None, own}:
        raise HisRefused("not_found")
    return own


def departments(connection: Connection) -> list[Department]:
    """In the order of the hospital's own signboard."""
    rows = connection.execute(read_as(Department, tables.department).order_by(tables.department.c.position))
    return [Department(*row) for row in rows]


def doctors(connection: Connection) -> list[Doctor]:
    """By department as on the signboard, then id."""
    order = (tables.department.c.position, tables.doctor.c.id)
    query = read_as(Doctor, tables.doctor).join_from(tables.doctor, tables.department).order_by(*order)
    return [Doctor(*row) for row in connection.execute(query)]


def prices(connection: Connection, *, text: str, kind: PriceKind | None, limit: int) -> list[Price]:
    """Names that contain the text, shortest first; sorted here because the engines' collations differ."""
    wanted = "".join(letter for letter in text if letter.isprintable()).strip().lower()
    query = sa.select(tables.price)
    own = hospital(connection).id
    if wanted:
        query = query.where(sa.func.lower(tables.price.c.name).contains(wanted, autoescape=True))
    if kind is not None:
        query = query.where(tables.price.c.kind == kind)
    found = [Price(**row, hospital_id=own) for row in connection.execute(query).mappings()]
    found.sort(key=lambda price: (len(price.name) if wanted else 0, price.name, price.code))
    return found[: max(limit, 0)]
