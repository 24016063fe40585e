"""`peizhen …`: JSON on standard output alone, everything else on standard error; a fault is exit code 2 (or 1)."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from typing import Any

from bot import cli_learning, cli_staff, cli_wechat
from bot import cli_texts as texts
from bot.errors import ConfigError, PeizhenError

Command = Callable[[argparse.Namespace], int]
INTERRUPTED = 130  # as shells count a program that Ctrl-C ended
NEEDS_RASA = frozenset({"understand", "unclear"})


def main(argv: list[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    words = sys.argv[1:] if argv is None else argv
    if not words or words[0] not in NEEDS_RASA:
        import bot.lean  # noqa: F401 - before anything that could find TensorFlow
    options = parser().parse_args(words)
    command: Command = options.command
    try:
        return command(options)
    except ConfigError as error:
        print(_plain(error), file=sys.stderr)
    except PeizhenError as error:
        print(json.dumps({"error": error.code, **_facts(error)}, ensure_ascii=False), file=sys.stderr)
    except BrokenPipeError:
        pass
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return INTERRUPTED
    except OSError as error:
        if not error.filename:
            raise
        print(f"{error.filename}: {error.strerror}", file=sys.stderr)
    return 2


def _plain(error: ConfigError) -> str:
    facts = error.facts
    return f"{facts.get('setting', error.code)}: {facts.get('why', facts.get('folder', ''))}".strip(": ")


def _facts(error: PeizhenError) -> dict[str, Any]:
    return {k: v for k, v in error.facts.items() if isinstance(v, (str, int, float))}


def parser() -> argparse.ArgumentParser:
    root = argparse.ArgumentParser(prog="peizhen", description="陪诊: a hospital assistant in a WeChat account")
    commands = root.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, command: Command, about: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=about, description=about)
        made.set_defaults(command=command)
        return made

    cli_wechat.add_to(add)
    cli_learning.add_to(add)
    cli_staff.add_to(add)
    add("run", run, "start everything and stay (make run)")
    add("train", train, "train the model if its data changed")
    add("prepare", prepare, "create or upgrade the databases and, in demo, the demo hospital")
    add("check", check, "what is set, reachable and missing")
    add("demo", demo, "the demo hospital and its logins as JSON")
    sms = add("sms", sms_last, "demo: text messages that were 'sent'")
    sms.add_argument("what", choices=["last"])
    sms.add_argument("phone")
    one = add("triage", texts.triage, "symptoms → urgency and departments")
    one.add_argument("text", nargs="?")
    one.add_argument("--age", type=int)
    one.add_argument("--sex", choices=["m", "f"])
    one.add_argument("--jsonl", action="store_true")
    add("redflag", texts.redflag, "texts → red flags").add_argument("--jsonl", action="store_true", required=True)
    add("understand", texts.understand, "texts → intents and entities").add_argument(
        "--jsonl", action="store_true", required=True
    )
    faq = add("faq", texts.faq_command, "the FAQ: import FILE.jsonl | search TEXT")
    faq.add_argument("what", choices=["import", "search"])
    faq.add_argument("text", nargs="?")
    faq.add_argument("--top", type=int, default=5)
    faq.add_argument("--jsonl", action="store_true")
    trail = add("audit", audit_verify, "verify: walk the audit trail; exit code 1 when it was tampered with")
    trail.add_argument("what", choices=["verify"])
    trail.add_argument("--anchor", default="", help="LENGTH:HASH of an earlier run, kept outside the database")
    his = add("his", his_serve, "serve the embedded hospital under docs/his-api.yaml")
    his.add_argument("what", choices=["serve"])
    his.add_argument("--port", type=int, default=8100)
    his.add_argument("--host", default="127.0.0.1")
    return root


# -- the house -------------------------------------------------------------------------------------------------
def run(_options: argparse.Namespace) -> int:
    from bot import settings, supervise, train

    chosen = settings.load()
    supervise.check_port(chosen["PEIZHEN_HOST"], int(chosen["PORT"]))
    supervise.start_clock(chosen)
    _step("Preparing the databases")
    _in_own_process("prepare")
    _in_own_process("train")
    model = train.current()
    _step("Starting web, rasa, actions and jobs")
    return supervise.run(chosen, model)


def _step(what: str) -> None:
    print(f"{what} ...", file=sys.stderr, flush=True)


def _in_own_process(command: str) -> None:
    """Run another command of ours in its own, lean process."""
    import subprocess

    if subprocess.run([sys.executable, "-m", "bot.cli", command], check=False).returncode:  # noqa: S603
        raise ConfigError(command, why="failed, see above")


def train(_options: argparse.Namespace) -> int:
    from bot import train as training

    print(training.ensure(), file=sys.stderr)
    return 0


def prepare(_options: argparse.Namespace) -> int:
    from bot import wiring
    from bot.db.migrate import upgrade
    from bot.host import demo as people
    from bot.host.demo_hospital import DemoHospital
    from bot.host.health import same_time
    from bot.jobs import directory

    chosen = wiring.settings()
    chosen.var.mkdir(parents=True, exist_ok=True)
    os.environ["PEIZHEN_VAR"] = str(chosen.var)  # may stand in `.env` alone, and the clock's shift lies there
    upgrade(chosen.database_url)
    same_time(wiring.ports())
    if chosen.demo:
        DemoHospital(chosen).prepare()
        people.prepare(wiring.ports())
    directory.write(chosen.var / "directory.json")
    return 0


def check(_options: argparse.Namespace) -> int:
    from bot import wiring
    from bot.host.health import check as look

    found = look(wiring.settings(), wiring.ports())
    texts.write(found)
    return 0 if found["ok"] else 1


def audit_verify(options: argparse.Namespace) -> int:
    from bot import wiring
    from bot.services import audit

    found = audit.verify(wiring.ports(), anchor=options.anchor)
    first_bad = {} if found.whole else {"first_bad": found.broken_at or "head"}
    texts.write({"rows": found.rows, "ok": found.whole, **first_bad, "anchor": found.anchor})
    return 0 if found.whole else 1


def demo(_options: argparse.Namespace) -> int:
    from bot import wiring
    from bot.host.stage import demo_facts

    chosen = wiring.settings()
    if not chosen.demo:
        raise ConfigError(setting="PEIZHEN_ENV", why="there is no demo hospital in production")
    prepare(_options)
    texts.write(demo_facts(chosen, wiring.ports()), indent=2)
    return 0


def sms_last(options: argparse.Namespace) -> int:
    from bot import wiring
    from bot.db.migrate import upgrade
    from bot.services import sms_twin

    chosen = wiring.settings()
    if not chosen.demo:
        raise ConfigError(setting="PEIZHEN_ENV", why="text messages are kept in demo alone")
    chosen.var.mkdir(parents=True, exist_ok=True)
    upgrade(chosen.database_url)
    kept = sms_twin.last(wiring.ports(), phone=options.phone)
    texts.write({"text": kept.text, "sent_at": f"{kept.sent_at:%Y-%m-%dT%H:%M:%SZ}"})
    return 0


def his_serve(options: argparse.Namespace) -> int:
    from werkzeug.serving import make_server

    from bot import wiring
    from bot.his.embedded import EmbeddedHis
    from bot.his.embedded.demo import load
    from bot.his.serve import create_app

    chosen = wiring.settings()
    if not chosen["PEIZHEN_HIS_KEY"]:
        raise ConfigError(setting="PEIZHEN_HIS_KEY", why="the served hospital needs a key, `<key id>:<secret>`")
    chosen.var.mkdir(parents=True, exist_ok=True)
    his = EmbeddedHis(f"sqlite:///{chosen.var / 'his.db'}")
    load(his)
    server = make_server(options.host, options.port, create_app(his, chosen["PEIZHEN_HIS_KEY"]), threaded=True)
    print(f"HIS at http://{options.host}:{options.port}", file=sys.stderr, flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
