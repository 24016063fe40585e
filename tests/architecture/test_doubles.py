"""What plays one of our ports in tests and benchmarks takes what the port takes; and every benchmark and gate imports.

mypy does not read tests, and benchmarks hand their doubles over as `Any`: a port that grows a keyword would break them
in the night in which somebody runs them.
"""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

import bot.pay.port
import bot.ports
import connectors.wechat.ports
from tests.architecture.source import ROOT

PORTS = [  # the HIS port's doubles are held to it by tests/contracts
    found
    for module in (bot.ports, bot.pay.port, connectors.wechat.ports)
    for found in vars(module).values()
    if getattr(found, "_is_protocol", False) and found.__module__ == module.__name__
]
ALIKE = 0.5  # of a port's parameters in a method of the same name: it plays that port, and `dict.get` plays none


def wanted(port: type) -> Iterator[tuple[str, dict[str, bool]]]:
    """(method, its parameters: whether each may be left out) of one port."""
    for name, method in inspect.getmembers(port, inspect.isfunction):
        if not name.startswith("_"):
            given = list(inspect.signature(method).parameters.values())[1:]
            yield name, {each.name: each.default is not inspect.Parameter.empty for each in given}


def methods(source: str) -> Iterator[tuple[str, ast.FunctionDef]]:
    """(class, method) of a file, classes inside functions too."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ClassDef):
            yield from ((node.name, each) for each in node.body if isinstance(each, ast.FunctionDef))


def trouble(method: ast.FunctionDef, port: Mapping[str, bool]) -> list[str]:
    """Parameters that the port has and the method does not take, and those that it needs and the port has not."""
    given = method.args
    named = [each.arg for each in (*given.posonlyargs, *given.args)][1:]
    optional = set(named[len(named) - len(given.defaults) :]) if given.defaults else set[str]()
    optional |= {each.arg for each, value in zip(given.kwonlyargs, given.kw_defaults, strict=True) if value}
    named += [each.arg for each in given.kwonlyargs]
    if len(set(named) & set(port)) < ALIKE * len(port) or not port:
        return []
    missing = [] if given.kwarg else [name for name in port if name not in named]
    return missing + [name for name in named if name not in port and name not in optional]


def drifted(source: str) -> list[str]:
    """`Class.method: parameters` of everything in a file that plays a port and has not kept up with it."""
    ports = [each for port in PORTS for each in wanted(port)]
    found = []
    for owner, method in methods(source):
        asked: list[Any] = [trouble(method, port) for name, port in ports if name == method.name]
        if asked and all(asked):  # `send` is a word of several ports
            found.append(f"{owner}.{method.name}: {', '.join(min(asked, key=len))}")
    return found


@pytest.mark.parametrize("folder", ["tests", "benchmarks"])
def test_what_plays_a_port_takes_what_the_port_takes(folder: str) -> None:
    found = {path: drifted(path.read_text(encoding="utf-8")) for path in (ROOT / folder).rglob("*.py")}
    assert {str(path.relative_to(ROOT)): each for path, each in found.items() if each} == {}


OLD = "class Stub:\n    def talk(self, *, conversation, text, metadata, fresh): ..."


@pytest.mark.parametrize(
    ("source", "found"),
    [
        (OLD, ["Stub.talk: patience"]),
        (OLD.replace("fresh)", "fresh, patience=None)"), []),
        (OLD.replace("fresh)", "fresh, **_)"), []),
        (OLD.replace("fresh)", "fresh, patience, mood)"), ["Stub.talk: mood"]),
        ("class Words(dict):\n    def get(self, key, default=None): ...", []),
    ],
)
def test_control_a_double_that_lags_behind_its_port_is_named(source: str, found: list[str]) -> None:
    assert drifted(source) == found


def test_every_benchmark_and_gate_imports() -> None:
    """In a process of their own: some keep TensorFlow out for good (bot/lean.py)."""
    paths = [*(ROOT / "benchmarks").glob("*.py"), *(ROOT / "tests" / "gates").rglob("*.py")]
    names = sorted(".".join(path.relative_to(ROOT).with_suffix("").parts) for path in paths)
    code = f"import importlib\nfor name in {names!r}: importlib.import_module(name)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
