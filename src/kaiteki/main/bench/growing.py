"""How cost grows: one city that is filled to 10, 100 and 1,000 times what it was, and asked the same at each size."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Final

import msgspec
from rich.table import Table

from kaiteki.main.bench.load import Measured, drive, send_each
from kaiteki.main.bench.work import Work, measured, reads, stations_between, writes

SIZES: Final = (1_000, 10_000, 100_000)
"""Entities of the sizes below the last one."""
VALUES_EACH: Final = 10
"""Values of the past for each entity."""
ROWS: Final = (
    "get by id",
    "list of 20",
    "q, limit 20",
    "near 1 km, limit 20",
    "PATCH one attribute, 16 clients",
)


class Grown(msgspec.Struct, frozen=True):
    """A city of one size: what it takes, and for each work the times of its answers and the processor time of the node in µs."""

    entities: int
    values: int
    memory_bytes: int
    entity_bytes: float
    value_bytes: float
    costs: dict[str, tuple[Measured, float]]


class Ground(msgspec.Struct, frozen=True):
    """Where it grows: the node's address and folder, and how its processor time and its memory are told."""

    address: tuple[str, int]
    folder: Path
    busy_s: Callable[[], float]
    memory_bytes: Callable[[], int]

    def size_bytes(self) -> int:
        """What state, history and log take on the disk."""
        return sum(one.stat().st_size for one in self.folder.glob("*.sqlite*"))


def grow(ground: Ground, entities: int, seconds: float, say: Callable[[str], None]) -> Iterator[Grown]:
    """Fill and measure an empty node, size after size, up to so many entities with VALUES_EACH values of gauges for each."""
    sizes = [0, *(size for size in SIZES if size < entities), entities]
    for before, size in pairwise(sizes):
        began_bytes = ground.size_bytes()
        _send(ground, measured(before * VALUES_EACH, size * VALUES_EACH))
        told_bytes = ground.size_bytes()
        _send(ground, stations_between(before, size))
        filled_bytes = ground.size_bytes()
        say(f"{size:,} entities and {size * VALUES_EACH:,} values are there")
        works = (*reads(size, ""), *writes(size, size))
        yield Grown(
            entities=size,
            values=size * VALUES_EACH,
            memory_bytes=ground.memory_bytes(),
            entity_bytes=(filled_bytes - told_bytes) / (size - before),
            value_bytes=(told_bytes - began_bytes) / ((size - before) * VALUES_EACH),
            costs={work.name: _cost(ground, work, seconds) for work in works if work.name in ROWS},
        )


def _send(ground: Ground, requests: Iterable[bytes]) -> None:
    for answer in send_each(ground.address, requests):
        if answer[9:10] != b"2":
            raise RuntimeError(answer[-300:].decode("utf-8", "replace"))


def _cost(ground: Ground, work: Work, seconds: float) -> tuple[Measured, float]:
    drive(ground.address, work.following, work.connections, min(seconds, 0.5))
    before_s = ground.busy_s()
    told = drive(ground.address, work.following, work.connections, seconds)
    return told, (ground.busy_s() - before_s) / told.answers * 1e6


def table_of(grown: list[Grown]) -> Table:
    """A row for each work: per size the node's processor time, p50 and p99, then the cost at each size over that at the one before."""
    table = Table(title="Cost as the city grows: node µs (p50 / p99 ms)")
    table.add_column("work")
    for one in grown:
        table.add_column(f"{one.entities:,}", justify="right")
    table.add_column("× for each size", justify="right")
    for name in grown[0].costs:
        costs = [one.costs[name] for one in grown]
        steps = [after[1] / before[1] for before, after in pairwise(costs)]
        table.add_row(
            name,
            *(f"{busy_us:,.0f} ({told.p50_ms:.1f} / {told.p99_ms:.1f})" for told, busy_us in costs),
            "  ".join(f"{step:.2f}" for step in steps),
        )
    for name, said in _TAKES.items():
        table.add_row(name, *(said(one) for one in grown), "")
    return table


_TAKES: Final[Mapping[str, Callable[[Grown], str]]] = {
    "values of history": lambda one: f"{one.values:,}",
    "memory, MB": lambda one: f"{one.memory_bytes / 1e6:.0f}",
    "disk for each new entity, bytes": lambda one: f"{one.entity_bytes:,.0f}",
    "disk for each new value, bytes": lambda one: f"{one.value_bytes:,.1f}",
}
"""What a city takes, in words."""
