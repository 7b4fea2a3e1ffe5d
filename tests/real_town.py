"""A real town for tests that only read it: all its open data, taken in once in a run (see `made_once`)."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from time import monotonic, sleep

import pytest

from kaiteki.main.cities import load_service_settings
from kaiteki.services.maps.settings import Settings
from made_once import MAKING_S, folder_of_run, made_once
from node_under_test import KAITEKI, NodeUnderTest, start_node, stop_node

REAL_AREA = "yaizu"
ROWS_REFUSED = 3
"""The exit code of an import that refused some rows, which the report of each import tells."""
DATA = "data"
POLL_S = 0.1


def _take_in(files: Path, folder: Path) -> None:
    """Import all files beside a running node, as a town hall does, and wait for the layers that the area declares."""
    node = start_node(folder / DATA, areas=(REAL_AREA,))
    try:
        told = ("import", str(files), "--city", REAL_AREA, "--data", str(node.data))
        done = subprocess.run(
            [*KAITEKI, *told], capture_output=True, text=True, check=False, timeout=MAKING_S
        )
        if done.returncode not in (0, ROWS_REFUSED):
            raise RuntimeError(done.stdout + done.stderr)
        _wait_for_layers(node)
    finally:
        stop_node(node)


def _wait_for_layers(node: NodeUnderTest) -> None:
    declared = len(load_service_settings(REAL_AREA, "maps", Settings).layers)
    path, until = "/ngsi-ld/v1/entities?type=MapLayer&limit=1000", monotonic() + MAKING_S
    while len(node.ask("GET", path, headers={"NGSILD-Tenant": REAL_AREA}).json()) < declared:
        if monotonic() > until:
            raise TimeoutError("the layers of the folder did not come")
        sleep(POLL_S)


@pytest.fixture(scope="module")
def real_data(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> Iterator[Path]:
    """The data folder of a node that holds everything of the town, in the area REAL_AREA: a copy of this module's own."""
    take_in = partial(_take_in, shared_data / REAL_AREA)
    made = made_once(folder_of_run(tmp_path_factory), "real-town", take_in)
    copied = tmp_path_factory.mktemp("real-town")
    yield shutil.copytree(made / DATA, copied / DATA)
    shutil.rmtree(copied)
