"""Who looked at what, for the auditor: looked through, taken along, held against its seal."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from bot.ports import Ports
from bot.services import audit
from tests.signing_in import token
from tests.web.conftest import NOW, SignIn


@pytest.fixture
def auditor(sign_in: SignIn) -> FlaskClient:
    return sign_in("auditor")


def note(ports: Ports, **facts: object) -> None:
    row = {"actor_kind": "person", "actor_id": 7, "action": "reports.read", "subject": "c_0123456789", "at": NOW}
    with ports.transaction() as session:
        audit.record(session, **{**row, "about": "person/7", **facts})


def rows(page: str) -> int:
    return page.count('<td data-label="编号">')


def test_it_shows_who_looked_at_what_and_how_it_ended(auditor: FlaskClient, ports: Ports) -> None:
    note(ports, reason="own")
    note(ports, result="not_found", subject="q_<b>123456")
    page = auditor.get("/console/trail").text
    for said in ("reports.read", "c_0123456789", "person/7", "not_found", "q_&lt;b&gt;123456", "auditor-1姓名"):
        assert said in page


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"who": "person/7"}, 2),
        ({"who": "editor-1"}, 2),  # by account; signing in is a row too
        ({"who": "editor-1姓名"}, 2),
        ({"who": "nobody"}, 0),
        ({"what": "reports."}, 2),
        ({"what": "%"}, 0),
        ({"about": "person/7"}, 2),
        ({"about": "q_1"}, 1),
        ({"about": "_"}, 3),
        ({"outcome": "refused"}, 1),
        ({"what": "reports", "outcome": "ok"}, 1),
        ({"since": "2026-11-24"}, 0),
        ({"until": "2026-11-22"}, 1),
        ({"since": "2026-11-23", "what": "reports"}, 1),
    ],
)
def test_it_is_looked_through(
    auditor: FlaskClient, sign_in: SignIn, ports: Ports, asked: dict[str, str], found: int
) -> None:
    sign_in("editor")
    with ports.transaction() as session:
        editor = session.scalar(sa.text("SELECT id FROM staff WHERE username = 'editor-1'"))
    note(ports, at=NOW - timedelta(hours=9))  # Sunday 23:30 in Shanghai
    note(ports, result="not_found", subject="q_1")
    note(ports, actor_kind="staff", actor_id=editor, action="faq.read", subject="e_1", about="")
    assert rows(auditor.get("/console/trail", query_string=asked).text) == found


def test_long_trails_have_pages(auditor: FlaskClient, ports: Ports, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(230):
        note(ports, subject=f"c_{number:010d}")
    first = auditor.get("/console/trail?what=reports").text
    assert rows(first) == 100
    older = first.split('">更早的')[0].rsplit('href="', 1)[1].replace("&amp;", "&")
    second = auditor.get(older).text
    assert rows(second) == 100 and "c_0000000129" in second and "c_0000000130" not in second


@pytest.mark.parametrize(
    "asked", ["since=tomorrow", "before=x", "before=-1", f"before={'9' * 30}", "outcome=all", f"who={'x' * 300}"]
)
def test_what_cannot_be_looked_for(auditor: FlaskClient, asked: str) -> None:
    assert auditor.get(f"/console/trail?{asked}").status_code == 400


def test_every_look_at_the_trail_is_in_the_trail(auditor: FlaskClient, ports: Ports) -> None:
    auditor.get("/console/trail?what=reports")
    auditor.get("/console/trail.csv?what=reports")
    with ports.transaction() as session:
        actions = session.scalars(sa.text("SELECT action FROM audit ORDER BY id")).all()
    assert actions[-2:] == ["audit.read", "audit.export"]


def test_the_file_holds_what_was_looked_for_and_runs_nothing(auditor: FlaskClient, ports: Ports) -> None:
    note(ports, subject='=HYPERLINK("http://evil.example","x")', reason="@SUM(1)")
    note(ports, action="faq.read")
    answer = auditor.get("/console/trail.csv?what=reports")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["Cache-Control"] == "no-store"
    [header, row] = csv.reader(io.StringIO(answer.data.decode("utf-8-sig")))
    assert header[:2] == ["编号", "时间"]
    assert row[1] == "2026-11-23 08:30:00"
    assert row[5] == '\'=HYPERLINK("http://evil.example","x")'
    assert row[7] == "'@SUM(1)"


def test_the_seal_is_checked_on_the_page(auditor: FlaskClient, ports: Ports) -> None:
    note(ports)
    form = {"csrf_token": token(auditor.get("/console/trail").text)}
    assert "一条没少，一条没改" in auditor.post("/console/trail/verify", data=form).text
    with ports.transaction() as session:
        for trigger in session.scalars(sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
            session.execute(sa.text(f"DROP TRIGGER {trigger}"))
        session.execute(sa.text("UPDATE audit SET about = 'person/8' WHERE action = 'reports.read'"))
    broken = auditor.post("/console/trail/verify", data=form).text
    assert "记录被动过" in broken and "一条没少" not in broken


def test_the_trail_is_the_auditors_alone(sign_in: SignIn) -> None:
    for role in ("operator", "head", "editor", "finance"):
        assert sign_in(role, department_id="yh.d1").get("/console/trail.csv").status_code == 403
