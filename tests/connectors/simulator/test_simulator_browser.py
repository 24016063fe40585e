"""The phone in a real browser, against a real server: what a patient sees and taps."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask, request
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from connectors.simulator import SimulatorConfig, create_blueprint
from connectors.simulator.authenticator import code
from tests.browsers import NARROW, PATIENCE, WIDE
from tests.connectors.simulator.conftest import APP_ID, KEY, MENU, SECRET, TOKEN, Product

PATIENTS = [
    {"name": "赵一", "id_number": "110101199001011237", "phone": "13800138001", "card_no": "C1"},
    {"name": "钱二", "id_number": "110101199001012336", "phone": "13800138002", "card_no": "C2"},
]
STAFF = {"username": "wang", "password": "p", "role": "editor", "department": "", "totp_secret": "JBSWY3DPEHPK3PXP"}


class Host:
    """The product and the simulator on one loopback server."""

    def __init__(self, var: Path) -> None:
        self.product = Product()
        self.app = self._app(var)
        self.product.reply = self._reply

    def _app(self, var: Path) -> Flask:
        app = self.product.app()
        self.server = make_server("127.0.0.1", 0, app, threaded=True)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        config = SimulatorConfig(
            var_dir=var,
            callback_url=f"{self.url}/wechat",
            token=TOKEN,
            aes_key=KEY,
            app_id=APP_ID,
            app_secret=SECRET,
            account_id="gh_test",
            account_name="测试医院",
            guide=lambda: {
                "place_name": "测试医院",
                "people": PATIENTS,
                "staff": [STAFF],
                "try": [{"title": "试试", "items": ["停车"]}],
            },
            public_url=self.url,
            menu=[
                *MENU,
                {
                    "name": "更多",
                    "sub_button": [{"type": "view", "name": "我的", "url": f"{self.url}/h5/me"}],
                },
            ],
        )
        app.register_blueprint(create_blueprint(config))
        app.add_url_rule("/h5/me", view_func=self.page)
        return app

    def _reply(self, message: dict[str, str]) -> str:
        if message["MsgType"] == "event":
            return "您好 <b>粗</b>\n1. " + link("预约挂号", "m1") + f'\n<a href="{self.url}/h5/me">我的</a>'
        return f"收到：{message.get('Content', message['MsgType'])}（{message.get('bizmsgmenuid', '无')}）"

    def page(self) -> Any:
        """An H5 page that lets WeChat say who came."""
        if "code" not in request.args:
            back = quote(f"{self.url}/h5/me", safe="")
            query = f"appid={APP_ID}&redirect_uri={back}&response_type=code&scope=snsapi_base&state=1"
            return "", 302, {"Location": f"/sim/connect/oauth2/authorize?{query}"}
        query_string = {
            "appid": APP_ID,
            "secret": SECRET,
            "code": request.args["code"],
            "grant_type": "authorization_code",
        }
        told = self.app.test_client().get("/sim/api/sns/oauth2/access_token", query_string=query_string).get_json()
        return f"<!doctype html><title>我的页面</title><p>{told['openid']}</p>"


def link(label: str, name: str) -> str:
    return f'<a href="weixin://bizmsgmenu?msgmenucontent={quote(label, safe="")}&msgmenuid={name}">{label}</a>'


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    made = Host(tmp_path_factory.mktemp("simulator"))
    thread = threading.Thread(target=made.server.serve_forever, daemon=True)
    thread.start()
    yield made
    made.server.shutdown()
    thread.join(5)


@pytest.fixture(params=[NARROW, WIDE], ids=["narrow", "wide"])
def page(request: pytest.FixtureRequest, browser: Browser, host: Host) -> Iterator[Page]:
    """A fresh visitor whose first phone has been greeted; the console must stay clean."""
    context = browser.new_context(viewport=request.param)
    context.set_default_timeout(PATIENCE)
    tab, complaints = context.new_page(), list[str]()
    tab.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.goto(host.url)
    expect(tab.locator(".row.bot .choice")).to_have_count(1)
    yield tab
    context.close()
    assert complaints == []


def active(page: Page, selector: str) -> Any:
    return page.locator(f".phone.active {selector}")


def own_width(page: Page) -> int:
    width: int = page.evaluate("() => document.documentElement.scrollWidth")
    return width


def test_enter_sends_and_the_answer_appears_as_text(page: Page) -> None:
    active(page, ".input").fill("<img src=x> 挂号")
    active(page, ".input").press("Enter")
    expect(active(page, ".row.me")).to_have_text("赵<img src=x> 挂号")
    expect(active(page, ".row.bot .bubble").last).to_have_text("收到：<img src=x> 挂号（无）")
    expect(active(page, ".row.bot .bubble").first).to_contain_text("<b>粗</b>")
    assert own_width(page) <= page.viewport_size["width"]  # type: ignore[index]


def test_the_button_sends_and_a_new_line_does_not(page: Page) -> None:
    active(page, ".input").fill("一")
    active(page, ".input").press("Shift+Enter")
    active(page, ".input").type("二")
    page.get_by_role("button", name="发送", exact=True).locator("visible=true").click()
    expect(active(page, ".row.bot .bubble").last).to_have_text("收到：一二（无）")
    expect(active(page, ".input")).to_have_value("")


def test_a_quick_reply_sends_its_content_with_its_id(page: Page) -> None:
    active(page, ".choice").click()
    expect(active(page, ".row.bot .bubble").last).to_have_text("收到：预约挂号（m1）")


def test_a_link_opens_the_page_as_this_phone_and_closes(page: Page, host: Host) -> None:
    active(page, ".row.bot .link").click()
    expect(active(page, ".overlay-title")).to_have_text("我的页面")
    shown = page.frame_locator(".overlay-frame").locator("p").inner_text()
    assert shown == host.product.heard[-1]["FromUserName"]
    active(page, ".overlay-close").click()
    expect(active(page, ".overlay")).to_be_hidden()


def test_the_menu_unfolds_and_opens_a_page(page: Page, host: Host) -> None:
    active(page, ".menu-top").nth(1).click()
    active(page, ".menu-leaf").click()
    expect(active(page, ".overlay-title")).to_have_text("我的页面")
    deadline = time.monotonic() + 60
    while host.product.heard[-1].get("Event") != "VIEW" and time.monotonic() < deadline:
        page.wait_for_timeout(50)
    assert host.product.heard[-1]["EventKey"] == f"{host.url}/h5/me"


def test_a_suggestion_goes_into_the_composer(page: Page) -> None:
    if active(page, ".open-guide").is_visible():
        active(page, ".open-guide").click()
    page.get_by_role("button", name="停车").click()
    expect(active(page, ".input")).to_have_value("停车")


def test_two_patients_have_two_chats_and_the_browser_keeps_them(page: Page) -> None:
    active(page, ".switch-phone").click()
    active(page, ".sheet").get_by_text("添加手机").click()
    active(page, ".sheet").get_by_text("钱二").click()
    expect(active(page, ".title-sub")).to_have_text("钱二的手机")
    active(page, ".input").fill("我是第二部")
    active(page, ".input").press("Enter")
    expect(active(page, ".row.bot .bubble").last).to_have_text("收到：我是第二部（无）")
    assert "我是第二部" not in page.locator(".phone").first.inner_text()
    page.reload()
    expect(page.locator(".phone")).to_have_count(2)
    expect(active(page, ".row.bot .bubble").last).to_have_text("收到：我是第二部（无）")


def test_offline_waits_and_then_sends(page: Page) -> None:
    def turn() -> None:
        active(page, ".open-settings").click()
        active(page, ".sheet").get_by_label("断网").click()
        active(page, ".sheet-head .icon-button").click()

    turn()
    expect(active(page, ".net-note")).to_contain_text("无网络")
    active(page, ".input").fill("等一等")
    active(page, ".input").press("Enter")
    expect(active(page, ".state")).to_have_text("没有网络，联网后发送")
    turn()
    expect(active(page, ".row.bot .bubble").last).to_have_text("收到：等一等（无）")
    expect(active(page, ".state")).to_have_count(0)


def test_big_letters_are_bigger_and_stay(page: Page) -> None:
    size = "() => parseFloat(getComputedStyle(document.querySelector('.phone.active .bubble')).fontSize)"
    before = page.evaluate(size)
    active(page, ".open-settings").click()
    active(page, ".sheet").get_by_label("大字").click()
    page.reload()
    expect(active(page, ".row.bot .choice")).to_have_count(1)
    assert page.evaluate(size) > before * 1.15
    assert own_width(page) <= page.viewport_size["width"]  # type: ignore[index]


def test_the_guide_breaks_a_call_and_mends_it(page: Page, host: Host) -> None:
    if active(page, ".open-guide").is_visible():
        active(page, ".open-guide").click()
    page.get_by_text("让微信出错").click()
    page.get_by_label("什么出错").select_option("busy")
    page.get_by_label("几次").select_option("3")
    page.get_by_role("button", name="打开", exact=True).click()
    expect(page.locator(".fault-row")).to_have_text("系统繁忙（-1） 还有 3 次")
    assert page.request.get(f"{host.url}/sim/api/cgi-bin/menu/get").json()["errcode"] == -1
    assert own_width(page) <= page.viewport_size["width"]  # type: ignore[index]
    page.get_by_role("button", name="全部恢复").click()
    expect(page.locator(".fault-none")).to_be_visible()
    expect(page.locator(".fault-path").first).to_have_text("menu/get")


def test_the_guide_shows_a_staff_members_code_of_the_moment(page: Page) -> None:
    if active(page, ".open-guide").is_visible():
        active(page, ".open-guide").click()
    page.locator("summary").filter(has_text="wang").click()
    page.get_by_role("button", name="取动态码并复制").click()
    shown = page.locator(".value-row").filter(has_text="动态码").locator(".value")
    expect(shown).to_contain_text("秒内有效")
    now = int(time.time())
    assert shown.inner_text()[:6] in {code(STAFF["totp_secret"], now), code(STAFF["totp_secret"], now - 30)}
    assert own_width(page) <= page.viewport_size["width"]  # type: ignore[index]


def test_a_file_and_a_sticker_are_sent_from_the_drawer(page: Page, host: Host) -> None:
    for label, shown in {"文件": "资料.pdf", "表情": "[表情]"}.items():
        active(page, ".plus").click()
        active(page, ".drawer").get_by_text(label).click()
        expect(active(page, ".row.me").last).to_contain_text(shown)
    expect(active(page, ".row.bot .bubble").last).to_contain_text("不支持的消息类型")
