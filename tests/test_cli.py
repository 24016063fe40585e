"""`peizhen …` as a program: JSON alone on standard output, faults on standard error, exit codes."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from bot import cli, cli_texts
from bot.errors import PeizhenError

ROOT = Path(__file__).resolve().parents[1]
FLAG = "突然胸口压着疼，一身冷汗"


@pytest.fixture(scope="module")
def var(tmp_path_factory):
    return tmp_path_factory.mktemp("cli")


@pytest.fixture
def peizhen(var):
    """Run a command in its own process; gives (exit code, stdout lines, stderr)."""
    keep = {k: v for k, v in os.environ.items() if not k.startswith(("PEIZHEN", "WECHAT", "WXPAY", "PORT"))}

    def run(*words: str, stdin: bytes = b"", **env: str) -> tuple[int, list[str], str]:
        values = {**keep, "PEIZHEN_VAR": str(var), "LC_ALL": "C", **env}
        done = subprocess.run(
            [sys.executable, "-m", "bot.cli", *words],
            cwd=ROOT,
            env=values,
            input=stdin,
            capture_output=True,
            timeout=120,
            check=False,
        )
        return done.returncode, done.stdout.decode().splitlines(), done.stderr.decode()

    return run


def lines(*items: object) -> bytes:
    return b"\n".join(
        item if isinstance(item, bytes) else json.dumps(item, ensure_ascii=False).encode() for item in items
    )


BAD = (b"not json", b"[1]", {"txt": "x"}, {"text": 5}, b'{"text": "\xff"}', b"[" * 100_000, b"null")


def test_redflag_reads_good_lines_past_bad_ones_and_names_each(peizhen):
    code, out, err = peizhen("redflag", "--jsonl", stdin=lines({"text": FLAG}, *BAD, b"", {"text": "我要挂号"}))
    found = [json.loads(line) for line in out]
    assert code == 2
    assert [one["red_flag"] for one in found] == [True, False]
    assert found[0]["rules"]
    assert set(found[0]) == {"red_flag", "rules"}
    faults = [json.loads(line) for line in err.splitlines()]
    assert [fault["line"] for fault in faults] == list(range(2, 2 + len(BAD)))
    assert all(fault["error"] for fault in faults)


def test_good_lines_alone_end_well(peizhen):
    code, out, err = peizhen(
        "redflag", "--jsonl", stdin=b"\xef\xbb\xbf" + lines({"text": "好"}, {"text": ""}) + b"\r\n"
    )
    assert (code, [json.loads(line)["red_flag"] for line in out], err) == (0, [False, False], "")


def test_triage_of_lines(peizhen):
    code, out, err = peizhen(
        "triage",
        "--jsonl",
        stdin=lines(
            {"text": "膝盖疼一个月", "age": 60, "sex": "f"},
            {"text": FLAG},
            {"text": "头疼", "age": "x"},
            {"text": "头疼", "age": [1]},
            {"text": "头疼", "sex": 5},
            {"text": "头疼"},
        ),
    )
    found = [json.loads(line) for line in out]
    assert code == 2
    assert {json.loads(line)["line"] for line in err.splitlines()} == {3, 4, 5}
    assert [one["urgency"] for one in found][1] == "emergency"
    assert found[0]["departments"][0]["name"] == "骨科"
    for one in found:
        assert set(one) == {"urgency", "red_flags", "departments", "ask"}
        assert one["urgency"] in {"emergency", "urgent", "routine", "self_care"}
        for department in one["departments"]:
            assert set(department) >= {"name", "hospital_department", "score", "because"}


def test_triage_of_one_text(peizhen):
    code, (line,), _ = peizhen("triage", "膝盖疼", "--age", "60", "--sex", "m")
    assert (code, json.loads(line)["departments"][0]["name"]) == (0, "骨科")
    code, out, err = peizhen("triage")
    assert (code, out, json.loads(err)["error"]) == (2, [], "bad_input")


def test_the_faq_is_imported_searched_and_updated(peizhen, tmp_path):
    file = tmp_path / "faq.jsonl"
    file.write_bytes(
        lines(
            {"id": "a", "question": "高血压能吃咸菜吗", "answer": "少吃", "department": "心血管内科"},
            {"id": "b", "question": "停车收费吗", "answer": "收"},
        )
    )
    assert peizhen("faq", "import", str(file))[:2] == (0, ['{"imported": 2}'])
    assert peizhen("faq", "import", str(file))[:2] == (0, ['{"imported": 2}'])
    code, (line,), _ = peizhen("faq", "search", "高血压咸菜", "--top", "1")
    (hit,) = json.loads(line)["hits"]
    assert (code, hit["id"], hit["question"]) == (0, "a", "高血压能吃咸菜吗")
    assert set(hit) == {"id", "question", "score"}
    code, out, err = peizhen(
        "faq", "search", "--jsonl", stdin=lines({"query": "停车"}, {"text": "x"}, {"query": "zzz"})
    )
    assert code == 2
    assert [[h["id"] for h in json.loads(line)["hits"]] for line in out] == [["b"], []]
    assert json.loads(err.splitlines()[-1])["line"] == 2


BAD_LINES = {
    "no answer": b'{"id": "c", "question": ""}',
    "not UTF-8": b"\xff\xfe",
    "GBK": '{"id": "c", "question": "感冒", "answer": "多喝水"}'.encode("gbk"),
    "a spreadsheet": b"PK\x03\x04\x14\x00\x06\x00",
    "CSV": "c,感冒怎么办,多喝水".encode(),
}


@pytest.mark.parametrize("bad", BAD_LINES.values(), ids=BAD_LINES)
def test_a_bad_line_imports_nothing_and_is_named(peizhen, tmp_path, bad):
    file = tmp_path / "faq.jsonl"
    file.write_bytes(lines({"id": "never", "question": "量子纠缠咖啡", "answer": "x"}, bad))
    code, out, err = peizhen("faq", "import", str(file))
    assert (code, out) == (2, [])
    fault = json.loads(err.splitlines()[-1])
    assert (fault["error"], fault.get("line")) == ("bad_line", 2), err
    assert json.loads(peizhen("faq", "search", "量子纠缠咖啡")[1][0])["hits"] == []


def test_a_file_that_is_not_there_is_said_plainly(peizhen):
    code, out, err = peizhen("faq", "import", "/no/such/file")
    assert (code, out, json.loads(err.splitlines()[-1])["error"]) == (2, [], "bad_file")


@pytest.mark.parametrize("path", [None, "/", ""])
def test_what_is_no_file_is_no_file(path):
    with pytest.raises(PeizhenError, match="bad_file"):
        cli_texts._lines_of(path)


def test_demo_prints_the_contracts_keys(peizhen):
    code, out, err = peizhen("demo", PEIZHEN_NOW="2026-11-23T08:30")
    assert code == 0, err
    found = json.loads("\n".join(out))
    assert out[1].startswith('  "')  # for a person to read
    assert "\\u" not in "".join(out)
    assert {"hospital", "patients", "departments", "doctors", "staff"} <= set(found)
    wanted = {
        "patients": {"name", "id_number", "phone", "card_no"},
        "departments": {"id", "name"},
        "doctors": {"name", "department", "title"},
        "staff": {"username", "password", "role", "department", "totp_secret"},
    }
    for name, keys in wanted.items():
        assert found[name]
        assert all(keys <= set(one) for one in found[name])
    assert {d["department"] for d in found["doctors"]} <= {d["name"] for d in found["departments"]}


def test_there_is_no_demo_in_production(peizhen):
    code, out, err = peizhen("demo", PEIZHEN_ENV="production")
    assert (code, out) == (2, [])
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("env", "name"),
    [
        ({"PORT": "http"}, "PORT"),
        ({"PEIZHEN_NOW": "soon"}, "PEIZHEN_NOW"),
        ({"PEIZHEN_HIS": "everywhere"}, "PEIZHEN_HIS"),
        ({"PEIZHEN_HIS": "federated"}, "PEIZHEN_HIS_URL"),
        ({"PEIZHEN_HIS": "federated", "PEIZHEN_HIS_URL": "somewhere"}, "PEIZHEN_HIS_URL"),
        ({"PEIZHEN_HIS": "federated", "PEIZHEN_HIS_URL": "yh=https://his.example"}, "PEIZHEN_HIS_KEY"),
    ],
)
def test_a_bad_setting_is_one_plain_line(peizhen, env, name):
    code, out, err = peizhen("check", **env)
    assert (code, out) == (2, [])
    assert err.startswith(f"{name}: ")
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    ("env", "name"),
    [
        ({"PEIZHEN_DATABASE_URL": "postgresql+psycopg2://u:Secret-of-us@127.0.0.1:1/x"}, "PEIZHEN_DATABASE_URL: "),
        ({"PEIZHEN_VAR": "/dev/null/folder"}, "/dev/null/folder: "),
        ({"WECHAT_ENCODING_AES_KEY": "Secret-of-us"}, "WECHAT_ENCODING_AES_KEY: "),
    ],
)
def test_what_cannot_be_opened_is_one_plain_line(peizhen, env, name):
    code, out, err = peizhen("prepare", **env)
    assert (code, out) == (2, [])
    assert err.startswith(name)
    assert len(err.splitlines()) == 1
    assert "Secret-of-us" not in err


def test_check_is_json_and_fails_while_nothing_runs(peizhen):
    code, out, _ = peizhen("check", PORT="1")
    found = json.loads(out[0])
    assert (code, found["ok"], found["parts"]["database"]["ok"]) == (1, False, True)
    assert found["parts"]["rasa"]["ok"] is False


def test_the_shift_of_the_clock_is_found_where_env_puts_the_state(tmp_path, monkeypatch):
    """PEIZHEN_VAR may stand in `.env` alone; prepare makes the demo's days by the shifted clock."""
    from types import SimpleNamespace

    from bot import wiring
    from bot.db import migrate
    from bot.host import health
    from bot.jobs import directory

    chosen = SimpleNamespace(var=tmp_path / "elsewhere", demo=False, database_url="sqlite://")
    monkeypatch.setenv("PEIZHEN_VAR", "var")
    monkeypatch.setitem(sys.modules, "tensorflow", sys.modules.get("tensorflow"))  # the command keeps it out
    monkeypatch.setattr(wiring, "settings", lambda: chosen)
    monkeypatch.setattr(wiring, "ports", lambda: None)
    monkeypatch.setattr(migrate, "upgrade", lambda _url: None)
    monkeypatch.setattr(health, "same_time", lambda _ports: None)
    monkeypatch.setattr(directory, "write", lambda _target: True)
    assert cli.main(["prepare"]) == 0
    assert os.environ["PEIZHEN_VAR"] == str(chosen.var)


def test_the_last_text_message_to_a_phone_is_printed(peizhen, var):
    assert peizhen("faq", "search", "x")[0] == 0  # makes the database
    code = "from bot import wiring; from bot.ports import TextMessage as T; " + "".join(
        f"wiring.ports().sms.send(phone='13800138000', message=T('code', {{}}, '{text}'));"
        for text in ("旧的", "验证码123456")
    )
    env = {**os.environ, "PEIZHEN_VAR": str(var)}
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=env, check=True, timeout=60)
    code, out, _ = peizhen("sms", "last", "138 0013 8000")
    assert (code, [json.loads(line)["text"] for line in out]) == (0, ["验证码123456"])


@pytest.mark.parametrize(("phone", "error"), [("13900139000", "not_found"), ("12", "bad_phone")])
def test_no_text_message_is_said_without_the_number(peizhen, phone, error):
    code, out, err = peizhen("sms", "last", phone)
    assert (code, out) == (2, [])
    assert json.loads(err.splitlines()[-1])["error"] == error
    assert phone not in err.replace('"not_found"', "")


def test_production_keeps_no_text_messages(peizhen):
    wanted = {"PEIZHEN_ENV": "production"}
    assert peizhen("sms", "last", "13800138000", **wanted)[0] == 2


@pytest.mark.parametrize("words", [(), ("nonsense",), ("redflag",), ("triage", "x", "--sex", "z")])
def test_wrong_words_are_exit_code_two(capsys, words):
    with pytest.raises(SystemExit) as ended:
        cli.parser().parse_args(words)
    assert (ended.value.code, capsys.readouterr().out) == (2, "")


def test_a_reader_that_went_away_is_no_traceback(var):
    command = f"{sys.executable} -m bot.cli redflag --jsonl | head -c 1"
    text = b'{"text": "x"}\n' * 20_000
    done = subprocess.run(["sh", "-c", command], cwd=ROOT, input=text, capture_output=True, timeout=120, check=False)
    assert b"Traceback" not in done.stderr


def test_audit_verify_says_whole_and_then_where_it_broke(peizhen, tmp_path):
    env = {"PEIZHEN_DATABASE_URL": f"sqlite:///{tmp_path / 'trail.db'}"}
    assert peizhen("prepare", **env)[0] == 0
    code, out, err = peizhen("audit", "verify", **env)
    found = json.loads(out[0])
    assert (code, found["ok"], err) == (0, True, "")
    assert found["rows"] > 0, "preparing the demo writes rows"
    assert set(found) == {"rows", "ok", "anchor"}
    assert peizhen("audit", "verify", "--anchor", found["anchor"], **env)[0] == 0
    assert peizhen("audit", "verify", "--anchor", "9:forged", **env)[0] == 1
    with sqlite3.connect(tmp_path / "trail.db") as database:
        database.execute("DROP TRIGGER audit_no_update")
        database.execute("UPDATE audit SET actor_id = '999' WHERE id = 1")
    code, out, _ = peizhen("audit", "verify", **env)
    broken = json.loads(out[0])
    assert (code, broken["ok"], broken["rows"], broken["first_bad"]) == (1, False, 0, 1)
    assert peizhen("audit", "verify", PEIZHEN_SECRET_KEY="another secret of enough length, quite", **env)[0] == 1


def test_ctrl_c_is_one_line(monkeypatch, capsys):
    def interrupted(_options):
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "train", interrupted)
    assert cli.main(["train"]) == 130
    assert capsys.readouterr().err == "stopped\n"
