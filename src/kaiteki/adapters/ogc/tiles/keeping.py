"""Large layers outlive a start: the order of each is a file, with what it was made of; one that no longer says what the city says is made anew.

A file is a line of JSON (`_Head`), then the bytes of each array of an `Order` in its order. It says at which state of its type it was right
(how many entities there were, when one was last changed: while both are the same, nothing has changed, by whichever node) and at which
event, from which on changes can be looked at again. Decision 48.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np
from starlette.concurrency import run_in_threadpool

from kaiteki.adapters.ogc.bound import Ground, Parts
from kaiteki.adapters.ogc.collections import Collection
from kaiteki.adapters.ogc.tiles.layer import Order
from kaiteki.adapters.ogc.tiles.ranking import Array
from kaiteki.model.query import Order as By
from kaiteki.model.query import Path, Query
from kaiteki.ports.events import Events

KEPT_MIN: Final = 20_000
"""Features of a layer that is worth a file; a smaller one is made in a quarter of a second."""
KEPT_AFTER: Final = 10_000
"""Events behind its file after which a layer that changed is kept anew: half of what may be looked at again."""
_FORMAT: Final = 1
_ALIGNED: Final = 8
"""Each array begins at a multiple of so many bytes."""
_NEWEST: Final = Query(order=(By(Path(("modifiedAt",)), descending=True),), limit=1, total=True)


class State(msgspec.Struct, frozen=True):
    """How a type stood: how many entities everybody could see, when one was last changed, which the newest event was, when that was."""

    rows: int
    changed_at: int
    number: int
    event_at: int

    def is_as(self, other: State) -> bool:
        """Whether nothing of the type has changed between two states."""
        return (self.rows, self.changed_at) == (other.rows, other.changed_at)


class _Head(msgspec.Struct, frozen=True):
    """What a file begins with: what the layer is of, how its type stood, kinds and lengths of the arrays, the checksum of all."""

    made_of: str
    state: State
    arrays: tuple[tuple[str, tuple[int, ...]], ...]
    checksum: int


class Shelving:
    """The files of the layers of a node; where main hands in no shelf there are none."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def wants(self, collection: Collection, features: int) -> bool:
        """Whether a layer of so many features is worth a file, and may be one."""
        return self._parts.shelf is not None and features >= KEPT_MIN and _is_lasting(collection)

    async def find(
        self, area: str, collection: Collection, state: State, behind_max: int
    ) -> tuple[int, Order] | None:
        """The order as it was kept, and the event from which on changes have to be looked at; None where it is to be made anew."""
        shelf = self._parts.shelf
        if shelf is None or not _is_lasting(collection):
            return None

        def read() -> tuple[State, Order] | None:
            content = shelf.get(_name_of(area, collection))
            return None if content is None else unpack(content, _made_of(self._parts.rules, collection))

        found = await run_in_threadpool(read)
        if found is None:
            return None
        kept, order = found
        if kept.is_as(state):
            return state.number, order
        follows = kept.number <= state.number <= kept.number + behind_max
        return (kept.number, order) if follows and await _is_behind(kept, self._parts.events) else None

    async def put(self, area: str, collection: Collection, state: State, order: Order) -> None:
        """Keep an order that holds all that the city held in a state, where that pays.

        Not where something went since: an erasure takes the files along that it finds, and this one may come behind it.
        """
        shelf = self._parts.shelf
        if shelf is None or not self.wants(collection, len(order.keys)):
            return

        name = _name_of(area, collection)

        def write() -> None:
            shelf.put(name, pack(_made_of(self._parts.rules, collection), state, order))

        await run_in_threadpool(write)
        if await self._lost_since(state.number):
            await run_in_threadpool(shelf.remove, name)

    async def _lost_since(self, number: int) -> bool:
        """Whether anything was deleted or its past put right behind an event."""
        while events := await self._parts.events.read(number):
            if any(one.what in ("deleted", "corrected") for one in events):
                return True
            number = events[-1].number
        return False


async def state_of(city: Ground, collection: Collection, events: Events) -> State:
    """How the type of a collection stands. Changes may come while it is asked: they have numbers behind that of the state, or moments."""
    number = await events.last()
    told = await events.read(number - 1, 1) if number else ()
    found = await city.rows(collection.type, _NEWEST)
    entities, _, total = found if found is not None else ([], False, 0)
    changed_at = int(entities[0].modified_at) if entities else 0
    return State(total or 0, changed_at, number, int(told[0].at) if told else 0)


async def _is_behind(state: State, events: Events) -> bool:
    """Whether the event log is the one that the state spoke of, and has gone on from there: a copy that was brought back has another one."""
    told = await events.read(state.number - 1, 1) if state.number else ()
    return bool(told) and (told[0].number, int(told[0].at)) == (state.number, state.event_at)


def _is_lasting(collection: Collection) -> bool:
    """Whether layers of a collection may be files: never data of people, of whom nothing may be left when they are erased."""
    kind = collection.type
    return kind.data_class == "none" and not kind.personal and not kind.holder


def _name_of(area: str, collection: Collection) -> str:
    """Under which name the layer of a collection is kept: a digest, as ids may hold anything."""
    return hashlib.blake2b(f"{area}\n{collection.id}".encode(), digest_size=16).hexdigest()


def _made_of(rules: str, collection: Collection) -> str:
    """What a layer is made by: the rules of the node (its version, its policies), which features belong to the collection, which place is theirs."""
    only = "" if collection.only is None else repr(collection.only.term)
    parts = (rules, _FORMAT, collection.type.name, collection.place, repr(collection.within), only)
    return hashlib.blake2b(msgspec.json.encode(parts), digest_size=16).hexdigest()


def pack(mark: str, state: State, order: Order) -> list[bytes]:
    """An order as a file."""
    told = order._replace(text=np.frombuffer(bytes(order.text), np.uint8))
    arrays: list[Array] = [np.ascontiguousarray(one) for one in told]
    pieces = [piece for one in arrays for piece in (one.tobytes(), bytes(-one.nbytes % _ALIGNED))]
    kinds = tuple((one.dtype.str, tuple(one.shape)) for one in arrays)
    head = msgspec.json.encode(_Head(mark, state, kinds, _checksum(pieces)))
    return [head, b" " * (-(len(head) + 1) % _ALIGNED), b"\n", *pieces]


def unpack(content: bytearray, mark: str) -> tuple[State, Order] | None:
    """A file as an order, in the memory of the file; None where it was made by other rules, or is no whole file of this kind."""
    end = content.find(b"\n")
    try:
        head = msgspec.json.decode(memoryview(content)[: max(0, end)], type=_Head)
    except msgspec.DecodeError:
        return None
    lengths = [int(np.prod(shape, dtype=np.int64)) for _, shape in head.arrays]
    sizes = [count * np.dtype(kind).itemsize for count, (kind, _) in zip(lengths, head.arrays, strict=True)]
    starts = np.cumsum([end + 1, *(size + -size % _ALIGNED for size in sizes)]).tolist()
    if head.made_of != mark or len(sizes) != len(Order._fields) or starts[-1] != len(content):
        return None
    if _checksum([memoryview(content)[end + 1 :]]) != head.checksum:
        return None
    found: dict[str, Array] = {
        name: np.frombuffer(content, kind, count, start).reshape(shape)
        for name, (kind, shape), count, start in zip(
            Order._fields, head.arrays, lengths, starts[:-1], strict=True
        )
    }
    return head.state, Order(**{**found, "text": memoryview(found["text"])})


def _checksum(pieces: Sequence[bytes | memoryview]) -> int:
    total = 0
    for one in pieces:
        total = zlib.crc32(one, total)
    return total
