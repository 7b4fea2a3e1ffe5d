"""Emptying what SQLite leaves between the entries of a page: copies of entries that were moved when pages were divided.

`secure_delete` overwrites an entry where it stands, and a page that is let go. But when a page is divided, entries move to another one, and
their old bytes stay in the room between the list of entries and the entries (file format, 1.6: "unallocated region"), where nothing
finds them any more: not a deletion of the entry, and so not an erasure. `VACUUM` would move every page; here the pages stay where they
are, so that copies of a city go on sharing them, and only that room is filled with zeros.

It is done to the file itself, in a process of its own (closing a file lets go of the locks that a process has on it), under the lock of
writers and with an empty write-ahead log, so that the file is all there is. Only bytes are written that belong to no entry: to be
killed in between leaves a sound file. A small commit at the end makes other connections forget the pages that they remember.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep
from typing import Final

from kaiteki.stores.sqlite.driver import Busy, Connection, connect

PAGES_MAX: Final = 20_000
"""Pages that are looked at under one lock: 80 MB, some 0.2 s."""
BUSY_TIMEOUT_S: Final = 20
WAIT_S: Final = 60.0
"""How long it is tried to have the file alone, each time."""
PAUSE_S: Final = 0.05
TIMEOUT_S: Final = 3_600
_CLEAN: Final = f"import sys, pathlib; from {__name__} import clean; clean(pathlib.Path(sys.argv[1]))"
_INTERIOR: Final = (2, 5)
_LEAF: Final = (10, 13)
_FILE_HEADER_BYTES: Final = 100
"""At the beginning of the first page."""


class Occupied(Exception):
    """Others used the file all the time, so that its write-ahead log could not be emptied."""


def empty_slack(file: Path) -> None:
    """Fill the room between the entries of all pages of a file with zeros, in a process of its own. Raises CalledProcessError, TimeoutExpired."""
    subprocess.run(
        [sys.executable, "-c", _CLEAN, str(file)], check=True, capture_output=True, timeout=TIMEOUT_S
    )


def clean(file: Path) -> int:
    """The work itself: how many pages held something. For a process that has nothing else open of this file. Raises Occupied."""
    connection = connect(file, new=False)
    connection.set_busy_timeout(BUSY_TIMEOUT_S * 1000)
    # words that were taken out stay in the segments of the index until these are merged
    connection.execute("INSERT INTO words(words) VALUES('optimize')")
    handle = os.open(file, os.O_RDWR)
    cleaned, last = 0, 0
    try:
        while last >= 0:
            _alone(connection, file)
            try:
                found, last = _clean_behind(connection, handle, last)
                cleaned += found
            finally:
                (version,) = connection.execute("PRAGMA user_version").fetchall()[0]
                connection.execute(f"PRAGMA user_version={int(version)}").fetchall()
                connection.execute("COMMIT")
    finally:
        connection.close()
        os.close(handle)
    return cleaned


def _alone(connection: Connection, file: Path) -> None:
    """Begin to write when the write-ahead log is empty."""
    log, until = file.with_name(file.name + "-wal"), monotonic() + WAIT_S
    while monotonic() < until:
        try:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            connection.execute("BEGIN IMMEDIATE")
        except Busy:
            sleep(PAUSE_S)
            continue
        if not log.exists() or log.stat().st_size == 0:
            return
        connection.execute("ROLLBACK")
        sleep(PAUSE_S)
    raise Occupied(f"{file} is used by others all the time")


def _clean_behind(connection: Connection, handle: int, last: int) -> tuple[int, int]:
    """Clean up to PAGES_MAX pages behind a number: how many held something, and the last one looked at (-1: there are no more)."""
    (size,) = connection.execute("PRAGMA page_size").fetchall()[0]
    roots = [one[0] for one in connection.execute("SELECT rootpage FROM sqlite_schema WHERE rootpage>0")]
    cleaned = seen = 0
    for number in sorted(_pages(handle, int(size), [1, *roots])):
        if number <= last:
            continue
        if seen == PAGES_MAX:
            return cleaned, last
        seen, last = seen + 1, number
        cleaned += _clean_page(handle, int(size), number)
    return cleaned, -1


def _pages(handle: int, size: int, roots: list[int]) -> Iterator[int]:
    """The numbers of all pages of all trees: those that have entries."""
    waiting = list(roots)
    while waiting:
        number = waiting.pop()
        yield number
        page, head = _read(handle, size, number)
        if page[head] in _LEAF:
            continue
        if page[head] not in _INTERIOR:
            raise ValueError(f"page {number} is no page of a tree")
        count = int.from_bytes(page[head + 3 : head + 5], "big")
        for n in range(count):
            at = int.from_bytes(page[head + 12 + 2 * n : head + 14 + 2 * n], "big")
            waiting.append(int.from_bytes(page[at : at + 4], "big"))
        waiting.append(int.from_bytes(page[head + 8 : head + 12], "big"))


def _read(handle: int, size: int, number: int) -> tuple[bytes, int]:
    """A page and where its header stands in it."""
    page = os.pread(handle, size, (number - 1) * size)
    if len(page) != size:
        raise ValueError(f"page {number} is not in the file")
    return page, _FILE_HEADER_BYTES if number == 1 else 0


def _clean_page(handle: int, size: int, number: int) -> bool:
    """Fill the room between the list of entries of a page and its entries with zeros; whether there was something."""
    page, head = _read(handle, size, number)
    count = int.from_bytes(page[head + 3 : head + 5], "big")
    start = head + (12 if page[head] in _INTERIOR else 8) + 2 * count
    end = int.from_bytes(page[head + 5 : head + 7], "big") or 65_536
    if not start <= end <= size:
        raise ValueError(f"page {number} is no page of a tree")
    if not page[start:end].strip(b"\0"):
        return False
    os.pwrite(handle, bytes(end - start), (number - 1) * size + start)
    return True
