"""What maps ask of a city of many places: tiles that were not asked for before, tiles that were, pages of features in a box.

Two collections of the same size: points, and areas mixed with lines. One connection, one question after another, as a budget of time is asked.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from random import Random
from time import perf_counter, sleep
from typing import Final

import msgspec
from rich.table import Table

from kaiteki.main.bench.load import request, send_each
from kaiteki.main.bench.work import BATCH, CENTRE, SEED, SPREAD_DEGREES, upsert

POINTS, SHAPES = "AED", "Shelter"
"""The collections: types with a public place."""
LEVELS: Final = range(6, 19)
TILES: Final = 300
"""Tiles of each collection that are asked for, each once, then the KEPT first of them again and again."""
KEPT: Final = 40
AGAIN: Final = 25
PAGES: Final = 300
PAGE_SIZE: Final = 100
_GZIP: Final = (("accept-encoding", "gzip"),)
_LATER_S: Final = 0.02
Address = tuple[str, int]


class Timed(msgspec.Struct, frozen=True):
    """A row: what was asked, milliseconds in their order, the largest answer, the budget for the 95th of a hundred."""

    name: str
    times_ms: Sequence[float]
    largest_bytes: int
    within_ms: float | None
    busy_ms: Sequence[float] = ()
    """Processor time of the node for each answer, in their order: what a machine that others keep busy tells best."""

    def at(self, share: float) -> float:
        """The time within which this share of the answers came."""
        return _at(self.times_ms, share)

    def busy_at(self, share: float) -> float | None:
        """The processor time that this share of the answers took at most; None where it was not measured."""
        return _at(self.busy_ms, share) if self.busy_ms else None


def _at(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def filling_maps(features: int) -> Iterator[bytes]:
    """Requests that put so many points, and so many areas and lines, into the city."""
    chance = Random(SEED)
    for kind, make in ((POINTS, _point), (SHAPES, _shape)):
        for first in range(0, features, BATCH * 5):
            numbers = range(first, min(features, first + BATCH * 5))
            yield upsert([_entity(kind, number, make(chance)) for number in numbers])


def _entity(kind: str, number: int, place: dict[str, object]) -> dict[str, object]:
    return {
        "id": f"urn:ngsi-ld:{kind}:{number:07d}",
        "type": kind,
        "name": {"type": "Property", "value": f"場所{number}"},
        "location": {"type": "GeoProperty", "value": place},
    }


def _somewhere(chance: Random) -> tuple[float, float]:
    """Half of the places lie in the middle of the city."""
    reach = SPREAD_DEGREES / (8 if chance.random() < 0.5 else 1)
    return CENTRE[0] + chance.uniform(-reach, reach), CENTRE[1] + chance.uniform(-reach, reach)


def _point(chance: Random) -> dict[str, object]:
    x, y = _somewhere(chance)
    return {"type": "Point", "coordinates": [round(x, 7), round(y, 7)]}


def _shape(chance: Random) -> dict[str, object]:
    """Two areas of some ten corners, from a house to a block, for each line."""
    x, y = _somewhere(chance)
    size = 0.0001 * 10 ** chance.uniform(0, 1.5)
    corners = chance.randint(4, 16)
    around = [
        [
            round(x + math.cos(n / corners * math.tau) * size * chance.uniform(0.7, 1), 7),
            round(y + math.sin(n / corners * math.tau) * size * chance.uniform(0.7, 1), 7),
        ]
        for n in range(corners)
    ]
    if chance.random() < 1 / 3:
        return {"type": "LineString", "coordinates": around}
    return {"type": "Polygon", "coordinates": [[*around, around[0]]]}


def measure_maps(
    address: Address, city: str, busy_s: Callable[[], float], say: Callable[[str], None]
) -> list[Timed]:
    """The rows of both collections; `busy_s` is the processor time of the node so far, to the microsecond."""
    rows: list[Timed] = []
    for kind in (POINTS, SHAPES):
        began_s = perf_counter()
        rows.append(_making(address, city, kind))
        say(f"{kind}: first tile after {perf_counter() - began_s:.1f} s")
        tiles = _tiles(city, kind)
        for name, asked, within_ms in (
            ("tile, not asked for before", tiles, 60.0),
            ("tile, kept", tiles[:KEPT] * AGAIN, 3.0),
            (f"page of {PAGE_SIZE} in a box", _boxes(city, kind), 50.0),
        ):
            row = _timed(f"{kind}: {name}", address, asked, busy_s)
            rows.append(msgspec.structs.replace(row, within_ms=within_ms))
    return rows


def _making(address: Address, city: str, kind: str) -> Timed:
    """Answers of another kind while the layer of the collection is read for the first time: how long others wait."""
    tile = _tile(city, kind, 0, *CENTRE)
    other = request("GET", f"/ngsi-ld/v1/entities/urn:ngsi-ld:{kind}:0000001")

    def asked() -> Generator[bytes]:
        while True:
            yield other

    times: list[float] = []
    others = send_each(address, asked())
    (told,) = send_each(address, [tile])
    while b" 503 " in told[:14]:
        until_s = perf_counter() + 1.0
        while perf_counter() < until_s:
            began_s = perf_counter()
            next(others)
            times.append((perf_counter() - began_s) * 1000)
            sleep(_LATER_S)
        (told,) = send_each(address, [tile])
    others.close()
    return Timed(f"{kind}: an entity by its id while its layer is read", sorted(times or [0.0]), 0, None)


def _tile(city: str, kind: str, level: int, longitude: float, latitude: float) -> bytes:
    side = 1 << level
    column = int((longitude + 180) / 360 * side)
    row = int((1 - math.asinh(math.tan(math.radians(latitude))) / math.pi) / 2 * side)
    path = f"/{city}/ogc/collections/{kind}/tiles/WebMercatorQuad/{level}/{row}/{column}"
    return request("GET", path, headers=_GZIP)


def _tiles(city: str, kind: str) -> list[bytes]:
    """Tiles of every level over random places of the city, each once."""
    chance = Random(SEED + 2)
    found: dict[bytes, None] = {}
    while len(found) < TILES:
        found[_tile(city, kind, chance.choice(LEVELS), *_somewhere(chance))] = None
    return list(found)


def _boxes(city: str, kind: str) -> list[bytes]:
    chance = Random(SEED + 3)
    paths: list[str] = []
    for _ in range(PAGES):
        x, y = _somewhere(chance)
        reach = 0.001 * 10 ** chance.uniform(0, 2)
        box = f"{x - reach:.5f},{y - reach:.5f},{x + reach:.5f},{y + reach:.5f}"
        paths.append(f"/{city}/ogc/collections/{kind}/items?limit={PAGE_SIZE}&bbox={box}")
    return [request("GET", path) for path in paths]


def _timed(name: str, address: Address, asked: Iterable[bytes], busy_s: Callable[[], float]) -> Timed:
    """Ask each once. Raises RuntimeError for a refusal."""
    times: list[float] = []
    busy: list[float] = []
    largest = 0
    before_s, began_s = busy_s(), perf_counter()
    for told in send_each(address, asked):
        times.append((perf_counter() - began_s) * 1000)
        busy.append((busy_s() - before_s) * 1000)
        if told[9:10] != b"2":
            raise RuntimeError(told[-300:].decode("utf-8", "replace"))
        largest = max(largest, len(told))
        before_s, began_s = busy_s(), perf_counter()
    return Timed(name, sorted(times), largest, None, sorted(busy))


def table_of_maps(rows: Sequence[Timed], features: int, memory: tuple[int, int]) -> Table:
    """The rows; `memory` is that of the node before and after, in bytes."""
    table = Table(
        title=f"{features:,} points, {features:,} areas and lines; own memory {memory[0] / 1e6:.0f} → {memory[1] / 1e6:.0f} MB"
    )
    for name in (
        "work",
        "answers",
        "p50 ms",
        "p95 ms",
        "p99 ms",
        "most ms",
        "node p50 ms",
        "node p95 ms",
        "largest kB",
        "p95 within",
    ):
        table.add_column(name, justify="left" if name == "work" else "right")
    for row in rows:
        table.add_row(
            row.name,
            str(len(row.times_ms)),
            *(f"{row.at(share):.2f}" for share in (0.5, 0.95, 0.99, 1.0)),
            *(_told(row.busy_at(share)) for share in (0.5, 0.95)),
            f"{row.largest_bytes / 1000:.0f}",
            f"{row.within_ms:.0f} ms" if row.within_ms is not None else "-",
        )
    return table


def _told(milliseconds: float | None) -> str:
    return "-" if milliseconds is None else f"{milliseconds:.2f}"
