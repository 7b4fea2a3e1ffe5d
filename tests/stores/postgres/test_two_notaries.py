"""Two nodes that write, read, erase and take in at once on one database: the log is one, whole, and both sign the same tree."""

from __future__ import annotations

import asyncio
import secrets
from pathlib import Path

from kaiteki.broker.notary import Notary
from kaiteki.broker.verifying import Verification
from kaiteki.main.clock import SystemClock
from kaiteki.main.log_key import is_signed, log_key
from kaiteki.ports.accesses import Access
from kaiteki.stores.postgres.opening import open_postgres
from kaiteki.stores.store import Store
from ports.sample import MAYOR, create, drop, entity
from postgres_server import emptied, running_server

WRITES = 50
"""Of each node, one after the other; each with a read beside it."""


async def test_the_log_of_two_nodes_is_one(tmp_path: Path) -> None:
    address, clock = await emptied(running_server()), SystemClock()
    stores = [await open_postgres(address, clock) for _ in range(2)]
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        folder.mkdir()
    notaries = [
        Notary(store.ledger, clock, lambda own=folder: log_key(own, "trial"), secrets.token_bytes)
        for store, folder in zip(stores, folders, strict=True)
    ]

    async def live(store: Store, name: str, notary: Notary) -> None:
        for number in range(WRITES):
            reading = store.accesses.keep([Access("demo", MAYOR, f"{name}-{number}", "Lamp", ("phone",))])
            await asyncio.gather(create(store, entity(f"{name}:{number}", watts=number)), reading)
            if number % 10 == 0:
                await notary.catch_up()
            if number % 25 == 0:
                await drop(store, f"{name}:{number}", purge_history=True)
                await notary.sign()

    await asyncio.gather(live(stores[0], "one", notaries[0]), live(stores[1], "two", notaries[1]))
    await asyncio.gather(*(notary.finish() for notary in notaries))
    known = frozenset(log_key(folder, "trial").public for folder in folders)
    verdict = await Verification(stores[0].ledger, is_signed, known=known).run()
    for store in stores:
        await store.entities.close()
    lines = 2 * (2 * WRITES + 2 * 2)
    assert verdict.faults == [] and verdict.unproven == 0
    assert verdict.size == verdict.checked == verdict.signed == lines
