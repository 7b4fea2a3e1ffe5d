"""Blocks of measurements in the file: made of rows, taken apart into rows, read in the order of a time beside rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from heapq import heapify, heappop, heappush
from typing import Final

import msgspec

from kaiteki.model.entity import Instance
from kaiteki.model.past import in_period, moment_of
from kaiteki.ports.history import Past, Period
from kaiteki.stores.blocks import Bounds, alike, enough, first_of, last_of, overlapping
from kaiteki.stores.packing import Block, pack, unpack
from kaiteki.stores.sqlite.driver import Connection

_OLDEST: Final = (
    "SELECT at, number, version, body, part FROM history WHERE row=? AND name=? AND dataset='' ORDER BY at, number, part"
    " LIMIT ?"
)
_MANY: Final = "SELECT count(*) FROM (SELECT 1 FROM history WHERE row=? AND name=? LIMIT ?)"
_ROW: Final = "row=? AND name=? AND at=? AND number=? AND dataset='' AND part=?"
_BODY: Final = (
    "SELECT observed, observed_last, at, at_last, small, head, series, writes FROM block WHERE id=?"
)
_BOUNDS: Final = "SELECT id, observed, observed_last, at, at_last, small FROM block WHERE row=? AND name=?"

_instance = msgspec.json.Decoder(Instance)


def pack_oldest(connection: Connection, row: int, name: int, states: int) -> bool:
    """Put the oldest rows of an attribute into a block, when there are a block and a quarter of them; whether it was done."""
    if connection.execute(_MANY, (row, name, enough(states))).get != enough(states):
        return False
    found = [
        Past("", "", at, version, _instance.decode(body), None, number, part=part)
        for at, number, version, body, part in connection.execute(_OLDEST, (row, name, states)).fetchall()
        if isinstance(body, bytes)
    ]
    packed = alike(found, states)
    if not packed:
        return False
    block = pack(packed)
    connection.execute(
        "INSERT INTO block(row, name, observed, observed_last, at, at_last, small, head, series, writes)"
        " VALUES(?,?,?,?,?,?,?,?,?,?)",
        (row, name, *block),
    )
    connection.executemany(
        f"DELETE FROM history WHERE {_ROW}",
        [(row, name, past.at, past.number, past.part) for past in packed],
    )
    return True


def bounds_of(connection: Connection, row: int, name: int) -> list[Bounds]:
    """Where the blocks of an attribute lie."""
    return [Bounds(*found) for found in connection.execute(_BOUNDS, (row, name)).fetchall()]


def block_at(connection: Connection, block_id: int) -> Block:
    """A block with its columns."""
    return Block(*connection.execute(_BODY, (block_id,)).fetchall()[0])


class Blocks:
    """The blocks of one attribute of an entity, for one reading."""

    def __init__(
        self, connection: Connection, where: tuple[int, int], entity_id: str, attribute: str
    ) -> None:
        self._connection = connection
        self._entity_id = entity_id
        self._attribute = attribute
        self._bounds = bounds_of(connection, *where)

    def overlapping(self, period: Period) -> list[Bounds]:
        """The blocks in which states of a period may be."""
        return overlapping(self._bounds, period)

    def head(self, block_id: int) -> bytes:
        """The head of a block."""
        return self._connection.execute("SELECT head FROM block WHERE id=?", (block_id,)).get

    def series(self, block_id: int) -> bytes:
        """What a block measured."""
        return self._connection.execute("SELECT series FROM block WHERE id=?", (block_id,)).get

    def columns(self, block_id: int) -> tuple[bytes, bytes]:
        """What a block measured, and how it was written."""
        return self._connection.execute(
            "SELECT series, writes FROM block WHERE id=?", (block_id,)
        ).fetchall()[0]

    def states(self, one: Bounds) -> list[Past]:
        """The states of a block."""
        return unpack(self._entity_id, self._attribute, block_at(self._connection, one.id))

    def beside(self, rows: Iterator[Past], period: Period, newest_first: bool) -> Iterator[Past]:
        """The rows of a period and the states of blocks in it, in order; a block is read when it is its turn."""
        blocks = self.overlapping(period)
        if not blocks:
            return rows
        if period.measured == "created":
            return (past for part in (*map(self.states, blocks), rows) for past in part)
        return self._merged(rows, period, blocks, newest_first)

    def _merged(
        self, rows: Iterator[Past], period: Period, blocks: Iterable[Bounds], newest_first: bool
    ) -> Iterator[Past]:
        sign = -1 if newest_first else 1

        def order(past: Past) -> tuple[int, int, int]:
            moment = moment_of(past, period)
            return sign * (0 if moment is None else moment), sign * past.number, sign * past.part

        waiting: list[tuple[tuple[int, int, int], int, Bounds | Past, Iterator[Past]]] = []
        for serial, one in enumerate(blocks):
            bound = -last_of(one, period) if newest_first else first_of(one, period)
            # before every state of this moment, so that it is read in time
            waiting.append(((bound, -(2**62), 0), serial, one, iter(())))
        heapify(waiting)
        serial = len(waiting)
        for past in rows:
            heappush(waiting, (order(past), serial, past, rows))
            break
        while waiting:
            _, source, found, more = heappop(waiting)
            if isinstance(found, Bounds):
                more = iter(sorted((one for one in self.states(found) if in_period(one, period)), key=order))
            else:
                yield found
            for past in more:
                heappush(waiting, (order(past), source, past, more))
                break
