"""Every store of the project, in one table: the suites of the ports and the cases of conformance run over each of its rows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

from kaiteki.ports.clock import Clock
from kaiteki.stores.memory import open_memory
from kaiteki.stores.postgres.opening import open_postgres
from kaiteki.stores.sqlite import open_sqlite
from kaiteki.stores.store import Store
from postgres_server import emptied, running_server

SMALL_BLOCK: Final = 4
"""Measurements of one block, where a test wants some."""

Keep: TypeAlias = Callable[[Clock], Awaitable[Store]]
"""Opens the store of a test, empty."""


class Row(NamedTuple):
    """How a store is opened, empty, below a folder of the test; `variant` rows are another setting of a store that has a row."""

    open: Callable[[Path, Clock], Awaitable[Store]]
    variant: bool = False


async def _memory(_folder: Path, clock: Clock) -> Store:
    return open_memory(clock)


async def _sqlite(folder: Path, clock: Clock) -> Store:
    return open_sqlite(folder, clock)


async def _packed(folder: Path, clock: Clock) -> Store:
    return open_sqlite(folder, clock, SMALL_BLOCK)


async def _postgres(_folder: Path, clock: Clock) -> Store:
    return await open_postgres(await emptied(running_server()), clock, SMALL_BLOCK)


STORES: Final[Mapping[str, Row]] = {
    "memory": Row(_memory),
    "sqlite": Row(_sqlite),
    "packed": Row(_packed, variant=True),
    "postgres": Row(_postgres),
}

ALL: Final = tuple(STORES)
"""For the suites of the ports."""
WHOLE: Final = tuple(name for name, row in STORES.items() if not row.variant)
"""For the cases of conformance."""
