"""A town whose people are erased: who is in it, the commands beside its node, what its faces say."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec
from planting import AREA, PASSWORD, Browser, Planted, watch
from seeking import sought
from typer.testing import CliRunner

from kaiteki.kit.engine import KIT_TYPES
from kaiteki.main.cli import app
from kaiteki.main.parts import SERVICES
from node_under_test import NodeUnderTest, start_node
from waiting import LONG_S

STRINGS_MIN = 130
ASKS_MAX = 600
PAUSE_S = 0.2
KINDS = sorted({one.name for service in SERVICES for one in service.types} | {one.name for one in KIT_TYPES})


class Town(msgspec.Struct, frozen=True):
    """A town with a node, its clerk, a program with every role, and somebody whose words must stay."""

    node: NodeUnderTest
    clerk: Browser
    robot: dict[str, str]


def open_town(data: Path, store: str = "") -> Town:
    """Start it; whoever starts it stops the node."""
    for words in (("clerk", "--role", "staff", "--role", "admin"), ("robot", "--machine", "--role", "admin")):
        given = f"{PASSWORD}\n"
        made = beside(data, "user", "add", *words, given=given)
    node = start_node(data, *(("--store", store) if store else ()), areas=(AREA,))
    clerk = Browser(node)
    clerk.sign_in("clerk")
    robot = {"authorization": f"Bearer {made.strip()}"}
    watch(node, robot)
    return Town(node, clerk, robot)


def beside(data: Path, *words: str, given: str = "") -> str:
    """What a command beside the node said; it came to its end in order."""
    done = CliRunner().invoke(app, [*words, "--data", str(data)], input=given)
    assert done.exit_code == 0, (words, done.output, done.exception)
    return done.stdout


_KILLED_WHEN_SAID = """
import os, runpy, signal, sys

class Out:
    def __init__(self, behind, mark):
        self._behind, self._mark = behind, mark

    def write(self, text):
        self._behind.write(text)
        if self._mark in text:
            self._behind.flush()
            os.kill(os.getpid(), signal.SIGKILL)

    def __getattr__(self, name):
        return getattr(self._behind, name)

sys.stdout = Out(sys.stdout, sys.argv.pop(1))
runpy.run_module("kaiteki.main", run_name="__main__")
"""
"""A command that is killed by itself at the moment at which it says something: whoever reads it comes too late on a busy machine."""


def killed_erasing(data: Path, who: str, after: str) -> None:
    """`kaiteki erase`, killed when it says that a step is done."""
    command = [sys.executable, "-c", _KILLED_WHEN_SAID, after, "erase", who, "--yes", "--data", str(data)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=LONG_S)
    assert (done.returncode, after in done.stdout) == (-signal.SIGKILL, True), done.stdout + done.stderr


def through_faces(town: Town) -> Iterator[tuple[str, bytes]]:
    """Everything of the declared types that a program with every role reads, present and past, and the pages of the desk."""
    for kind in KINDS:
        for path in (
            "/ngsi-ld/v1/entities?type={}",
            "/ngsi-ld/v1/temporal/entities?type={}",
            "/v2/entities?type={}",
        ):
            answer = town.node.ask("GET", path.format(kind) + "&limit=100", None, town.robot)
            yield f"{path} {kind}", answer.body
    for page in (
        "reports/desk",
        "trust/desk",
        "desk/access",
        "desk/subscriptions",
        "desk/audit.csv",
        "reports",
    ):
        yield page, town.clerk.ask("GET", f"/{AREA}/{page}").body


def node_forgets(town: Town, plant: Planted) -> None:
    """Wait until the node has heard of an erasure beside it: subscriptions are in its memory."""
    pause = threading.Event()
    for _ in range(ASKS_MAX):
        page = town.clerk.ask("GET", f"/{AREA}/desk/subscriptions").body
        if not sought(plant, [("", page)]):
            return
        pause.wait(PAUSE_S)
    raise AssertionError("the node remembers subscriptions of somebody who was erased")
