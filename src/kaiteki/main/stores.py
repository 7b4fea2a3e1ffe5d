"""Which store a node keeps its city in. The only place that chooses."""

from __future__ import annotations

from pathlib import Path

from kaiteki.ports.clock import Clock
from kaiteki.stores.sqlite import open_sqlite
from kaiteki.stores.store import Store


def open_store(data: Path, clock: Clock) -> Store:
    """The store of a data folder, made when there is none; several processes may have it open."""
    return open_sqlite(data, clock)
