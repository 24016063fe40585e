"""Imports flow one way. The table is design.md's; each line we added has a decision record."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.architecture.source import ROOT, imports, modules

STDLIB = sys.stdlib_module_names
EVERYWHERE = ("bot.errors", "bot.lean")

# room → what it may import besides the standard library, bot.errors and itself. The longest matching room counts.
MAY_IMPORT = {
    "actions": ("rasa_sdk", "bot.services", "bot.ports", "bot.his.port", "bot.clock"),
    "actions.base": ("rasa_sdk", "bot.services", "bot.ports", "bot.wiring", "actions.thread"),
    "actions.server": ("rasa_sdk", "sanic", "actions.base"),
    "connectors": (),
    "connectors.wechat": ("wechatpy", "flask", "werkzeug", "httpx", "requests", "urllib3", "cryptography", "yaml"),
    "connectors.gateway": ("rasa", "aiohttp", "sanic", "jsonschema"),
    "connectors.tracker": ("rasa", "sqlalchemy"),
    "connectors.rasa": ("httpx", "bot.ports"),
    "connectors.wechatpay": ("cryptography",),
    "connectors.simulator": ("flask", "werkzeug", "cryptography", "markupsafe"),
    "bot": (),
    "bot.clock": (),
    "bot.logs": (),
    "bot.crypto": ("cryptography",),
    "bot.settings": ("dotenv",),
    "bot.pay.port": (),
    "bot.ports": ("sqlalchemy", "bot.crypto", "bot.his.port", "bot.pay.port", "bot.push.port"),
    "bot.train": ("bot.nlu.spacy_model",),
    "bot.importer": ("rasa",),
    "bot.charcnn": ("numpy",),  # 0029
    "bot.charcnn.learning": ("bot.charcnn", "numpy", "tensorflow"),
    "bot.nlu": (
        "rasa",
        "spacy",
        "numpy",
        "scipy",
        "sklearn",
        "ahocorasick",
        "opencc",
        "pypinyin",
        "yaml",
        "bot.charcnn",
        "bot.triage",
        "bot.clock",
    ),
    "bot.triage": ("bot.charcnn", "ahocorasick", "opencc", "pypinyin", "numpy", "yaml", "spacy", "jieba"),
    "bot.triage.building": ("bot.charcnn", "bot.triage", "numpy", "scipy", "sklearn", "yaml", "jieba"),
    "bot.services": (
        *("bot.ports", "bot.his.port", "bot.push", "bot.faq", "bot.triage", "bot.db", "bot.clock", "bot.crypto"),
        *("sqlalchemy", "yaml", "argon2", "pyotp", "stdnum", "bot.photo", "bot.plot", "bot.pay.port"),
    ),
    "bot.photo": ("PIL",),
    "bot.audio": ("imageio_ffmpeg",),  # 0025
    "bot.plot": ("PIL",),
    "bot.plot.layout": (),
    "bot.db": ("sqlalchemy", "alembic", "bot.crypto"),
    "bot.push": ("bot.db", "bot.ports", "bot.clock", "sqlalchemy"),
    "bot.push.port": (),
    "bot.push.kinds": (),
    "bot.faq.index": ("bot.db", "bot.clock", "sqlalchemy", "tantivy", "bot.faq"),
    "bot.faq.table": ("bot.db", "sqlalchemy", "bot.faq"),
    "bot.faq": ("pypinyin", "opencc", "numpy", "yaml", "tantivy", "bot.triage.sounds", "bot.faq"),
    "bot.faq.text": (),
    "bot.faq.segments": ("jieba",),
    "bot.his.port": (),
    "bot.his.codes": (),
    "bot.his.embedded": ("sqlalchemy", "alembic", "bot.clock", "bot.his.port", "yaml", "stdnum"),
    "bot.his.http": ("httpx", "bot.his.port", "bot.his.codes", "bot.his.asked", "bot.clock"),
    "bot.his": ("bot.his.port", "bot.his.codes", "flask", "werkzeug", "bot.clock", "bot.his"),
    "bot.host": (
        *(
            "bot.ports",
            "bot.services",
            "bot.push",
            "bot.his",
            "bot.settings",
            "bot.clock",
            "bot.wiring",
            "bot.logs",
        ),
        *("connectors.wechat", "connectors.simulator", "flask", "sqlalchemy", "yaml", "segno", "bot.pay.port"),
    ),
    "bot.web": (
        *(
            "flask",
            "werkzeug",
            "flask_login",
            "flask_wtf",
            "wtforms",
            "markupsafe",
            "itsdangerous",
            "prometheus_client",
            "segno",
        ),
        *("bot.services", "bot.ports", "bot.clock", "bot.his.port", "bot.plot.layout"),
    ),
    "bot.web.worker": ("gunicorn", "bot.web.errors"),
    "bot.web.wsgi": (
        "flask",
        "bot.logs",
        "bot.wiring",
        "bot.host",
        "bot.services",
        "bot.web",
        "bot.triage",
        "connectors.wechat",
    ),
    "bot.jobs": ("bot.services", "bot.wiring", "bot.push", "bot.clock"),
    "bot.jobs.schedule": ("apscheduler", "bot.jobs", "bot.logs", "bot.wiring"),
    "bot.wiring": ("bot", "connectors", "yaml", "sqlalchemy"),
    "bot.cli": ("bot", "connectors", "werkzeug"),
    "bot.cli_texts": ("bot",),
    "bot.cli_wechat": ("bot", "connectors"),
    "bot.cli_learning": ("bot",),
    "bot.cli_staff": ("bot",),
    "bot.supervise": ("circus", "bot.settings", "bot.clock", "bot.crypto"),
}
WIRING_MAY_BE_IMPORTED_BY = (
    "bot.cli",
    "bot.cli_texts",
    "bot.cli_wechat",
    "bot.cli_learning",
    "bot.cli_staff",
    "bot.web.wsgi",
    "actions.base",
    "bot.jobs",
    "bot.host.stage",
)


def room_of(module: str) -> str:
    return max((room for room in MAY_IMPORT if _inside(module, room)), key=len)


def _inside(name: str, room: str) -> bool:
    return name == room or name.startswith(f"{room}.")


def trespasses(module: str, names: list[str]) -> list[str]:
    room = room_of(module)
    own = room if room in {"bot.nlu", "bot.triage"} or room.count(".") or room == "actions" else module
    allowed = (*EVERYWHERE, *MAY_IMPORT[room], own)
    return [
        name
        for name in names
        if name.split(".")[0] not in STDLIB and name != "__future__" and not any(_inside(name, a) for a in allowed)
    ]


@pytest.mark.parametrize(("module", "path"), modules(), ids=lambda value: value if isinstance(value, str) else "")
def test_a_module_imports_only_what_its_room_may(module, path):
    assert trespasses(module, list(imports(module, path))) == []


def test_the_table_refuses_a_trespass():
    assert trespasses("bot.services.booking", ["rasa.core.agent"]) == ["rasa.core.agent"]
    assert trespasses("connectors.wechat.webhook", ["bot.ports"]) == ["bot.ports"]
    assert trespasses("bot.his.embedded.queue", ["bot.db.base"]) == ["bot.db.base"]


def test_wiring_is_imported_by_entry_points_alone():
    importers = {m for m, path in modules() if any(_inside(n, "bot.wiring") for n in imports(m, path))}
    assert {m for m in importers if not any(_inside(m, door) for door in WIRING_MAY_BE_IMPORTED_BY)} == set()


@pytest.mark.parametrize("entry", ["bot.web.wsgi", "bot.jobs.schedule", "actions.server", "bot.triage.assess"])
def test_no_process_but_rasa_holds_tensorflow(entry):
    code = f"import bot.lean, sys, {entry}; sys.exit(int(any(n.startswith('tensorflow.') for n in sys.modules)))"
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], cwd=ROOT, check=False, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()[-2000:]
