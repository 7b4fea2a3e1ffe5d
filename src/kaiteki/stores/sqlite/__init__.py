"""The default store: one SQLite file with state, history, events and registers, and a folder of files beside it."""

from __future__ import annotations

import stat
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final

from kaiteki.ports.clock import Clock
from kaiteki.stores.alone import Alone
from kaiteki.stores.blocks import BLOCK_STATES
from kaiteki.stores.sqlite.accesses import SqliteAccesses
from kaiteki.stores.sqlite.catalogue import FileCatalogue
from kaiteki.stores.sqlite.credentials import SqliteCredentials
from kaiteki.stores.sqlite.entities import SqliteEntities
from kaiteki.stores.sqlite.files import FolderFiles
from kaiteki.stores.sqlite.glances import SqliteGlances
from kaiteki.stores.sqlite.journal import SqliteEvents
from kaiteki.stores.sqlite.ledger import SqliteLedger
from kaiteki.stores.sqlite.measuring import measure
from kaiteki.stores.sqlite.past import SqliteHistory
from kaiteki.stores.sqlite.reader import Reader
from kaiteki.stores.sqlite.registers import SqliteAccounts, SqliteContexts
from kaiteki.stores.sqlite.ring import RING_NAME, SqliteRing
from kaiteki.stores.sqlite.schema import PAGES_BYTES, open_writing
from kaiteki.stores.sqlite.sources import SqliteSources
from kaiteki.stores.sqlite.subscriptions import SqliteSubscriptions
from kaiteki.stores.sqlite.wiping import Wiper
from kaiteki.stores.sqlite.writer import Writer
from kaiteki.stores.store import Store

FILE_NAME: Final = "kaiteki.sqlite"
FOLDER_MODE: Final = 0o700
"""Who may enter a data folder that is made: its owner alone, because contacts and the marks of passwords lie in it."""
FILES_FOLDER: Final = "files"
RECEIVED_FOLDER: Final = "received"


BESIDE: Final = ("", "-wal", "-shm")
FILE_MODE: Final = 0o600


def close_to_others(path: Path) -> None:
    """Take away the rights that others have to a file and what SQLite lays beside it; what is not ours to change stays."""
    for end in BESIDE:
        file = path.with_name(path.name + end)
        with suppress(FileNotFoundError, PermissionError):
            if stat.S_IMODE(file.stat().st_mode) != FILE_MODE:
                file.chmod(FILE_MODE)


def open_sqlite(
    folder: Path,
    clock: Clock,
    block_states: int = BLOCK_STATES,
    pages_bytes: int = PAGES_BYTES,
    wipes: bool = False,
) -> Store:
    """Open (or make) the store of a data folder, from inside a running event loop.

    Several processes may have it open; a new folder is for its owner alone. Raises UnusableFile (schema) for a file that is
    not to be touched or cannot be.
    `block_states` are how many measurements are kept together, `pages_bytes` what of the file is kept at hand for writing. With `wipes`
    the slack of the file is emptied after erasures (stores.sqlite.wiping): so it is wherever a town is kept.
    """
    folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    path = folder / FILE_NAME
    connection = open_writing(path, pages_bytes)
    close_to_others(path)
    catalogue = FileCatalogue()
    catalogue.refresh(connection)
    reader = Reader(path, catalogue)
    wiper = Wiper(path, wipes)
    writer = Writer(connection, catalogue, clock, block_states, wiper)
    wiper.begin_soon()
    glances = SqliteGlances(reader, catalogue)
    return Store(
        entities=SqliteEntities(reader, writer, catalogue),
        glances=glances,
        history=SqliteHistory(reader, catalogue),
        events=SqliteEvents(reader, writer, catalogue),
        contexts=SqliteContexts(reader, writer),
        subscriptions=SqliteSubscriptions(reader, writer),
        sources=SqliteSources(reader, writer),
        sharing=Alone(),
        accounts=SqliteAccounts(reader, writer),
        credentials=SqliteCredentials(reader, writer),
        accesses=SqliteAccesses(reader, writer),
        ledger=SqliteLedger(reader, writer, catalogue),
        files=FolderFiles(folder / FILES_FOLDER),
        keys=SqliteRing(folder / RING_NAME),
        received=FolderFiles(folder / RECEIVED_FOLDER),
        measures=partial(measure, reader.connection, writer.work_done, glances),
    )
