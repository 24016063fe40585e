"""Tables as CSV files that a spreadsheet opens without running anything in them.

Excel, WPS and LibreOffice take a cell that begins with one of these signs for a formula; an apostrophe before it
makes it text (ASVS 5.0, 1.2.10). Numbers stay numbers, the negative ones too.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from urllib.parse import quote

from flask import Response

from bot import clock

Cell = str | int | float | Decimal | date | datetime | None
BEGINS = ("=", "+", "-", "@", "\t", "\r", "\n")
NUL, MARK = "\0", "\ufffd"  # no CSV holds the one; the other says that something was there
INVISIBLE = frozenset({"Cf", "Zs"})  # what programs pass over before they look: spaces, marks without width


def safe(cell: Cell) -> Cell:
    """One cell that is what it says and nothing else. Moments are shown in the hospital's time.

    >>> safe("=HYPERLINK(1)"), safe(-12), safe("患者")
    ("'=HYPERLINK(1)", -12, '患者')
    """
    if isinstance(cell, datetime):
        return f"{clock.local(cell):%Y-%m-%d %H:%M:%S}"
    if not isinstance(cell, str):
        return cell
    text = cell.replace(NUL, MARK)
    return f"'{text}" if _begins_one(text) else text


def written(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """The whole table, lines ending as RFC 4180 wants; every text quoted, so that no separator splits it."""
    out = io.StringIO()
    table = csv.writer(out, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    table.writerow(header)
    table.writerows([safe(cell) for cell in row] for row in rows)
    return out.getvalue()


def file(name: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Response:
    """A download; its mark of UTF-8 is what Excel needs to read Chinese."""
    content = b"\xef\xbb\xbf" + written(header, rows).encode("utf-8", errors="replace")
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"}
    return Response(content, content_type="text/csv; charset=utf-8", headers=headers)


def _begins_one(text: str) -> bool:
    """Whether a spreadsheet could see a formula: full-width signs are signs to a Chinese one."""
    seen = unicodedata.normalize("NFKC", text)
    bare = seen.lstrip("".join({c for c in seen if unicodedata.category(c) in INVISIBLE}) or None)
    return seen.startswith(BEGINS) or bare.startswith(BEGINS)
