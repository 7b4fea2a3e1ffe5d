"""Blocks of measurements in the file: made of rows, taken apart into rows, read in the order of a time beside rows."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from heapq import heapify, heappop, heappush
from typing import Final, NamedTuple

import msgspec

from kaiteki.model.entity import Instance
from kaiteki.model.instant import Instant
from kaiteki.model.past import in_period, moment_of
from kaiteki.ports.history import Past, Period
from kaiteki.stores.sqlite.driver import Connection
from kaiteki.stores.sqlite.packing import Block, may_be_packed, pack, unpack

BLOCK_STATES: Final = 1024
"""States of one block."""
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


class Bounds(NamedTuple):
    """Where a block lies: the first and last moments of its states, observed and written."""

    id: int
    observed: Instant
    observed_last: Instant
    at: Instant
    at_last: Instant
    small: bool


def is_time_to_pack(row: int, number: int, part: int, states: int) -> bool:
    """Whether a write of this event looks if there is enough for a block: about one in so many as a quarter of a block has.

    It follows from the write alone, so nothing needs to be counted, and every attribute gets its turn.
    """
    return (row * 7919 + (number + part) * 104_729) % 65_537 % max(states // 4, 1) == 0


def pack_oldest(connection: Connection, row: int, name: int, states: int) -> bool:
    """Put the oldest rows of an attribute into a block, when there are a block and a quarter of them; whether it was done."""
    enough = states + states // 4
    if connection.execute(_MANY, (row, name, enough)).get != enough:
        return False
    found = [
        Past("", "", at, version, _instance.decode(body), None, number, part=part)
        for at, number, version, body, part in connection.execute(_OLDEST, (row, name, states)).fetchall()
        if isinstance(body, bytes)
    ]
    apt = [past for past in found if may_be_packed(past)]
    alike = [past for past in apt if _common(past) == _common(apt[0])]
    if len(alike) < max(states // 2, 2):
        return False
    block = pack(alike)
    connection.execute(
        "INSERT INTO block(row, name, observed, observed_last, at, at_last, small, head, series, writes)"
        " VALUES(?,?,?,?,?,?,?,?,?,?)",
        (row, name, *block),
    )
    connection.executemany(
        f"DELETE FROM history WHERE {_ROW}",
        [(row, name, past.at, past.number, past.part) for past in alike],
    )
    return True


def _common(past: Past) -> tuple[str | None, Instant]:
    one = past.instance
    return (one.unit_code, one.created_at) if one is not None else (None, Instant(0))


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
        if period.measured == "deleted" or (period.dataset_ids and "@none" not in period.dataset_ids):
            return []
        if period.measured == "created":
            return self._bounds
        return [
            one
            for one in self._bounds
            if (period.end is None or _first(one, period) < period.end)
            and (period.start is None or _last(one, period) >= period.start)
        ]

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
            bound = -_last(one, period) if newest_first else _first(one, period)
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


def _first(one: Bounds, period: Period) -> Instant:
    return one.observed if period.measured == "observed" else one.at


def _last(one: Bounds, period: Period) -> Instant:
    return one.observed_last if period.measured == "observed" else one.at_last


def apart(blocks: Sequence[Bounds], moments: Sequence[Instant]) -> tuple[list[Bounds], list[Bounds]]:
    """The blocks whose observed time nothing else of the attribute shares, in order of it, and the others.

    `moments` are those of the rows, in order.
    """
    alone: list[Bounds] = []
    shared: list[Bounds] = []
    ordered = sorted(blocks, key=lambda one: one.observed)
    reached: Instant | None = None
    for index, one in enumerate(ordered):
        following = ordered[index + 1].observed if index + 1 < len(ordered) else None
        lone = reached is None or one.observed > reached
        lone = lone and (following is None or one.observed_last < following)
        lone = lone and not _any_within(moments, one)
        (alone if lone else shared).append(one)
        reached = one.observed_last if reached is None else max(reached, one.observed_last)
    return alone, shared


def _any_within(moments: Sequence[Instant], one: Bounds) -> bool:
    index = bisect_left(moments, one.observed)
    return index < len(moments) and moments[index] <= one.observed_last
