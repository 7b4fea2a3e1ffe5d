"""`kaiteki keys`: the key-encryption key wraps all keys anew; which keys were destroyed."""

from __future__ import annotations

import asyncio
from pathlib import Path

import typer

from kaiteki.broker.sealed_accounts import SealedAccounts
from kaiteki.broker.sealing import SealedEntities
from kaiteki.broker.sealing_up import seal_up
from kaiteki.main.clock import SystemClock
from kaiteki.main.kek import KEK_NAME, KEK_VARIABLE, given_kek, open_keys, rotate
from kaiteki.main.options import DATA_DEFAULT, DataOption
from kaiteki.main.sealing import open_seals
from kaiteki.main.stores import named_store, open_store
from kaiteki.main.upkeep import need_data, stop
from kaiteki.model.instant import format_instant

keys_app = typer.Typer(help="The keys under which personal data are sealed.", no_args_is_help=True)


@keys_app.command("rotate")
def rotate_kek(data: DataOption = DATA_DEFAULT) -> None:
    """Make a new key-encryption key, wrap every key by it and drop the old one. The node may go on meanwhile; can be run again."""
    given = given_kek()
    if named_store() and given is None:
        raise stop(
            f"Nodes on this database share a key-encryption key that stands beside the ring. Give all of them {KEK_VARIABLE}"
            " with the same file first; `kaiteki keys rotate` then wraps all keys by the key in it."
        )
    if not named_store():
        need_data(data)
    done = asyncio.run(_rotate(data, given or data / KEK_NAME))
    typer.echo(
        f"Wrapped {done} keys anew. Keep a copy of {given or data / KEK_NAME}, apart from copies of the data."
    )


@keys_app.command("seal")
def seal(data: DataOption = DATA_DEFAULT) -> None:
    """Seal what an older Kaiteki kept in clear: accounts, entities, their past. Can be stopped and run again; stop the nodes before."""
    if not named_store():
        need_data(data)
    accounts, entities, states = asyncio.run(_seal(data))
    typer.echo(f"Sealed {accounts} accounts, {entities} records and {states} states of their past.")


@keys_app.command("destroyed")
def show_destroyed(data: DataOption = DATA_DEFAULT) -> None:
    """List when keys were destroyed, at whose order and on what ground. Whose they were is not known any more."""
    if not named_store():
        need_data(data)
    for line in asyncio.run(_destroyed(data)):
        typer.echo(line)


async def _rotate(data: Path, path: Path) -> int:
    clock = SystemClock()
    store = await open_store(data, clock)
    try:
        return await rotate(path, await open_keys(data, store, clock, in_database=bool(named_store())))
    finally:
        await store.entities.close()


async def _seal(data: Path) -> tuple[int, int, int]:
    clock = SystemClock()
    store = await open_store(data, clock)
    try:
        seals = await open_seals(data, store, clock, named_store())
        accounts = await SealedAccounts(store.accounts, seals.keys).seal_all()
        return accounts, *await seal_up(SealedEntities(store.entities, seals), store.history)
    finally:
        await store.entities.close()


async def _destroyed(data: Path) -> list[str]:
    store = await open_store(data, SystemClock())
    try:
        return [
            f"{format_instant(one.at)}  {one.count} keys  {one.by}  {one.ground}"
            for one in await store.keys.tombstones()
        ]
    finally:
        await store.entities.close()
