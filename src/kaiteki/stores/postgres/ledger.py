"""The log of a database as a whole, and its tree; see ports.ledger."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from kaiteki.ports.ledger import LINES_MAX, Batch, Entries, Head, Leaf
from kaiteki.stores.ledger import aside_entry, in_order
from kaiteki.stores.postgres.catalogue import DatabaseCatalogue
from kaiteki.stores.postgres.driver import snapshot
from kaiteki.stores.postgres.lines import ASIDE, LOCK_LEAVES, LOG, logged
from kaiteki.stores.postgres.pool import Pool

_ERASING: Final = "SELECT coalesce(max(number), 0) FROM aside WHERE what='erased'"
_SIZE: Final = "SELECT coalesce(max(place)+1, 0) FROM leaf"
_BEHIND: Final = "WHERE number>$1 ORDER BY number LIMIT $2"
_LEAVES: Final = "INSERT INTO leaf SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bytea[], $4::bytea[])"
_TILES: Final = "INSERT INTO tile SELECT * FROM unnest($1::int[], $2::bigint[], $3::bytea[])"


class PostgresLedger:
    """The lines of a database and the tree over them."""

    def __init__(self, pool: Pool, catalogue: DatabaseCatalogue) -> None:
        self._pool = pool
        self._catalogue = catalogue

    async def lines(self, after: int, limit: int = LINES_MAX) -> Entries:
        """Lines behind a number, oldest first."""
        most = min(limit, LINES_MAX)
        async with (
            self._pool.acquire() as connection,
            snapshot(connection),
        ):
            log = await connection.fetch(f"{LOG} {_BEHIND}", after, most)
            aside = await connection.fetch(f"{ASIDE} {_BEHIND}", after, most)
            erasing = await connection.fetchval(_ERASING)
        if log and log[-1][0] > self._catalogue.number:
            await self._catalogue.refresh(self._pool)
        return Entries(in_order(logged(self._catalogue, log), map(aside_entry, aside), most), erasing)

    async def size(self) -> int:
        """How many leaves there are."""
        return await self._pool.fetchval(_SIZE)

    async def leaves(self, first: int, count: int) -> Sequence[Leaf]:
        """Leaves from a place on."""
        rows = await self._pool.fetch(
            "SELECT number, salt, hash FROM leaf WHERE place>=$1 AND place<$2 ORDER BY place",
            first,
            first + min(count, LINES_MAX),
        )
        return [Leaf(*row) for row in rows]

    async def tiles(self, level: int, first: int, count: int) -> Sequence[bytes]:
        """Hashes of completed tiles of a level."""
        if level == 0:
            return [leaf.hash for leaf in await self.leaves(first, count)]
        rows = await self._pool.fetch(
            "SELECT hash FROM tile WHERE level=$1 AND place>=$2 AND place<$3 ORDER BY place",
            level,
            first,
            first + min(count, LINES_MAX),
        )
        return [one for (one,) in rows]

    async def place_of(self, number: int) -> int | None:
        """The place of the leaf of a line."""
        return await self._pool.fetchval("SELECT place FROM leaf WHERE number=$1", number)

    async def append(self, batch: Batch, erasing: int) -> bool:
        """Keep leaves, unless something came between; erasings wait for their commit, writes that erase nothing do not."""
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(LOCK_LEAVES)
            if await connection.fetchval(_SIZE) != batch.first:
                return False
            if await connection.fetchval(_ERASING) != erasing:
                return False
            rows = [
                (place, leaf.number, leaf.salt, leaf.hash)
                for place, leaf in enumerate(batch.leaves, batch.first)
            ]
            await connection.execute(_LEAVES, *zip(*rows, strict=True))
            if batch.tiles:
                await connection.execute(_TILES, *zip(*batch.tiles, strict=True))
        return True

    async def sign(self, head: Head) -> None:
        """Keep a signed head."""
        await self._pool.execute(
            "INSERT INTO signed VALUES($1, $2, $3, $4) ON CONFLICT DO NOTHING",
            head.size,
            head.at,
            head.note,
            head.public,
        )

    async def heads(self, before: int = 0, limit: int = 100) -> Sequence[Head]:
        """Signed heads, longest first."""
        rows = await self._pool.fetch(
            "SELECT size, at, note, public FROM signed WHERE size<$1 ORDER BY size DESC LIMIT $2",
            before or 2**62,
            min(limit, LINES_MAX),
        )
        return [Head(*row) for row in rows]
