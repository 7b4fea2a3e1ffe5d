"""Forks, for each line `folder round` it reads, a process that writes to the store as fast as it can until it is killed.

It prints `pid N` for each, what each write was answered as `id version` (after the answer), and `dead` when it is gone.
Run by test_kill.py; a fork of a process that has everything imported starts in a millisecond.
"""

import asyncio
import itertools
import os
import sys
from pathlib import Path

from kaiteki.ports.accesses import Access
from kaiteki.stores.sqlite import open_sqlite
from kaiteki.stores.store import Store
from ports.sample import MAYOR, TYPE, SteppingClock, creating, deleting, entity, setting

WRITERS = 6
SETTINGS = 3


def say(line: str) -> None:
    """One line, whole, at once."""
    os.write(1, f"{line}\n".encode())


async def write(store: Store, writer: str) -> None:
    """Create, change, and of every second delete entities, for ever; each answer is said."""
    number = 0
    while True:
        number += 1
        name = f"{writer}:{number}"
        new = entity(name, at=1, n=1, name="公園")
        await store.entities.change("demo", [new.id], creating(new), MAYOR, name)
        say(f"{new.id} 1")
        for version in range(2, 2 + SETTINGS):
            await store.entities.change("demo", [new.id], setting(name, "n", version, version), MAYOR)
            say(f"{new.id} {version}")
        if number % 2 == 0:
            await store.entities.change("demo", [new.id], deleting(name), MAYOR)
            say(f"{new.id} {2 + SETTINGS}")


async def read(store: Store, reader: str) -> None:
    """Keep accesses, for ever; each answer is said."""
    for count in itertools.count(1):
        await store.accesses.keep([Access("demo", MAYOR, reader, TYPE + "Lamp", (TYPE + "n",), count)])
        say(f"{reader} {count}")


async def write_together(folder: Path, turn: str) -> None:
    """Several writers and a reader on one store."""
    store = open_sqlite(folder, SteppingClock())
    writers = (write(store, f"{turn}:{writer}") for writer in range(WRITERS))
    await asyncio.gather(*writers, read(store, f"reader:{turn}"))


def serve() -> None:
    """Fork a writer for each line."""
    for line in sys.stdin:
        folder, turn = line.split()
        child = os.fork()
        if child == 0:
            asyncio.run(write_together(Path(folder), turn))
        say(f"pid {child}")
        os.waitpid(child, 0)
        say("dead")


if __name__ == "__main__":
    serve()
