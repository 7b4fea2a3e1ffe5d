"""Which store a node keeps its city in. The only place that chooses."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import typer

from kaiteki.ports.clock import Clock
from kaiteki.stores.sqlite import open_sqlite
from kaiteki.stores.sqlite.schema import PAGES_BYTES, UnusableFile
from kaiteki.stores.store import Store, UnusableStore

STORE_VARIABLE: Final = "KAITEKI_STORE"
POSTGRES_SCHEMES: Final = ("postgresql://", "postgres://")
OPENING: Final = "kaiteki.stores.postgres.opening"
UPKEEP: Final = "kaiteki.stores.postgres.upkeep"
CLEARING: Final = "kaiteki.stores.postgres.clearing"
COPYING: Final = "kaiteki.stores.postgres.copying"
"""Modules of this store; they need what only kaiteki[postgres] brings, so they are read when they are asked for."""


_unfinished: Final = ContextVar("a copy is being brought back here", default=False)


def named_store() -> str:
    """The address of the database that the commands beside a node work on, as KAITEKI_STORE says; empty for the data folder."""
    return os.environ.get(STORE_VARIABLE, "")


async def open_store(
    data: Path, clock: Clock, address: str | None = None, pages_bytes: int = PAGES_BYTES
) -> Store:
    """The store at an address (None: the one that is named), else that of a data folder, made when there is none.

    Several processes may have it open. Raises BadParameter, which a command says in its words, for one that cannot be worked with.
    """
    address = named_store() if address is None else address
    if address:
        return await _open_database(address, clock)
    try:
        return open_sqlite(data, clock, pages_bytes=pages_bytes, wipes=True)
    except UnusableFile as wrong:
        raise typer.BadParameter(
            f"{wrong}; `kaiteki doctor` says more, `kaiteki restore` brings a copy back"
        ) from wrong


async def look_at_database(address: str) -> tuple[list[str], list[str]]:
    """What a database is, and what is wrong with it, one line each."""
    _known_scheme(address)
    upkeep = _module(UPKEEP)
    try:
        faults = await upkeep.faults_of(address)
        return [await upkeep.about(address)], faults or await upkeep.what_is_slow(address)
    except UnusableStore as wrong:
        return [], [str(wrong)]


async def clear_database(address: str, hear: Callable[[str], None]) -> Sequence[str]:
    """Write all tables of a database anew, so that no file holds what was deleted; what is left to its administrator, as statements.

    `hear` is told of each table that is done. Raises BadParameter.
    """
    _known_scheme(address)
    try:
        return await _module(CLEARING).clear(address, hear)
    except UnusableStore as wrong:
        raise typer.BadParameter(str(wrong)) from wrong


@contextmanager
def unfinished_too() -> Generator[None]:
    """While a copy is brought back: its database may be opened, which is refused to all others until that is done."""
    before = _unfinished.set(True)
    try:
        yield
    finally:
        _unfinished.reset(before)


def copying_of(address: str) -> Any:
    """The module that copies the database of an address (stores.postgres.copying); raises BadParameter."""
    _known_scheme(address)
    return _module(COPYING)


async def faults_of_unfinished(address: str) -> list[str]:
    """What is wrong with a database into which a copy was brought back, one line each. Raises UnusableStore."""
    return await _module(UPKEEP).faults_of(address, unfinished=True)


async def _open_database(address: str, clock: Clock) -> Store:
    _known_scheme(address)
    try:
        return await _module(OPENING).open_postgres(address, clock, unfinished=_unfinished.get())
    except UnusableStore as wrong:
        raise typer.BadParameter(str(wrong)) from wrong


def _known_scheme(address: str) -> None:
    if not address.startswith(POSTGRES_SCHEMES):
        raise typer.BadParameter(
            "a store is the address of a PostgreSQL database, postgresql://user:password@host/database;"
            " without one the data folder is used"
        )


def _module(name: str) -> Any:
    """A module of the store; raises BadParameter where what it needs is not installed."""
    try:
        return import_module(name)
    except ModuleNotFoundError as missing:
        raise typer.BadParameter(
            f"{missing.name} is not installed: pip install 'kaiteki[postgres]'"
        ) from missing
