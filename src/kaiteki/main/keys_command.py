"""`kaiteki keys`: what wraps the keys of persons, in a file or a token; which keys were destroyed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from time import time
from typing import Annotated, Final, Literal, TypeVar

import typer
from rich.console import Console

from kaiteki.broker.keyring import Keys, wrapped_by
from kaiteki.broker.sealed_accounts import SealedAccounts
from kaiteki.broker.sealing import SealedEntities
from kaiteki.broker.sealing_up import seal_up
from kaiteki.main.clock import SystemClock
from kaiteki.main.hsm.kek import TokenKek, named_token
from kaiteki.main.hsm.settings import MODULE_VARIABLE, PIN_FILE_VARIABLE, TOKEN_VARIABLE
from kaiteki.main.kek import KEK_VARIABLE, TOKEN, move, open_keys, read_kek, rotate
from kaiteki.main.kek_state import kek_file, kek_state
from kaiteki.main.options import DATA_DEFAULT, DataOption
from kaiteki.main.sealing import open_seals
from kaiteki.main.stores import named_store, open_store
from kaiteki.main.upkeep import need_data, stop
from kaiteki.model.instant import format_instant
from kaiteki.ports.outage import KeysAway
from kaiteki.stores.store import Store

keys_app = typer.Typer(help="The keys under which personal data are sealed.", no_args_is_help=True)
Result = TypeVar("Result")
DISCARD_AFTER_S: Final = 600
"""How long a newer key must have stood in the token before an older one is destroyed: nodes that wrapped by it meanwhile have seen the newer one."""
NO_TOKEN: Final = (
    f"No token is named: set {MODULE_VARIABLE}, {TOKEN_VARIABLE} and {PIN_FILE_VARIABLE} (docs/guide/hsm.md)."
)
BESIDE_RING: Final = (
    "Nodes on this database share a key-encryption key that stands beside the ring. Give all of them"
    f" {KEK_VARIABLE} with the same file first; this command then works on that file."
)


@keys_app.command("state")
def show_state(data: DataOption = DATA_DEFAULT) -> None:
    """Say what wraps the keys of persons, and how many; exit code 1 when some of them cannot be opened."""
    state = _with_keys(data, lambda store, _: kek_state(data, store.keys, bool(named_store())))
    for line in (*state.lines(), *state.notes(), *state.faults()):
        typer.echo(line)
    raise typer.Exit(1 if state.faults() else 0)


@keys_app.command("make")
def make_in_token() -> None:
    """Make a key in the token that cannot be taken out of it. Nothing is wrapped by it yet (`kaiteki keys move --to token`)."""
    token = _named_token()

    async def made() -> str:
        found = await token.ask(lambda session: session.keys())
        if found:
            raise stop(
                f"There is a key of the label {token.settings.key!r} in the token already ({found[-1].name}). If it is of this town,"
                " nothing is to be done; else name another label in KAITEKI_PKCS11_KEY."
            )
        return await token.ask(lambda session: session.make(time()))

    typer.echo(f"Made {_asked(made)}. Now `kaiteki keys move --to token` wraps all keys by it.")


@keys_app.command("login")
def login_to_token() -> None:
    """Try the PIN once, also where the last one was wrong. Do this after the PIN was put right; nodes then go on by themselves."""
    token = _named_token()
    typer.echo(f"The token took the PIN: {_asked(lambda: token.ask(lambda session: session.login()))}.")


@keys_app.command("move")
def move_kek(
    to: Annotated[Literal["token", "file"], typer.Option("--to", help="What wraps from now on.")],
    data: DataOption = DATA_DEFAULT,
) -> None:
    """Wrap every key by the token, or by a new key in the file. The node may go on meanwhile; can be stopped and run again."""
    by_token = to == "token"
    if by_token:
        name = _asked(_named_token().name)
        typer.echo(f"{name} in the token wraps from now on.")
    path = kek_file(data, bool(named_store()))
    if path is None and not by_token:
        raise stop(BESIDE_RING)

    async def moved(_store: Store, keys: Keys) -> int:
        with Console(stderr=True).status("wrapping keys anew") as said:
            if path is None:
                return await keys.rewrap(_told(said.update)) + await keys.rewrap(_told(said.update))
            return await move(path, keys, to_token=by_token, told=_told(said.update))

    done = _with_keys(data, moved)
    typer.echo(f"Wrapped {done} keys anew.")
    if by_token:
        typer.echo("Destroy what copies there are of the file: with an older ring they open everything.")
    else:
        typer.echo(f"Keep a copy of {path}, apart from copies of the data.")


@keys_app.command("rotate")
def rotate_kek(data: DataOption = DATA_DEFAULT) -> None:
    """Make a new key-encryption key and wrap every key by it; a file drops the old one. The node may go on meanwhile; can be run again."""
    path, token = kek_file(data, bool(named_store())), named_token()
    if path is None and token is None:
        raise stop(BESIDE_RING)

    async def rotated(_store: Store, keys: Keys) -> int:
        with Console(stderr=True).status("wrapping keys anew") as said:
            if token is not None and (path is None or next(reversed(read_kek(path))) == TOKEN):
                await _renew(token, keys)
            if path is None:
                return await keys.rewrap(_told(said.update)) + await keys.rewrap(_told(said.update))
            return await rotate(path, keys, _told(said.update))

    done = _with_keys(data, rotated)
    typer.echo(f"Wrapped {done} keys anew.")
    if path is None or TOKEN in read_kek(path):
        typer.echo(
            "The old key is still in the token; `kaiteki keys state` names it, `kaiteki keys discard` destroys it."
        )
    else:
        typer.echo(f"Keep a copy of {path}, apart from copies of the data.")


@keys_app.command("discard")
def discard_key(
    name: Annotated[str, typer.Argument(help="The key in the token, as `kaiteki keys state` names it.")],
    data: DataOption = DATA_DEFAULT,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Destroy a key in the token that wraps nothing any more. Copies of the ring from before then stay shut for good."""
    token = _named_token()

    async def refused(store: Store, _keys: Keys) -> str:
        found = await token.ask(lambda session: session.keys())
        if name not in [one.name for one in found]:
            return f"There is no key {name} of the label {token.settings.key!r} in the token."
        if name == found[-1].name:
            return f"{name} is the newest key, by which nodes wrap. `kaiteki keys rotate` makes a newer one."
        if time() - found[-1].made_at_s < DISCARD_AFTER_S:
            return f"The newer key is younger than {DISCARD_AFTER_S // 60} minutes: nodes may still wrap by {name}. Wait, then run this again."
        count = (await wrapped_by(store.keys)).get(name, 0)
        return f"{name} still wraps {count} keys; `kaiteki keys rotate` wraps them anew." if count else ""

    words = _with_keys(data, refused)
    if words:
        raise stop(words)
    if not yes:
        typer.confirm(f"Destroy {name} in the token? Nobody brings it back.", abort=True)
    _asked(lambda: token.ask(lambda session: session.destroy(name)))
    typer.echo(f"Destroyed {name}.")


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


def _named_token() -> TokenKek:
    token = named_token()
    if token is None:
        raise stop(NO_TOKEN)
    return token


def _asked(work: Callable[[], Awaitable[Result]]) -> Result:
    """What the token answers; stops with its words where it is away."""

    async def done() -> Result:
        return await work()

    try:
        return asyncio.run(done())
    except KeysAway as away:
        raise stop(str(away)) from away


def _with_keys(data: Path, work: Callable[[Store, Keys], Awaitable[Result]]) -> Result:
    """Do something with the keys of a node, beside it."""
    if not named_store():
        need_data(data)

    async def done() -> Result:
        clock = SystemClock()
        store = await open_store(data, clock)
        try:
            return await work(store, await open_keys(data, store, clock, in_database=bool(named_store())))
        finally:
            await store.entities.close()

    return _asked(done)


def _told(update: Callable[[str], None]) -> Callable[[int], None]:
    return lambda done: update(f"{done} keys wrapped anew")


async def _renew(token: TokenKek, keys: Keys) -> None:
    """Make a newer key in the token, unless the last time was stopped before all was wrapped by the newest."""
    newest = await token.name()
    if set(await wrapped_by(keys.ring)) <= {newest}:
        await token.ask(lambda session: session.make(time()))


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
