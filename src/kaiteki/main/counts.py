"""`kaiteki counts`: what each area of a data folder holds, by type."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any, cast

import typer
from rich.console import Console
from rich.table import Table

from kaiteki.broker.plane import Plane
from kaiteki.broker.statistics import statistics
from kaiteki.main.cities import known_cities
from kaiteki.main.clock import SystemClock
from kaiteki.main.options import DATA_DEFAULT, AreaOption, DataOption
from kaiteki.main.outgoing import GuardedClient
from kaiteki.main.stores import named_store, open_store
from kaiteki.main.upkeep import need_data
from kaiteki.model.entity import Entity
from kaiteki.model.query import Query
from kaiteki.model.terms.compiling import core_context

PLAIN_WIDTH = 140
"""Columns of the tables when nobody looks at a terminal."""


def counts(
    city: AreaOption = "*",
    attributes: Annotated[bool, typer.Option("--attributes", help="Each attribute by itself.")] = False,
    data: DataOption = DATA_DEFAULT,
) -> None:
    """Say how many entities of which types each area has, since when and until when; exact, also beside a running node."""
    if not named_store():
        need_data(data)
    console = Console()
    if not console.is_terminal:
        console = Console(width=PLAIN_WIDTH)
    for told in asyncio.run(_told(data, city)):
        console.print(_table(told, attributes))


async def _told(data: Any, city: str) -> list[dict[str, Any]]:
    clock = SystemClock()
    store = await open_store(data, clock)
    plane = Plane(
        entities=store.entities,
        history=store.history,
        events=store.events,
        contexts=store.contexts,
        clock=clock,
        outgoing=GuardedClient(),
        glances=store.glances,
        subscriptions=store.subscriptions,
        sources=store.sources,
    )
    try:
        areas = _wanted(city, await store.entities.areas())
        return [
            await statistics(
                plane, area, await store.entities.summarise(area), (_all_of_it, _whole), core_context()
            )
            for area in areas
        ]
    finally:
        await store.entities.close()


def _wanted(city: str, areas: Sequence[str]) -> Sequence[str]:
    """The areas that are meant; one that there is, but that nobody has written, is counted as empty. Raises BadParameter for any other."""
    if city == "*":
        return areas
    if city not in areas and city not in known_cities():
        known = ", ".join(sorted({*areas, *known_cities()}))
        raise typer.BadParameter(f"there is no area {city}; there are {known}", param_hint="--city")
    return [city]


def _all_of_it(wanted: Query) -> Query:
    return wanted


def _whole(entity: Entity) -> Entity:
    return entity


def _table(told: dict[str, Any], attributes: bool) -> Table:
    table = Table(title=f"{told['area']}: {told['entities']:,} 件 / entities", title_justify="left")
    for name, justify in (
        ("型 / type", "left"),
        ("件数 / entities", "right"),
        ("属性 / attributes", "left" if attributes else "right"),
        ("はじめ / first created", "left"),
        ("さいご / last changed", "left"),
    ):
        table.add_column(name, justify=cast(Any, justify), overflow="fold")
    for one in told["types"]:
        kinds: dict[str, dict[str, int]] = one["attributes"]
        shown = ", ".join(f"{name} {sum(counts.values()):,}" for name, counts in kinds.items())
        table.add_row(
            one["type"],
            f"{one['entities']:,}",
            shown if attributes else f"{len(kinds):,}",
            one.get("firstCreatedAt", ""),
            one.get("lastModifiedAt", ""),
        )
    return table
