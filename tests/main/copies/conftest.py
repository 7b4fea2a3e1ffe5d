"""A running node, a still one, and a repository for the copies of both."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from copied_towns import CHEAP, ENTITIES, PASSPHRASE, kaiteki, put_files

from kaiteki.main.copies.repository import make_repository
from node_under_test import NodeUnderTest, start_node, stop_node


@pytest.fixture(scope="package")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeUnderTest]:
    """A node that goes on while copies of it are taken: entities with a past, one that is gone, an account, kept and received files."""
    node = start_node(tmp_path_factory.mktemp("running") / "town", "--open", areas=("demo",))
    for n in range(3):
        assert (
            node.ask("POST", ENTITIES, {"id": f"urn:ngsi-ld:Lamp:{n}", "type": "Lamp", "watts": n}).status
            == 201
        )
    assert node.ask("DELETE", f"{ENTITIES}/urn:ngsi-ld:Lamp:2").status == 204
    assert node.command("user", "add", "sensor", "--machine").returncode == 0
    asyncio.run(put_files(node.data))
    yield node
    stop_node(node)


@pytest.fixture
def copies(tmp_path: Path) -> Path:
    """A repository without copies."""
    make_repository(tmp_path / "copies", PASSPHRASE.encode(), CHEAP)
    return tmp_path / "copies"


@pytest.fixture
def key(tmp_path: Path) -> str:
    """The file of the passphrase."""
    file = tmp_path / "key"
    file.write_text(PASSPHRASE)
    return str(file)


@pytest.fixture(scope="package")
def still(running: NodeUnderTest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder on which no node runs, as a copy of the running node gives it."""
    folder = tmp_path_factory.mktemp("still")
    (folder / "key").write_text(PASSPHRASE)
    kaiteki("backup", str(folder / "seed"), "--key-file", str(folder / "key"), "--data", str(running.data))
    kaiteki(
        "restore", str(folder / "seed"), "--key-file", str(folder / "key"), "--data", str(folder / "town")
    )
    return folder / "town"


@pytest.fixture
def town(still: Path, tmp_path: Path) -> Path:
    """A data folder of the test's own."""
    return shutil.copytree(still, tmp_path / "town")
