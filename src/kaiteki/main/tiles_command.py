"""`kaiteki tiles`: the vector tiles of a collection as one file (PMTiles), as everybody may see it; for a map that no node serves."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, BinaryIO, Final, NamedTuple

import typer
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from kaiteki.adapters.ogc.collections import Collection, collections_of
from kaiteki.adapters.ogc.register import collection_by_name
from kaiteki.adapters.ogc.tiles.archive import Archive, tile_number
from kaiteki.adapters.ogc.tiles.documents import vector_layer
from kaiteki.adapters.ogc.tiles.grid import LEVEL_MAX, Tile
from kaiteki.adapters.ogc.tiles.ground import read_features
from kaiteki.adapters.ogc.tiles.layer import Layer, order_of
from kaiteki.adapters.ogc.tiles.making import FEATURES_MAX
from kaiteki.adapters.ogc.tiles.press import press_layer
from kaiteki.kit.city import CityOf
from kaiteki.kit.engine import Asking, Engine
from kaiteki.main.cities import BadCity, load_city, load_policies
from kaiteki.main.clock import SystemClock
from kaiteki.main.node import cities_over
from kaiteki.main.options import DATA_DEFAULT, DataOption
from kaiteki.main.parts import SERVICES, settings_of_services
from kaiteki.main.sealing import open_sealed
from kaiteki.main.settings import CITIES_DEFAULT
from kaiteki.main.stores import named_store
from kaiteki.model.area import Area
from kaiteki.model.problem import Problem

TILES_MAX: Final = 200_000
"""Tiles of one file; more are refused, and a smaller zoom range or area serves."""


class Wanted(NamedTuple):
    """What is written: the area, the collection, the levels."""

    area: Area
    collection: str
    levels: range


def tiles(
    target: Annotated[Path, typer.Argument(help="The file to write, .pmtiles.")],
    collection: Annotated[str, typer.Option(help="A collection of the OGC API: a type, or a data set.")],
    city: Annotated[str, typer.Option("--city", help="The area.")] = CITIES_DEFAULT[0],
    zoom: Annotated[str, typer.Option(help="The levels, from-to.")] = "0-14",
    data: DataOption = DATA_DEFAULT,
) -> None:
    """Write the vector tiles of a collection to one file, with what everybody may see. It may be stopped and run again."""
    if not named_store() and not data.is_dir():
        raise typer.BadParameter(f"there is no data folder {data}")
    if not target.absolute().parent.is_dir():
        raise typer.BadParameter(f"there is no folder {target.absolute().parent}")
    console = Console(stderr=True)
    try:
        wanted = Wanted(load_city(city), collection, _levels(zoom))
        written = asyncio.run(_write(target, wanted, data, console))
    except KeyboardInterrupt:
        console.print("Stopped; nothing was written. Run the same command again.")
        raise typer.Exit(130) from None
    except (BadCity, Problem) as wrong:
        raise typer.BadParameter(str(wrong)) from wrong
    console.print(f"{written:,} tiles of {collection} written to {target}.")


def _levels(zoom: str) -> range:
    first, _, last = zoom.partition("-")
    told = [one for one in (first, last or first) if one.isascii() and one.isdigit() and len(one) < 3]
    if len(told) < 2 or not int(told[0]) <= int(told[1]) <= LEVEL_MAX:
        raise typer.BadParameter(f"--zoom is a range of levels within 0-{LEVEL_MAX}")
    return range(int(told[0]), int(told[1]) + 1)


async def _write(target: Path, wanted: Wanted, data: Path, console: Console) -> int:
    folder = target.parent
    store, _ = await open_sealed(data, SystemClock(), named_store())
    try:
        areas = {wanted.area.name: wanted.area}
        policies = load_policies(tuple(areas))
        engine = Engine(store.entities, SystemClock(), SERVICES, settings_of_services(areas), policies)
        city = cities_over(engine, store).of(Asking(wanted.area.name))
        one = await collection_by_name(city, collections_of(SERVICES), wanted.collection)
        with tempfile.TemporaryFile(dir=folder) as passing:
            archive = Archive(passing)
            await _fill(archive, city, one, wanted, console)
            layer = vector_layer(one, one.words.ja)
            told = {"name": one.words.ja, "attribution": one.source, "vector_layers": [layer]}
            head = archive.head(told, (wanted.levels[0], wanted.levels[-1]), wanted.area.bbox)
            _join(target, head, passing)
        return archive.added
    finally:
        await store.entities.close()


def _join(target: Path, head: bytes, passing: BinaryIO) -> None:
    """The head, then the tiles; the file has its name when it is whole."""
    part = target.with_name(f"{target.name}.part")
    passing.seek(0)
    with part.open("wb") as file:
        file.write(head)
        shutil.copyfileobj(passing, file)
    part.replace(target)


async def _fill(
    archive: Archive, city: CityOf, collection: Collection, wanted: Wanted, console: Console
) -> None:
    """Every tile in which something lies, level by level."""
    columns = (TextColumn("{task.description}"), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(f"{collection.id}: reading", total=None)
        layer = Layer(order_of(await read_features(city, collection)))
        async for tile, total in _tiles(layer, wanted.levels[-1]):
            progress.update(task, description=f"{collection.id}: level {tile.level}", total=total)
            progress.advance(task)
            if tile.level in wanted.levels:
                ids = layer.choose(tile, FEATURES_MAX)
                body = await press_layer(city, collection, ids, tile)
                if body:
                    archive.add(tile_number(tile), body)


async def _tiles(layer: Layer, last: int) -> AsyncIterator[tuple[Tile, int]]:
    """The tiles with something in them down to a level, along the curve of each, and how many are known so far. Raises Problem for too many."""
    level, total = [Tile(0, 0, 0)], 1
    while level:
        below: list[Tile] = []
        for tile in level:
            if not layer.choose(tile, 1):
                continue
            yield tile, total
            if tile.level < last:
                ways = ((0, 0), (0, 1), (1, 0), (1, 1))
                below += [Tile(tile.level + 1, tile.column * 2 + x, tile.row * 2 + y) for x, y in ways]
        level, total = sorted(below, key=tile_number), total + len(below)
        if total > TILES_MAX:
            raise Problem("TooManyResults", f"more than {TILES_MAX:,} tiles; choose fewer levels", "zoom")
