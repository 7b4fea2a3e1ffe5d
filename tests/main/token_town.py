"""A town whose keys a token wraps, for the tests of that: its commands, its nodes, and what stands in its ring."""

from __future__ import annotations

import asyncio
from pathlib import Path

from click.testing import Result
from typer.testing import CliRunner

from kaiteki.broker.keyring import Keys, wrapped_by
from kaiteki.main.cli import app
from kaiteki.main.hsm import kek as hsm_kek
from kaiteki.main.kek import HeldKek, made_kek, read_kek
from kaiteki.stores.sqlite import open_sqlite
from kaiteki.stores.sqlite.ring import RING_NAME, SqliteRing
from node_under_test import NodeUnderTest
from ports.sample import SteppingClock

LAMPS = "/ngsi-ld/v1/entities"
LAMP = {"id": "urn:ngsi-ld:Lamp:1", "type": "Lamp", "watts": 5}
HOLDERS = [f"holder-{number:04}" for number in range(600)]


def said(*words: str) -> Result:
    """What a command says, in this process."""
    return CliRunner().invoke(app, ["keys", *words])


def town(data: Path) -> None:
    """A data folder with keys of many people, wrapped by a key in a file."""
    data.mkdir()

    async def filled() -> None:
        store = open_sqlite(data, SteppingClock())
        path = made_kek(data / "kek.json")
        await Keys(store.keys, HeldKek(lambda: read_kek(path)), SteppingClock()).hold(HOLDERS)
        await store.entities.close()

    asyncio.run(filled())


def secrets(data: Path) -> dict[str, bytes]:
    """The keys of all holders, as a node with the settings of this process opens them."""

    async def opened() -> dict[str, bytes]:
        path, token = data / "kek.json", hsm_kek.named_token()
        keys = Keys(SqliteRing(data / RING_NAME), HeldKek(lambda: read_kek(path), token), SteppingClock())
        await keys.hold(HOLDERS)
        return {holder: key.secret for holder in HOLDERS if (key := keys.of(holder)) is not None}

    return asyncio.run(opened())


def wraps(data: Path) -> dict[str, int]:
    """How many keys each key-encryption key wraps."""
    return asyncio.run(wrapped_by(SqliteRing(data / RING_NAME)))


def bearer(node: NodeUnderTest, name: str) -> dict[str, str]:
    """The header of a new machine."""
    token = node.command("user", "add", name, "--machine", "--role", "staff").stdout.strip()
    return {"authorization": f"Bearer {token}"}
