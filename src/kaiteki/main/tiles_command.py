"""`kaiteki tiles`: the vector tiles of a collection as one file (PMTiles), as everybody may see it; for a map that no node serves."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Final, NamedTuple

import msgspec
import typer
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from kaiteki.adapters.ogc.collections import Collection, collections_of
from kaiteki.adapters.ogc.register import collection_by_name
from kaiteki.adapters.ogc.tiles.archive import tile_number
from kaiteki.adapters.ogc.tiles.documents import attribution_of, vector_layer
from kaiteki.adapters.ogc.tiles.grid import LEVEL_MAX, Tile
from kaiteki.adapters.ogc.tiles.ground import read_features
from kaiteki.adapters.ogc.tiles.layer import Layer, order_of
from kaiteki.adapters.ogc.tiles.making import FEATURES_MAX, chosen_of
from kaiteki.adapters.ogc.tiles.press import press_layer
from kaiteki.adapters.ogc.tiles.workpiece import Begun, Busy, Workpiece
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
from kaiteki.model.entity import Entity, Json
from kaiteki.model.problem import Problem

TILES_MAX: Final = 200_000
"""Tiles of one file; more are refused, and a smaller zoom range or area serves."""


class Wanted(NamedTuple):
    """What is written: the area, the collection, the levels."""

    area: Area
    collection: str
    levels: range


class _Shown(NamedTuple):
    """A collection and its features in their order."""

    collection: Collection
    layer: Layer


BEGUN: Final[dict[Begun, str]] = {
    "on": "An earlier run stopped after {count:,} tiles; going on from there.",
    "changed": "What the tiles are made of has changed since an earlier run stopped; beginning anew.",
    "damaged": "What an earlier run left is damaged; beginning anew.",
}


def tiles(
    target: Annotated[Path, typer.Argument(help="The file to write, .pmtiles.")],
    collection: Annotated[
        str,
        typer.Option(help="A collection of the OGC API: a type, a data set, or a map layer (layer_NAME)."),
    ],
    city: Annotated[str, typer.Option("--city", help="The area.")] = CITIES_DEFAULT[0],
    zoom: Annotated[str, typer.Option(help="The levels, from-to.")] = "0-14",
    data: DataOption = DATA_DEFAULT,
) -> None:
    """Write the vector tiles of a collection to one file, with what everybody may see.

    However it was ended, the same command goes on where it stopped, as long as the data are the same; else it begins anew.
    """
    if not named_store() and not data.is_dir():
        raise typer.BadParameter(f"there is no data folder {data}")
    if not target.absolute().parent.is_dir():
        raise typer.BadParameter(f"there is no folder {target.absolute().parent}")
    console = Console(stderr=True)
    try:
        wanted = Wanted(load_city(city), collection, _levels(zoom))
        written = asyncio.run(_write(target, wanted, data, console))
    except KeyboardInterrupt:
        console.print(f"Stopped. What is done stays in {target}.part; the same command goes on from there.")
        raise typer.Exit(130) from None
    except Busy as busy:
        raise typer.BadParameter(f"another run is writing {target} ({busy})") from busy
    except OSError as full:
        console.print(
            f"{target}: {full.strerror}. What is done stays; make room and run the same command again."
        )
        raise typer.Exit(1) from full
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
    store, _ = await open_sealed(data, SystemClock(), named_store())
    try:
        areas = {wanted.area.name: wanted.area}
        policies = load_policies(tuple(areas))
        engine = Engine(store.entities, SystemClock(), SERVICES, settings_of_services(areas), policies)
        city = cities_over(engine, store).of(Asking(wanted.area.name))
        one = await collection_by_name(city, collections_of(SERVICES), wanted.collection)
        return await _make(target, city, one, wanted, console)
    finally:
        await store.entities.close()


async def _make(target: Path, city: CityOf, one: Collection, wanted: Wanted, console: Console) -> int:
    """Read the collection, then make its tiles, from where an earlier run of the same data stopped."""
    layer = vector_layer(one, one.words.ja)
    attribution = attribution_of([one]) or wanted.area.words.ja
    told: dict[str, Json] = {"name": one.words.ja, "attribution": attribution, "vector_layers": [layer]}
    levels = (wanted.levels[0], wanted.levels[-1])
    mark = hashlib.blake2b(
        msgspec.json.encode((version("kaiteki"), told, levels, wanted.area.bbox)), digest_size=16
    )

    def note(entities: Sequence[Entity]) -> None:
        for entity in entities:
            chosen = chosen_of(city, one, entity)
            mark.update(b"" if chosen is None else msgspec.json.encode(chosen, order="sorted"))

    console.print(f"{one.id}: reading")
    features = await read_features(city, one, note)
    piece = Workpiece(target, mark.digest())
    try:
        if piece.begun != "new":
            console.print(BEGUN[piece.begun].format(count=piece.archive.added))
        await _fill(piece, city, _Shown(one, Layer(order_of(features))), wanted.levels, console)
        piece.finish(piece.archive.head(told, levels, wanted.area.bbox))
        return piece.archive.added
    except Problem:
        piece.discard()
        raise
    finally:
        piece.close()


async def _fill(piece: Workpiece, city: CityOf, layer: _Shown, levels: range, console: Console) -> None:
    """Every tile in which something lies, level by level; those that are there already are passed over."""
    columns = (TextColumn("{task.description}"), MofNCompleteColumn(), TimeElapsedColumn())
    said = -1
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(layer.collection.id, total=None)
        async for tile, total in _tiles(layer.layer, levels[-1]):
            if tile.level > said:
                said = tile.level
                progress.update(task, description=f"{layer.collection.id}: level {said}")
                if not console.is_terminal:
                    console.print(f"level {said}: {piece.archive.added:,} tiles are done")
            progress.update(task, total=total, advance=1)
            number = tile_number(tile)
            if tile.level in levels and number > piece.last:
                ids = layer.layer.choose(tile, FEATURES_MAX)
                body = await press_layer(city, layer.collection, ids, tile)
                if body:
                    piece.add(number, body)


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
