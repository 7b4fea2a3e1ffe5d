"""The log of a file as a whole, and its tree; see ports.ledger."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from kaiteki.ports.ledger import LINES_MAX, Batch, Entries, Head, Leaf
from kaiteki.stores.ledger import aside_entry, in_order
from kaiteki.stores.sqlite.catalogue import FileCatalogue
from kaiteki.stores.sqlite.driver import Connection
from kaiteki.stores.sqlite.lines import ASIDE, LOG, logged
from kaiteki.stores.sqlite.reader import ReadConnection, Reader
from kaiteki.stores.sqlite.writer import Writer

_ERASING: Final = "SELECT coalesce(max(number), 0) FROM aside WHERE what='erased'"
_BEHIND: Final = "WHERE number>? ORDER BY number LIMIT ?"


class SqliteLedger:
    """The lines of one file and the tree over them."""

    def __init__(self, reader: Reader, writer: Writer, catalogue: FileCatalogue) -> None:
        self._reader = reader
        self._writer = writer
        self._catalogue = catalogue

    async def lines(self, after: int, limit: int = LINES_MAX) -> Entries:
        """Lines behind a number, oldest first."""
        most = min(limit, LINES_MAX)

        def read(held: ReadConnection) -> tuple[list[Any], list[Any], int]:
            held.hold()
            log = held.connection.execute(f"{LOG} {_BEHIND}", (after, most)).fetchall()
            aside = held.connection.execute(f"{ASIDE} {_BEHIND}", (after, most)).fetchall()
            return log, aside, held.connection.execute(_ERASING).get

        log, aside, erasing = await self._reader.read(read)

        try:
            written = logged(self._catalogue, log)
        except KeyError:
            # another process has added names; what is not known then is damaged
            self._catalogue.refresh(self._reader.connection)
            written = logged(self._catalogue, log, damaged=True)
        return Entries(in_order(written, map(aside_entry, aside), most), erasing)

    async def size(self) -> int:
        """How many leaves there are."""
        return _size(self._reader.connection)

    async def leaves(self, first: int, count: int) -> Sequence[Leaf]:
        """Leaves from a place on."""
        rows = self._reader.connection.execute(
            "SELECT number, salt, hash FROM leaf WHERE place>=? AND place<? ORDER BY place",
            (first, first + min(count, LINES_MAX)),
        )
        return [Leaf(*row) for row in rows]

    async def tiles(self, level: int, first: int, count: int) -> Sequence[bytes]:
        """Hashes of completed tiles of a level."""
        if level == 0:
            return [leaf.hash for leaf in await self.leaves(first, count)]
        rows = self._reader.connection.execute(
            "SELECT hash FROM tile WHERE level=? AND place>=? AND place<? ORDER BY place",
            (level, first, first + min(count, LINES_MAX)),
        )
        return [one for (one,) in rows]

    async def place_of(self, number: int) -> int | None:
        """The place of the leaf of a line."""
        return self._reader.connection.execute("SELECT place FROM leaf WHERE number=?", (number,)).get

    async def append(self, batch: Batch, erasing: int) -> bool:
        """Keep leaves with the next commit, unless something came between."""

        def keep(connection: Connection) -> bool:
            if _size(connection) != batch.first or connection.execute(_ERASING).get != erasing:
                return False
            connection.executemany(
                "INSERT INTO leaf VALUES(?,?,?,?)",
                [
                    (place, leaf.number, leaf.salt, leaf.hash)
                    for place, leaf in enumerate(batch.leaves, batch.first)
                ],
            )
            connection.executemany("INSERT INTO tile VALUES(?,?,?)", batch.tiles)
            return True

        return await self._writer.work(keep)

    async def sign(self, head: Head) -> None:
        """Keep a signed head."""
        row = (head.size, head.at, head.note, head.public)
        await self._writer.work(
            lambda connection: connection.execute(
                "INSERT INTO signed VALUES(?,?,?,?) ON CONFLICT DO NOTHING", row
            ).fetchall()
        )

    async def heads(self, before: int = 0, limit: int = 100) -> Sequence[Head]:
        """Signed heads, longest first."""
        rows = self._reader.connection.execute(
            "SELECT size, at, note, public FROM signed WHERE size<? ORDER BY size DESC LIMIT ?",
            (before or 2**62, min(limit, LINES_MAX)),
        )
        return [Head(*row) for row in rows]


def _size(connection: Connection) -> int:
    return connection.execute("SELECT coalesce(max(place)+1, 0) FROM leaf").get
