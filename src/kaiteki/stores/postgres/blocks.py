"""Blocks of measurements in the database: found and read within one reading, made of rows, taken apart into rows.

Who makes blocks, corrects or purges holds the lock PACKING until its transaction ends; who only adds states needs none.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

import msgspec

from kaiteki.model.entity import Instance
from kaiteki.model.past import in_order, in_period, moment_of
from kaiteki.ports.history import Past, Period
from kaiteki.stores.blocks import Bounds, alike, enough, first_of, last_of, overlapping
from kaiteki.stores.columns_added import Chosen
from kaiteki.stores.packing import Block, pack, unpack
from kaiteki.stores.postgres.driver import Connection

PACKING: Final = 0x4B414956
"""The advisory lock of what takes rows of history away."""
_LOCK: Final = "SELECT pg_advisory_xact_lock($1)"
_TRY: Final = "SELECT pg_try_advisory_xact_lock($1)"
_MANY: Final = "SELECT count(*) FROM (SELECT 1 FROM history WHERE row=$1 AND name=$2 LIMIT $3) h"
_OLDEST: Final = """
SELECT at, number, version, body, part, tableoid, ctid FROM history WHERE row=$1 AND name=$2 AND dataset='' AND body IS NOT NULL
ORDER BY at, number, part LIMIT $3
"""
_GONE: Final = "DELETE FROM history WHERE ctid=ANY($1) AND tableoid=$2"
"""Rows by their places: found by their keys all at once they would be compared each with each."""
_KEEP: Final = """
INSERT INTO block(row, name, observed, observed_last, at, at_last, small, head, series, writes)
VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""
_BOUNDS: Final = "SELECT id, observed, observed_last, at, at_last, small FROM block WHERE row=$1 AND name=$2"
_BLOCK: Final = """
SELECT id, observed, observed_last, at, at_last, small, head, series, writes FROM block WHERE row=$1 AND name=$2 AND id=ANY($3)
"""

_instance = msgspec.json.Decoder(Instance)


async def hold_back_packing(connection: Connection) -> None:
    """Let no rows of history become blocks until the running transaction ends."""
    await connection.execute(_LOCK, PACKING)


async def pack_oldest(connection: Connection, row: int, name: int, states: int) -> bool:
    """Put the oldest rows of an attribute into a block, when there are a block and a quarter of them, in the running transaction.

    Whether it was done; not while another node packs or somebody corrects.
    """
    if not await connection.fetchval(_TRY, PACKING):
        return False
    if await connection.fetchval(_MANY, row, name, enough(states)) != enough(states):
        return False
    rows = await connection.fetch(_OLDEST, row, name, states)
    found = [
        Past("", "", at, version, _instance.decode(body), None, number, part=part)
        for at, number, version, body, part, *_ in rows
    ]
    packed = alike(found, states)
    if not packed:
        return False
    kept = {(past.at, past.number, past.part) for past in packed}
    places: dict[int, list[object]] = {}
    for at, number, _, _, part, table, place in rows:
        if (at, number, part) in kept:
            places.setdefault(table, []).append(place)
    for table, some in places.items():
        await connection.execute(_GONE, some, table)
    await connection.execute(_KEEP, row, name, *pack(packed))
    return True


async def take_apart(connection: Connection, where: tuple[int, int], past_at: int) -> list[Past]:
    """The states of the blocks in which one of this moment of writing may stand; the blocks are gone."""
    found = "SELECT id FROM block WHERE row=$1 AND name=$2 AND at<=$3 AND at_last>=$3"
    ids = [block_id for (block_id,) in await connection.fetch(found, *where, past_at)]
    if not ids:
        return []
    rows = await connection.fetch(_BLOCK, *where, ids)
    await connection.execute("DELETE FROM block WHERE row=$1 AND name=$2 AND id=ANY($3)", *where, ids)
    return [past for _, *block in rows for past in unpack("", "", Block(*block))]


class Blocks:
    """The blocks of one attribute of an entity, for one reading; what was read is kept as long."""

    def __init__(
        self, connection: Connection, where: tuple[int, int], entity_id: str, attribute: str
    ) -> None:
        self._connection = connection
        self._where = where
        self._entity_id = entity_id
        self._attribute = attribute
        self._states: dict[int, list[Past]] = {}
        self._parts: dict[int, tuple[bytes, bytes, bytes]] = {}

    async def overlapping(self, period: Period) -> list[Bounds]:
        """The blocks in which states of a period may be."""
        if period.measured == "deleted":
            return []
        rows = await self._connection.fetch(_BOUNDS, *self._where)
        return overlapping([Bounds(*row) for row in rows], period)

    async def states(self, blocks: Sequence[Bounds]) -> list[Past]:
        """The states of some blocks."""
        new = [one.id for one in blocks if one.id not in self._states]
        if new:
            for block_id, *block in await self._connection.fetch(_BLOCK, *self._where, new):
                self._states[block_id] = unpack(self._entity_id, self._attribute, Block(*block))
        return [past for one in blocks for past in self._states[one.id]]

    async def first(
        self, blocks: Sequence[Bounds], rows: Sequence[Past], period: Period, most: tuple[int, bool]
    ) -> list[Past]:
        """Rows and as many states of blocks in a period as it takes to know the first ones; `most` is (how many, newest first).

        A block is read when those known before it are too few.
        """
        limit, back = most

        def begins(one: Bounds) -> int:
            return -last_of(one, period) if back else first_of(one, period)

        def is_before(past: Past, bound: int) -> bool:
            moment = moment_of(past, period)
            return moment is not None and (-moment if back else moment) < bound

        known = list(rows)
        for one in sorted(blocks, key=begins):
            if len(known) >= limit:
                before = [past for past in known if is_before(past, begins(one))]
                if len(before) >= limit and len(in_order(before, period, back)) >= limit:
                    break
            known += [past for past in await self.states([one]) if in_period(past, period)]
        return known

    async def fetch_parts(self, chosen: Chosen, *, written: bool) -> None:
        """Read what adding up will ask for."""
        heads = [one.id for one, _ in chosen.whole]
        columns = [one.id for one in chosen.columns]
        writes = "writes" if written else "''::bytea"
        for text, ids in (("head, ''::bytea, ''::bytea", heads), (f"''::bytea, series, {writes}", columns)):
            if ids:
                statement = f"SELECT id, {text} FROM block WHERE row=$1 AND name=$2 AND id=ANY($3)"
                for block_id, *parts in await self._connection.fetch(statement, *self._where, ids):
                    self._parts[block_id] = (parts[0], parts[1], parts[2])

    def head(self, block_id: int) -> bytes:
        """The head of a block that was fetched."""
        return self._parts[block_id][0]

    def series(self, block_id: int) -> bytes:
        """What a block measured."""
        return self._parts[block_id][1]

    def columns(self, block_id: int) -> tuple[bytes, bytes]:
        """What a block measured, and how it was written."""
        return self._parts[block_id][1:]


async def purge_blocks(connection: Connection, rows: Collection[int]) -> None:
    """Forget the blocks of entities."""
    await connection.execute("DELETE FROM block WHERE row=ANY($1)", list(rows))
