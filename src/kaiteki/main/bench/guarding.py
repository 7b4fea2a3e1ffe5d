"""What access control costs whoever reads what is public: the same folder behind two nodes, one with `--open`, asked in turn on one core."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from random import Random
from statistics import median
from typing import Final
from urllib.parse import quote

import msgspec
from rich.table import Table

from kaiteki.main.bench.load import drive, request
from kaiteki.main.bench.work import FACILITY_SHARE, SEED, Following, Work

ROUNDS: Final = 21
"""How often each node is asked; odd, so that the middle one is a round that was."""
AT_MOST: Final = 1.05
"""What a public read may take of what it takes with `--open`."""
NANOSECONDS: Final = 1e9


class Node(msgspec.Struct, frozen=True):
    """A node that runs: its address and its process."""

    address: tuple[str, int]
    process_id: int

    def busy_s(self) -> float:
        """Processor time of its process so far, all threads together."""
        tasks = Path(f"/proc/{self.process_id}/task").glob("*/schedstat")
        return sum(int(one.read_text(encoding="ascii").split()[0]) for one in tasks) / NANOSECONDS


class Guarded(msgspec.Struct, frozen=True):
    """One kind of read: processor time of an answer in µs at the open and at the guarded node, and the ratio in each round."""

    name: str
    open_us: float
    guarded_us: float
    ratios: tuple[float, ...]

    @property
    def ratio(self) -> float:
        """The middle of the ratios, each of two measurements that followed one another."""
        return median(self.ratios)


def compare(opened: Node, guarded: Node, works: Iterable[Work], seconds: float) -> Iterator[Guarded]:
    """Ask both nodes in turn, for so many seconds a round; each goes first in every other one. Raises RuntimeError for a refusal."""
    for work in works:
        rounds: list[tuple[float, float]] = []
        for node in (opened, guarded):
            _each_us(node, work, seconds)
        for number in range(ROUNDS):
            if number % 2:
                guarded_us, open_us = _each_us(guarded, work, seconds), _each_us(opened, work, seconds)
            else:
                open_us, guarded_us = _each_us(opened, work, seconds), _each_us(guarded, work, seconds)
            rounds.append((open_us, guarded_us))
        yield Guarded(
            work.name,
            median(one for one, _ in rounds),
            median(one for _, one in rounds),
            tuple(there / here for here, there in rounds),
        )


def public_reads(entities: int, city: str) -> tuple[Work, ...]:
    """Reads of a type that its service declares public, in a city of so many stations."""
    chance, facilities = Random(SEED + 3), entities // FACILITY_SHARE

    def one(path: Callable[[int], str]) -> Following:
        return lambda: request("GET", path(chance.randrange(facilities)))

    def near(_number: int) -> str:
        place = f"[{chance.uniform(140.0, 140.25):.5f},{chance.uniform(35.5, 35.7):.5f}]"
        return f"{listing}&georel=near;maxDistance==2000&geometry=Point&coordinates={place}"

    listing = "/ngsi-ld/v1/entities?type=AED&limit=20"
    return (
        Work("get by id", one(lambda n: f"/ngsi-ld/v1/entities/urn:ngsi-ld:AED:{n:07d}"), 32, 0, "-"),
        Work("list of 20", one(lambda _: listing), 32, 0, "-"),
        Work("q, limit 20", one(lambda n: f"{listing}&q=" + quote(f'name=="施設{n}のAED"')), 16, 0, "-"),
        Work("near 2 km, limit 20", one(near), 16, 0, "-"),
        Work("NGSI v2, list of 20", one(lambda _: "/v2/entities?type=AED&limit=20"), 16, 0, "-"),
        Work("portal: list of places", one(lambda _: f"/{city}/places"), 1, 0, "-"),
    )


def _each_us(node: Node, work: Work, seconds: float) -> float:
    before_s = node.busy_s()
    told = drive(node.address, work.following, work.connections, seconds)
    if told.refused:
        raise RuntimeError(f"{work.name} was refused: {told.example}")
    return (node.busy_s() - before_s) / told.answers * 1e6


def table_of_guarded(rows: list[Guarded]) -> Table:
    """A row for each kind of read, with the half of the rounds around the middle."""
    table = Table(title=f"Public reads: the guarded node beside the open one, {ROUNDS} rounds in turn")
    for name in ("work", "open µs", "guarded µs", "ratio", "half of the rounds", "at most"):
        table.add_column(name, justify="left" if name == "work" else "right")
    for row in rows:
        ordered = sorted(row.ratios)
        low, high = ordered[len(ordered) // 4], ordered[len(ordered) * 3 // 4]
        table.add_row(
            row.name,
            f"{row.open_us:,.1f}",
            f"{row.guarded_us:,.1f}",
            f"{row.ratio:.3f}",
            f"{low:.3f}-{high:.3f}",
            f"{AT_MOST}",
        )
    return table
