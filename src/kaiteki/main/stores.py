"""Which store a node keeps its city in. The only place that chooses."""

from __future__ import annotations

from pathlib import Path

import typer

from kaiteki.ports.clock import Clock
from kaiteki.stores.sqlite import open_sqlite
from kaiteki.stores.sqlite.schema import UnusableFile
from kaiteki.stores.store import Store


def open_store(data: Path, clock: Clock) -> Store:
    """The store of a data folder, made when there is none; several processes may have it open.

    Raises BadParameter, which a command says in its words, for a file that cannot be worked with.
    """
    try:
        return open_sqlite(data, clock)
    except UnusableFile as wrong:
        raise typer.BadParameter(
            f"{wrong}; `kaiteki doctor` says more, `kaiteki restore` brings a copy back"
        ) from wrong
