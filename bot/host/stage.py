"""The demo's stage: the WeChat simulator in front of our own door, and the guide beside it."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from flask import Blueprint

from bot import clock, wiring
from bot.host import demo, menus, templates
from bot.host.demo_hospital import DemoHospital
from bot.ports import Ports
from bot.services import arrival, hospitals, scenes, sms_twin
from bot.settings import Settings
from connectors.simulator.blueprint import create_blueprint
from connectors.simulator.config import Picture, SimulatorConfig

TRY = (
    {
        "title": "一次就诊，从头到尾",
        "items": ["胸口闷两天了", "挂号", "我到了，报到", "排到几号了", "我的报告", "问医生", "高血压饮食"],
    },
    {"title": "换个说法也行", "items": ["帮我挂明天上午骨科的号", "不是明天，是后天", "胃镜多少钱", "取消预约"]},
    {"title": "先付款再就诊的号", "items": ["挂整形外科的号", "我的预约"]},
    {"title": "急症先拦住", "items": ["我爸突然胸口压着疼，一身冷汗", "半边身子没劲，嘴也歪了"]},
)
ALBUM = Path(__file__).parent / "pictures"
PICTURES = {
    "report": Picture("报告单照片", ALBUM / "report.jpg"),
    "prescription": Picture("处方照片", ALBUM / "prescription.jpg"),
}
ROLES = {
    "doctor": "医生",
    "head": "科主任",
    "editor": "内容编辑",
    "finance": "财务",
    "operator": "运维",
    "auditor": "审计",
    "service": "客服",
}
WORDS = {
    "now": "医院时间",
    "people": "示范患者",
    "people_note": "绑定就诊卡时用下面的资料。",
    "card_no": "就诊卡",
    "staff": "医护工作台",
    "staff_note": "医生回答提问、编辑发布问答，都在这里登录。",
    "scan_note": "服务号的二维码可以带一个参数，例如院内的科室牌。",
    "roles": ROLES,
}
SIGNS, PLATES = 12, 3  # as many as can be looked through on a small screen


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
        pictures=PICTURES,
        menu=menus.read(settings.public_url).everybody["button"],
        kind=wiring.kind(settings),
        templates=templates.shown(ports.rules),
        subscriptions=templates.shown(ports.rules),
        pay_key=wiring.pay_key(ports.crypto),
        pay_url=f"http://127.0.0.1:{settings['PORT']}/pay/notify",
    )
    return create_blueprint(config)


def texts(ports: Ports) -> list[dict[str, Any]]:
    """Text messages as the simulator shows them on the phone whose number they went to."""
    return [{"phone": kept.phone, "text": kept.text, "at": _unix(kept.sent_at)} for kept in sms_twin.recent(ports)]


def _unix(moment: datetime) -> float:
    """Naive UTC → Unix seconds. (A row's number is no name: an erased row's is given again.)"""
    return moment.replace(tzinfo=timezone.utc).timestamp()


def guide(settings: Settings, ports: Ports) -> dict[str, Any]:
    """What stands beside the phone: what to try, whom to be, how to sign in as staff."""
    facts = demo_facts(settings, ports)
    return {
        "hospital": facts["hospital"] if isinstance(facts["hospital"], str) else facts["hospital"]["name"],
        "now": clock.local(clock.now()).strftime("%Y-%m-%d %H:%M"),
        "patients": facts["patients"][:8],
        "staff": [m for m in facts["staff"] if m["role"] != "doctor"] + facts["staff"][:7],
        "console_url": "/console",
        "try": list(TRY),
        "scenes": signs(ports),
        "place": place(ports),
        "words": WORDS,
    }


def signs(ports: Ports) -> list[dict[str, str]]:
    """Signs as a phone would scan them: for checking in at the first departments, and what some others open."""
    departments, doctors = ports.his.departments(), ports.his.doctors()
    return [
        *({"scene": f"{arrival.SIGN}{d.id}", "label": f"{d.name}报到码"} for d in departments[:SIGNS]),
        *({"scene": f"{scenes.DEPARTMENT}{d.id}", "label": f"{d.name}科室牌"} for d in departments[:PLATES]),
        *({"scene": f"{scenes.DOCTOR}{d.id}", "label": f"{d.name}医生牌"} for d in doctors[:PLATES]),
    ]


def place(ports: Ports) -> dict[str, Any]:
    """Where the demo's phones are when they share their place: at the hospital."""
    first = ports.rules["check_in_places"][0]
    return {"latitude": first["latitude"], "longitude": first["longitude"], "label": hospitals.names(ports)}


def demo_facts(settings: Settings, ports: Ports) -> dict[str, Any]:
    """All of `peizhen demo`."""
    return demo.facts(ports, DemoHospital(settings).facts())
