"""What makes a node on a data folder slow or silent: a slow disk, a long log of writes, consumers that are behind."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Final

from kaiteki.broker.notifying import CONSUMER
from kaiteki.stores.store import Store

SYNC_MAX_MS: Final = 20.0
"""A durable write on a disk that does not hold up a city."""
SYNCS: Final = 20
BLOCK: Final = bytes(4096)
BEHIND_MAX: Final = 20_000
"""Events that a consumer may be behind for a moment: some seconds of a full load."""
WRITE_LOG_MAX_BYTES: Final = 256_000_000
"""What the log of writes has when readers hold it; usually it is folded into the file at 16 MB."""


def sync_ms(folder: Path) -> float:
    """Milliseconds that a small write takes until it is on the disk: the median of some."""
    taken: list[float] = []
    with tempfile.TemporaryFile(dir=folder) as file:
        for _ in range(SYNCS):
            began_s = perf_counter()
            file.write(BLOCK)
            file.flush()
            os.fsync(file.fileno())
            taken.append((perf_counter() - began_s) * 1000)
    return median(taken)


def slow_disk(taken_ms: float) -> list[str]:
    """What is to be said of a disk on which a write takes so long."""
    if taken_ms <= SYNC_MAX_MS:
        return []
    return [
        f"a write takes {taken_ms:.0f} ms on this disk, and every commit waits for one; a local SSD takes less than one"
    ]


def long_log(file: Path) -> list[str]:
    """What is to be said of the log of writes beside a database file."""
    log = file.with_name(f"{file.name}-wal")
    size = log.stat().st_size if log.is_file() else 0
    if size <= WRITE_LOG_MAX_BYTES:
        return []
    return [
        f"the log of writes is {size / 1e6:.0f} MB long: something keeps the file open for reading, such as a copy that runs"
    ]


async def behind(store: Store) -> list[str]:
    """The consumers of the event log that are far behind, one line each."""
    counts = dict((await store.measures()).behind)
    if not await store.subscriptions.list(limit=1):
        counts.pop(CONSUMER, None)
    return lagging(counts)


def lagging(counts: Mapping[str, int]) -> list[str]:
    """What is to be said of consumers that are so many events behind."""
    return [
        f"{consumer} are {count:,} events behind; they catch up while a node runs that is not asked for more than it can do"
        for consumer, count in sorted(counts.items())
        if count > BEHIND_MAX
    ]
