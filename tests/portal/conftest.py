"""The town that is walked through, filled once in a run and copied for each file that walks."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from walked_town import WalkedTown, fill

from made_once import folder_of_run, made_once
from node_under_test import start_node, stop_node

AREAS = ("demo", "chiba")
KNOWN, PHOTO, DATA = "known.json", "wall.jpg", "data"


def _fill(folder: Path) -> None:
    node = start_node(folder / DATA, areas=AREAS)
    try:
        town = WalkedTown(node, folder, folder / PHOTO)
        fill(town)
    finally:
        stop_node(node)
    (folder / KNOWN).write_text(json.dumps([town.known, town.bearers]), encoding="utf-8")


@pytest.fixture(scope="module")
def walked_town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WalkedTown]:
    """A node with a town that has everything, and another area that is empty."""
    made = made_once(folder_of_run(tmp_path_factory), "walked-town", _fill)
    folder = shutil.copytree(made, tmp_path_factory.mktemp("walked") / "town")
    with pytest.MonkeyPatch.context() as patch:
        # a mail server that nobody listens at: what is sent waits
        patch.setenv("KAITEKI_MAIL_SERVER", "smtp://127.0.0.1:9")
        patch.setenv("KAITEKI_MAIL_FROM", "oshirase@city.example")
        node = start_node(folder / DATA, areas=AREAS)
    try:
        known, bearers = json.loads((folder / KNOWN).read_text(encoding="utf-8"))
        yield WalkedTown(node, folder, folder / PHOTO, known, bearers)
    finally:
        stop_node(node)


@pytest.fixture(scope="module")
def part(request: pytest.FixtureRequest) -> str:
    """The part of the walk that a file is named after."""
    return request.path.stem.removeprefix("test_walk_")
