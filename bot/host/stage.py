"""The demo's stage: the WeChat simulator in front of our own door, and the guide beside it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from bot import clock, wiring
from bot.host import demo, templates
from bot.host.demo_hospital import DemoHospital
from bot.ports import Ports
from bot.services import hospitals, sms_twin
from bot.settings import Settings
from connectors.simulator.blueprint import create_blueprint
from connectors.simulator.config import SimulatorConfig

TRY = (
    {
        "title": "一次就诊，从头到尾",
        "items": ["胸口闷两天了", "挂号", "我到了，报到", "排到几号了", "我的报告", "问医生", "高血压饮食"],
    },
    {"title": "换个说法也行", "items": ["帮我挂明天上午骨科的号", "不是明天，是后天", "胃镜多少钱", "取消预约"]},
    {"title": "先付款再就诊的号", "items": ["挂整形外科的号", "我的预约"]},
    {"title": "急症先拦住", "items": ["我爸突然胸口压着疼，一身冷汗", "半边身子没劲，嘴也歪了"]},
)
SIGNS = 12  # as many as can be looked through on a small screen
MENU = (
    {
        "name": "看病",
        "sub_button": [
            {"type": "click", "name": "不知道看哪科", "key": "triage"},
            {"type": "click", "name": "预约挂号", "key": "book"},
            {"type": "click", "name": "我的预约", "key": "my_bookings"},
            {"type": "click", "name": "排队进度", "key": "queue_position"},
            {"type": "click", "name": "到院报到", "key": "check_in"},
        ],
    },
    {
        "name": "报告问答",
        "sub_button": [
            {"type": "click", "name": "查报告", "key": "reports_list"},
            {"type": "click", "name": "问医生", "key": "ask_expert"},
            {"type": "click", "name": "我的提问", "key": "my_questions"},
            {"type": "click", "name": "查价格", "key": "price_exam"},
        ],
    },
    {
        "name": "我的",
        "sub_button": [
            {"type": "view", "name": "我的就诊", "url": "/h5/me"},
            {"type": "click", "name": "绑定就诊卡", "key": "bind_card"},
            {"type": "click", "name": "就诊须知", "key": "visit_guide"},
            {"type": "click", "name": "人工服务", "key": "human_agent"},
        ],
    },
)


def simulator(settings: Settings, ports: Ports) -> Blueprint:
    """The phone in the browser, talking to our own /wechat."""
    config = SimulatorConfig(
        var_dir=settings.var,
        callback_url=f"http://127.0.0.1:{settings['PORT']}/wechat",
        token=settings["WECHAT_TOKEN"],
        aes_key=wiring.aes_key(settings),
        app_id=settings["WECHAT_APP_ID"],
        app_secret=settings["WECHAT_APP_SECRET"],
        account_id="gh_peizhendemo01",
        account_name=hospitals.names(ports),
        guide=lambda: guide(settings, ports),
        sms=lambda: texts(ports),
        public_url=settings.public_url,
        menu=[_absolute(button, settings.public_url) for button in MENU],
        templates=templates.shown(ports.rules),
        pay_key=wiring.pay_key(ports.crypto),
        pay_url=f"http://127.0.0.1:{settings['PORT']}/pay/notify",
    )
    return create_blueprint(config)


def texts(ports: Ports) -> list[dict[str, Any]]:
    """Text messages as the simulator shows them on the phone whose number they went to."""
    return [{"id": kept.id, "phone": kept.phone, "text": kept.text} for kept in sms_twin.recent(ports)]


def _absolute(button: dict[str, Any], base: str) -> dict[str, Any]:
    subs = [{**s, "url": base + s["url"]} if "url" in s else s for s in button["sub_button"]]
    return {**button, "sub_button": subs}


def guide(settings: Settings, ports: Ports) -> dict[str, Any]:
    """What stands beside the phone: what to try, whom to be, how to sign in as staff."""
    facts = demo_facts(settings, ports)
    return {
        "hospital": facts["hospital"] if isinstance(facts["hospital"], str) else facts["hospital"]["name"],
        "now": clock.local(clock.now()).strftime("%Y-%m-%d %H:%M"),
        "patients": facts["patients"][:8],
        "staff": [m for m in facts["staff"] if m["role"] != "doctor"] + facts["staff"][:6],
        "console_url": "/console",
        "try": list(TRY),
        "scenes": signs(ports),
        "place": place(ports),
    }


def signs(ports: Ports) -> list[dict[str, str]]:
    """The check-in signs at the doors of the first departments, as a phone would scan them."""
    return [{"scene": f"checkin:{d.id}", "label": f"{d.name}报到码"} for d in ports.his.departments()[:SIGNS]]


def place(ports: Ports) -> dict[str, Any]:
    """Where the demo's phones are when they share their place: at the hospital."""
    first = ports.rules["check_in_places"][0]
    return {"latitude": first["latitude"], "longitude": first["longitude"], "label": hospitals.names(ports)}


def demo_facts(settings: Settings, ports: Ports) -> dict[str, Any]:
    """All of `peizhen demo`."""
    return demo.facts(ports, DemoHospital(settings).facts())
