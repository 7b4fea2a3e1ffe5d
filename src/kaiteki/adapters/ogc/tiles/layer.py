"""What of a collection everybody may see, as arrays in memory: boxes and ids in the order of `ranking`, from which tiles choose.

Features that come later stand behind the others until the order is made anew; of such as are gone the box is empty.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Final, NamedTuple, TypeAlias

import numpy as np

from kaiteki.adapters.ogc.tiles.grid import BUFFER, EXTENT, Tile
from kaiteki.adapters.ogc.tiles.ranking import (
    UNSPREAD,
    Array,
    Candidate,
    Measured,
    digest_of,
    first_of,
    keys_of,
    spread,
)

POSITIONS_MAX: Final = 400_000
"""Positions of all features of a tile together; the first feature is shown however many it has."""
CHANGES_MAX: Final = 1_000
"""Latest changes that are remembered, to know which tiles they left as they were."""
LATE_MIN: Final = 1_000
LATE_SHARE: Final = 50
"""The order is made anew when more than so many features came late or went, and more than the 50th part."""
_STEP: Final = 65_536
"""Features that are looked at at once: at low levels the first ones are enough."""
_GONE: Final = np.array([np.inf, np.inf, -np.inf, -np.inf])


class Placed(NamedTuple):
    """Features: their ids, how important each is, and what was measured of them."""

    ids: Sequence[str]
    importance: Array
    measured: Measured


Box: TypeAlias = tuple[float, float, float, float]
"""West, north, east, south in the unit square of Web Mercator."""


class Order(NamedTuple):
    """Features in their order: keys, boxes (4, n), positions, sizes, importance, ids in one text with their ends, rows by digest."""

    keys: Array
    boxes: Array
    positions: Array
    sizes: Array
    importance: Array
    text: bytes | memoryview
    ends: Array
    digests: Array
    by_digest: Array


def order_of(placed: Placed) -> Order:
    """Make the order; half a million features take a second or two, away from the event loop."""
    measured = placed.measured
    levels = spread(placed.importance, measured)
    keys = keys_of(placed.importance, measured.sizes, levels, measured.digests)
    order = np.argsort(keys, kind="stable")
    rows: list[int] = order.tolist()
    told = [placed.ids[at].encode() for at in rows]
    digests = measured.digests[order]
    by_digest = np.argsort(digests, kind="stable").astype(np.int32)
    return Order(
        keys[order],
        np.ascontiguousarray(measured.boxes[order].T),
        measured.positions[order],
        measured.sizes[order],
        placed.importance[order],
        b"".join(told),
        np.cumsum([len(one) for one in told], dtype=np.int64),
        digests[by_digest],
        by_digest,
    )


class _Late(NamedTuple):
    """A feature that came after the order was made."""

    key: int
    box: Box
    size: int
    positions: int
    importance: float


class Layer:
    """The features of one collection. `version` grows with each change."""

    def __init__(self, order: Order) -> None:
        self.version = 0
        self._order = order
        self._late: dict[str, _Late] = {}
        self._gone = 0
        self._changes: deque[tuple[int, Box]] = deque(maxlen=CHANGES_MAX)
        self._forgotten = 0

    @property
    def order(self) -> Order:
        """The order as it was made last; what came since stands in none, of what went the box is empty."""
        return self._order

    def __len__(self) -> int:
        return len(self._order.keys) + len(self._late)

    @property
    def is_worn(self) -> bool:
        """Whether so much has come and gone that the order should be made anew."""
        worn = len(self._late) + self._gone
        return worn > LATE_MIN and worn * LATE_SHARE > len(self)

    def choose(self, tile: Tile, limit: int) -> list[str]:
        """The ids of the first features in a tile, at most so many of them and of POSITIONS_MAX positions."""
        return first_of(self.candidates(tile, limit), POSITIONS_MAX)

    def candidates(self, tile: Tile, limit: int) -> list[Candidate]:
        """The first features in a tile, at most so many, in their order."""
        order, box = self._order, box_of(tile)
        rows = [
            (int(order.keys[at]), self._id(at), int(order.positions[at]), at)
            for at in self._first(box, limit).tolist()
        ]
        rows += [
            (late.key, entity_id, late.positions, int(np.searchsorted(order.keys, late.key)))
            for entity_id, late in self._late.items()
            if _meets(late.box, box)
        ]
        if self._late:
            rows.sort()
        return [Candidate(rank, positions, entity_id) for _, entity_id, positions, rank in rows[:limit]]

    def _first(self, box: Box, limit: int) -> Array:
        """The first rows of the order in a box."""
        west, north, east, south = box
        found: list[Array] = []
        for start in range(0, len(self._order.keys), _STEP):
            boxes = self._order.boxes[:, start : start + _STEP]
            meets = (boxes[0] <= east) & (boxes[2] >= west) & (boxes[1] <= south) & (boxes[3] >= north)
            here = np.flatnonzero(meets)[:limit]
            found.append(here + start)
            limit -= len(here)
            if limit <= 0:
                break
        return np.concatenate(found) if found else np.zeros(0, dtype=np.int64)

    def stands(self, tile: Tile, version: int) -> bool:
        """Whether a tile is as it was at a version: nothing that changed since lay or lies in it."""
        if version < self._forgotten:
            return False
        box = box_of(tile)
        return not any(at > version and _meets(own, box) for at, own in self._changes)

    # Changes ------------------------------------------------------------------------------------------------------------

    def holds(self, entity_id: str) -> bool:
        """Whether a feature is here."""
        return entity_id in self._late or self._row(entity_id) is not None

    def remove(self, entity_id: str) -> None:
        """A feature is no longer here."""
        late = self._late.pop(entity_id, None)
        if late is not None:
            self._note(late.box)
        row = self._row(entity_id)
        if row is not None:
            self._note(_as_box(self._order.boxes[:, row]))
            self._order.boxes[:, row] = _GONE
            self._gone += 1

    def put(self, placed: Placed) -> None:
        """Features are here as they are now; one that stays where it was keeps its place in the order."""
        measured, order = placed.measured, self._order
        levels = np.full(len(placed.ids), UNSPREAD, dtype=np.int64)
        keys = keys_of(placed.importance, measured.sizes, levels, measured.digests)
        for n, entity_id in enumerate(placed.ids):
            told = _Late(
                int(keys[n]),
                _as_box(measured.boxes[n]),
                int(measured.sizes[n]),
                int(measured.positions[n]),
                float(placed.importance[n]),
            )
            row = self._row(entity_id)
            if row is not None and self._stays(row, told):
                order.positions[row] = told.positions
            else:
                self.remove(entity_id)
                self._late[entity_id] = told
            self._note(told.box)

    def _stays(self, row: int, told: _Late) -> bool:
        order = self._order
        alike = order.sizes[row] == told.size and order.importance[row] == told.importance
        return bool(alike and _as_box(order.boxes[:, row]) == told.box)

    def placed(self) -> Placed:
        """Every feature that is here, to make the order anew."""
        order, late = self._order, self._late
        rows = np.flatnonzero(order.boxes[0] != np.inf)
        digests = np.zeros(len(order.keys), dtype=np.int64)
        digests[order.by_digest] = order.digests
        ids = [*map(self._id, rows.tolist()), *late]
        told = list(late.values())
        boxes = np.array([one.box for one in told]).reshape(-1, 4)
        return Placed(
            ids,
            np.concatenate((order.importance[rows], [one.importance for one in told])),
            Measured(
                np.concatenate((order.boxes[:, rows].T, boxes)),
                np.concatenate((order.sizes[rows], np.array([one.size for one in told], dtype=np.int64))),
                np.concatenate(
                    (order.positions[rows], np.array([one.positions for one in told], dtype=np.int64))
                ),
                np.concatenate((digests[rows], np.array([digest_of(one) for one in late], dtype=np.int64))),
            ),
        )

    def renew(self, order: Order) -> None:
        """Take an order that was made anew of all that is here; every tile may look otherwise."""
        self._order, self._late, self._gone = order, {}, 0
        self.version += 1
        self._changes.clear()
        self._forgotten = self.version

    def _note(self, box: Box) -> None:
        self.version += 1
        if len(self._changes) == CHANGES_MAX:
            self._forgotten = self._changes[0][0]
        self._changes.append((self.version, box))

    def _row(self, entity_id: str) -> int | None:
        """Where in the order a feature stands; None where it is gone or came late."""
        order, digest = self._order, digest_of(entity_id)
        at = int(np.searchsorted(order.digests, digest))
        while at < len(order.digests) and order.digests[at] == digest:
            row = int(order.by_digest[at])
            if self._id(row) == entity_id and order.boxes[0, row] != np.inf:
                return row
            at += 1
        return None

    def _id(self, row: int) -> str:
        start = int(self._order.ends[row - 1]) if row else 0
        return str(self._order.text[start : int(self._order.ends[row])], "utf-8")


def _as_box(numbers: Array) -> Box:
    west, north, east, south = numbers.tolist()
    return west, north, east, south


def _meets(own: Box, box: Box) -> bool:
    return own[0] <= box[2] and own[2] >= box[0] and own[1] <= box[3] and own[3] >= box[1]


def box_of(tile: Tile) -> Box:
    """A tile with its buffer. The numbers are exact, so it holds the boxes of the four tiles below it."""
    side = 2.0**-tile.level
    beyond = side * BUFFER / EXTENT
    west, north = tile.column * side, tile.row * side
    return west - beyond, north - beyond, west + side + beyond, north + side + beyond
