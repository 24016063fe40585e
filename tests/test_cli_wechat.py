"""`peizhen menu` and `peizhen signs`, against the simulator over HTTP."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.serving import make_server

from bot import cli, settings, wiring
from bot.db.base import make_engine
from bot.errors import ConfigError
from bot.host import menus
from bot.services import resting, scenes
from connectors.simulator import SimulatorConfig, Tools, create_blueprint
from connectors.wechat.followers import Tags
from tests.factories import make_ports

ROOT = Path(__file__).resolve().parents[1]
APP_ID, SECRET = "wxdemo0000000001", "demo-app-secret"


@pytest.fixture
def ports(sqlite_url, still):
    engine = make_engine(sqlite_url)
    yield make_ports(engine)
    engine.dispose()


@pytest.fixture
def account(tmp_path, ports, monkeypatch):
    """The simulator at a port, and settings that lead there."""
    keys = {"token": "demotoken", "aes_key": "q" * 42 + "E", "app_id": APP_ID, "app_secret": SECRET}
    place = {"var_dir": tmp_path, "callback_url": "http://127.0.0.1:9/wechat", "account_id": "gh_x"}
    config = SimulatorConfig(**keys, **place, account_name="测试", guide=dict)
    app = Flask("simulator")
    app.register_blueprint(create_blueprint(config, Tools()))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    base = f"http://127.0.0.1:{server.server_port}/sim/api"
    chosen = settings.load({"WECHAT_API_BASE": base, "PEIZHEN_VAR": str(tmp_path)}, env_file=tmp_path / "none")
    monkeypatch.setattr(wiring, "settings", lambda: chosen)
    monkeypatch.setattr(wiring, "ports", lambda: ports)
    yield wiring.platform(chosen, ports.transaction, ports.crypto)
    server.shutdown()
    server.server_close()


def peizhen(*words):
    options = cli.parser().parse_args(words)
    return options.command(options)


def shown(capsys):
    assert peizhen("menu", "show") == 0
    return json.loads(capsys.readouterr().out)


def test_a_dry_run_prints_the_menu_and_calls_nobody(capsys):
    """In its own process, without a database."""
    words = [sys.executable, "-m", "bot.cli", "menu", "push", "--dry-run"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, timeout=60, check=True)
    found = json.loads(done.stdout)
    assert [button["name"] for button in found["everybody"]["button"]] == ["看病", "报告问答", "我的"]
    assert found["tagged"] == {}


def test_pushed_is_what_wechat_shows(account, capsys):
    assert shown(capsys) == {}
    assert peizhen("menu", "push") == 0
    found = shown(capsys)
    assert [button["name"] for button in found["menu"]["button"]] == ["看病", "报告问答", "我的"]
    assert found["menu"]["button"][2]["sub_button"][0]["url"] == "http://localhost:8000/h5/me"


def test_a_menu_by_tag_replaces_the_one_before(account, capsys, tmp_path):
    file = tmp_path / "menu.yaml"
    file.write_text(
        "buttons: [{name: 帮助, key: help}]\nconditional: [{tag: 家属, buttons: [{name: 挂号, key: book}]}]", "utf-8"
    )
    with pytest.raises(ConfigError) as caught:
        peizhen("menu", "push", str(file))
    assert "unknown_tag" in caught.value.facts["why"]
    tag = Tags(account).create("家属")
    for _ in range(2):
        assert peizhen("menu", "push", str(file)) == 0
        [only] = shown(capsys)["conditionalmenu"]
        assert only["matchrule"]["group_id"] == str(tag)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("buttons: [{name: 挂号, key: bok}]", "nobody answers to the key bok"),
        ("buttons: []", "needs 1 to 3 buttons"),
        ("buttons: [{name: 名字太长太长太长, key: book}]", "longer than 16 bytes"),
    ],
)
def test_a_wrong_file_is_named_and_nothing_is_sent(text, why, tmp_path):
    file = tmp_path / "menu.yaml"
    file.write_text(text, "utf-8")
    with pytest.raises(ConfigError) as caught:
        peizhen("menu", "push", str(file))
    assert caught.value.facts["setting"] == str(file)
    assert why in caught.value.facts["why"]


def test_the_products_menu_has_a_page_or_an_answer_behind_each_button():
    found = menus.read("https://wx.hospital.example")
    assert found.keys()
    assert len(found.everybody["button"]) == 3


@pytest.mark.parametrize(("opens", "scene"), [("checkin", "checkin:yh.d01"), ("department", "dept:yh.d01")])
def test_signs_are_printed_for_one_department(account, tmp_path, capsys, opens, scene):
    file = tmp_path / "signs.html"
    assert peizhen("signs", str(file), "--department", "yh.d01", "--opens", opens) == 0
    page = file.read_text("utf-8")
    assert page.count("<section>") == 1
    assert scene in page
    assert "<svg" in page
    assert capsys.readouterr().out == ""


def test_a_beds_sign_is_sealed(account, ports, tmp_path):
    file = tmp_path / "signs.html"
    assert peizhen("signs", str(file), "--bed", "7A-12", "--bed", "7A-13") == 0
    page = file.read_text("utf-8")
    assert page.count("<section>") == 2
    assert scenes.bed(ports, "7A-12") in page
    with pytest.raises(ConfigError):
        peizhen("signs", str(file), "--bed", "七号")


def test_signs_for_a_department_that_is_not_there_write_no_file(account, tmp_path):
    with pytest.raises(ConfigError):
        peizhen("signs", str(tmp_path / "signs.html"), "--department", "yh.d99")
    assert not (tmp_path / "signs.html").exists()


def test_what_wechat_refuses_is_one_plain_line(account, monkeypatch, tmp_path, ports):
    wrong = {"WECHAT_APP_SECRET": "another", "PEIZHEN_VAR": str(tmp_path)}
    base = wiring.settings()["WECHAT_API_BASE"]
    chosen = settings.load({**wrong, "WECHAT_API_BASE": base}, env_file=tmp_path / "none")
    monkeypatch.setattr(wiring, "settings", lambda: chosen)
    with pytest.raises(ConfigError) as caught:
        peizhen("signs", str(tmp_path / "signs.html"))
    assert "40125" in caught.value.facts["why"]


def test_a_pause_that_one_process_meets_stands_where_operators_of_another_see_it(account, ports):
    pauses = wiring.pauses(wiring.settings())
    wiring._pauses.cache_clear()  # the other tests' calls do not rest
    pauses.note("message/custom/send", 45009)
    assert [one.call for one in resting.standing(ports)] == ["message/custom/send"]
