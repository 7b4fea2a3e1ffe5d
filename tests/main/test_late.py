"""Modules that wait: imported like any other, read at their first use, once."""

import importlib
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from kaiteki.main import late
from waiting import LONG_S

SOURCE = """
import sys
sys.stdout.write("read")
import {name}
value = {value}
"""

START = """
import asyncio, sys
from pathlib import Path
from kaiteki.main.late import WaitingModule, catch_up, let_wait
let_wait()
from kaiteki.main.run import run
from kaiteki.main.node import open_node
from kaiteki.main.settings import Settings

async def start():
    async with open_node(Settings(data=Path(sys.argv[1]), cities=("demo",))):
        print("READ", *sorted(name for name in sys.modules if type(sys.modules[name]) is not WaitingModule))
        await catch_up()
        print("READ", *sorted(name for name in sys.modules if type(sys.modules[name]) is not WaitingModule))

asyncio.run(start())
"""
FIRST = """
import sys
from importlib import import_module
from kaiteki.main.late import WaitingModule, let_wait
let_wait()
module = import_module(sys.argv[1])
assert type(module) is WaitingModule
hasattr(module, "anything")
assert type(module) is not WaitingModule
print(module.__name__)
"""
HEAVY = {"rich", "pygments", "attr", "jinja2", "starlette", "cryptography", "paho", "onnxruntime", "mcp"}
"""What others need that wait, or what the site needs, which is built after the first answers."""


@pytest.fixture
def name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The name of a module that waits, in a folder that is looked through."""
    name = f"waiting_{tmp_path.name}"
    (tmp_path / f"{name}.py").write_text(SOURCE.format(name=name, value=7))
    monkeypatch.setattr(late, "LATE", frozenset({name}))
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    importlib.invalidate_caches()
    late.let_wait()
    late.let_wait()
    yield name
    sys.modules.pop(name, None)


def test_a_module_is_read_at_its_first_use_however_often_it_is_imported(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    module = importlib.import_module(name)
    assert __import__(name) is module
    assert capsys.readouterr().out == ""
    assert (module.value, module.value, capsys.readouterr().out) == (7, 7, "read")
    assert repr(module.__loader__).count("SourceFileLoader") == 1


async def test_what_was_not_used_is_read_when_there_is_time(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    importlib.import_module(name)
    late.once_read(name, lambda: print(" and told"))
    assert capsys.readouterr().out == ""
    await late.catch_up()
    await late.catch_up()
    assert capsys.readouterr().out == "read and told\n"
    late.once_read(name, lambda: print("at once"))
    assert capsys.readouterr().out == "at once\n"


async def test_what_few_ask_for_waits_until_somebody_does(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(late, "RARE", frozenset({name}))
    module = importlib.import_module(name)
    await late.catch_up()
    assert capsys.readouterr().out == ""
    assert (module.value, capsys.readouterr().out) == (7, "read")


def test_a_module_with_a_fault_says_so_and_is_tried_again(name: str, tmp_path: Path) -> None:
    module = importlib.import_module(name)
    good = SOURCE.format(name=name, value=8)
    (tmp_path / f"{name}.py").write_text(good + "1 / 0\n")
    with pytest.raises(ZeroDivisionError):
        _ = module.value
    (tmp_path / f"{name}.py").write_text(good)
    assert module.value == 8


@pytest.mark.parametrize("module", sorted(late.LATE))
def test_each_module_that_waits_can_be_the_first_that_is_read(module: str) -> None:
    """A node may be asked for anything before it has read the rest: a polygon may be the first that it is sent."""
    told = subprocess.run(
        [sys.executable, "-c", FIRST, module], capture_output=True, text=True, check=False, timeout=LONG_S
    )
    assert told.returncode == 0, told.stderr[-2000:]
    assert told.stdout.strip() == module


def test_a_plain_start_reads_nothing_that_can_wait(tmp_path: Path) -> None:
    told = subprocess.run(
        [sys.executable, "-c", START, str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        timeout=LONG_S,
    )
    began, idle = (set(line.split()) for line in told.stdout.splitlines() if line.startswith("READ "))
    assert "kaiteki.broker.dispatching" in began
    assert began & (late.LATE | HEAVY) == set()
    assert {"numpy", "shapely", "structlog"} <= idle
    assert idle & (late.RARE | {"rich", "pygments", "greenlet", "pydantic"}) == set()


def test_the_command_line_brings_no_second_validation_library() -> None:
    """A node keeps what read its options for as long as it runs."""
    locked = tomllib.loads((Path(__file__).parents[2] / "uv.lock").read_text())["package"]
    (needed,) = ({other["name"] for other in one["dependencies"]} for one in locked if one["name"] == "typer")
    assert "rich" in needed
    assert "pydantic" not in needed
