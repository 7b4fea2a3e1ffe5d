"""The part of apsw that the store uses, with types: a connection, its cursors, its errors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeAlias, cast

import apsw

Bound: TypeAlias = int | float | str | bytes | None
"""A value that SQLite keeps."""
Busy = apsw.BusyError
Interrupted = apsw.InterruptError
SqliteError = apsw.Error


class Cursor(Protocol):
    """The rows of a statement, one after another."""

    def __iter__(self) -> Iterator[tuple[Any, ...]]: ...
    def __next__(self) -> tuple[Any, ...]: ...
    def fetchall(self) -> list[tuple[Any, ...]]: ...
    def fetchone(self) -> tuple[Any, ...] | None: ...
    def close(self, force: bool = False) -> None: ...

    @property
    def get(self) -> Any: ...


class Connection(Protocol):
    """An open file; used by one thread at a time."""

    def execute(self, statements: str, bindings: Sequence[Bound] | None = None) -> Cursor: ...
    def executemany(self, statements: str, sequenceofbindings: Iterable[Sequence[Bound]]) -> Cursor: ...
    @property
    def in_transaction(self) -> bool: ...
    def last_insert_rowid(self) -> int: ...
    def set_busy_timeout(self, milliseconds: int) -> None: ...
    def set_progress_handler(self, callable: Any, nsteps: int = 100) -> None: ...
    def backup(self, databasename: str, sourceconnection: Any, sourcedatabasename: str) -> Any: ...
    def close(self, force: bool = False) -> None: ...


def connect(path: Path, *, new: bool = True) -> Connection:
    """Open a file of SQLite for reading and writing; a missing one is made when `new`."""
    flags = apsw.SQLITE_OPEN_READWRITE | (apsw.SQLITE_OPEN_CREATE if new else 0)
    connection = apsw.Connection(str(path), flags=flags, statementcachesize=256)
    # plans that do not look at bound values; else statements with ORDER BY or LIMIT are planned anew at every run
    connection.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)
    return cast(Connection, connection)
