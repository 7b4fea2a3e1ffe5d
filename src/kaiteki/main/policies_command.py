"""`kaiteki policies`: what policies may speak of, whether those of an area can be used, and who reads what by them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from kaiteki.kit.engine import KIT
from kaiteki.kit.rulings.declared import catalogue_of
from kaiteki.kit.rulings.matrix import Matrix, Reader, matrix
from kaiteki.kit.rulings.rulings import Rulings
from kaiteki.kit.rulings.schema import Catalogue, schema_text
from kaiteki.kit.views import expand_name
from kaiteki.main.cities import BadCity, find_city, known_cities
from kaiteki.main.clock import SystemClock
from kaiteki.main.parts import SERVICES
from kaiteki.main.policies_of_town import holdings, notes_of_area, sound_policies, unread
from kaiteki.main.stores import named_store, open_store
from kaiteki.main.upkeep import need_data, stop
from kaiteki.model.visibility import Sight

CITY = typer.Option("--city", help="The area whose policies are meant.")


class Town(msgspec.Struct, frozen=True):
    """What the data of a town say about policies: its areas with the types that they hold, and notes, by area."""

    types: Mapping[str, frozenset[str]] = {}
    notes: Mapping[str, tuple[str, ...]] = {}
    faults: tuple[str, ...] = ()


def policies(
    city: Annotated[str, CITY] = "",
    type_name: Annotated[str, typer.Option("--type", help="Say who reads what of this type, and why.")] = "",
    schema: Annotated[bool, typer.Option("--schema", help="Print what policies may speak of.")] = False,
    data: Annotated[
        Path | None,
        typer.Option("--data", help="Check the areas of this town, against what it holds.", file_okay=False),
    ] = None,
) -> None:
    """Check the policies of the areas, print the schema, or say who may read what of a type; exit code 1 for policies with faults."""
    catalogue = catalogue_of((*SERVICES, KIT))
    if schema:
        typer.echo(schema_text(catalogue), nl=False)
        return
    town = _look(data, city, catalogue) if data is not None else Town()
    areas = list(town.types) if data is not None else [city] if city else list(known_cities())
    own, faults = sound_policies(areas)
    faults += town.faults
    if type_name and not faults:
        _tell(Rulings(catalogue, own), type_name, list(town.types) or [city], town)
        return
    for area, notes in town.notes.items():
        for note in notes:
            typer.echo(f"Note: {area}: {note}")
    for note in unread(data, areas) if data is not None else []:
        typer.echo(f"Note: {note}")
    for fault in faults:
        typer.echo(fault)
    typer.echo("All policies can be used." if not faults else f"{len(faults)} to mend.")
    raise typer.Exit(1 if faults else 0)


def _tell(rulings: Rulings, type_name: str, areas: list[str], town: Town) -> None:
    """Say who reads what of a type in areas. Raises BadParameter for a type that nobody declares, names or keeps."""
    sight: Sight | None = next(
        (one for one in rulings.catalogue.sights.values() if one.name == type_name), None
    )
    iri = expand_name(type_name)
    if sight is None and (iri in rulings.types or any(iri in held for held in town.types.values())):
        sight = rulings.sight(iri)
    if sight is None:
        raise typer.BadParameter(f"no service keeps {type_name}", param_hint="--type")
    for area in areas:
        if len(areas) > 1:
            typer.echo(f"# {area}")
        typer.echo(told(matrix(rulings, area, sight)))


def _look(data: Path, city: str, catalogue: Catalogue) -> Town:
    """What the town of a data folder, or of the named database, holds. Stops for an area that it does not hold."""
    if not named_store():
        need_data(data)
    return asyncio.run(_town(data, city, catalogue))


async def _town(data: Path, city: str, catalogue: Catalogue) -> Town:
    types: dict[str, frozenset[str]] = {}
    notes: dict[str, tuple[str, ...]] = {}
    faults: list[str] = []
    store = await open_store(data, SystemClock())
    try:
        held = await store.entities.areas()
        if city and city not in held:
            raise stop(f"The town in {data} holds nothing of {city}; it has {', '.join(held) or 'no area'}.")
        for area in [city] if city else held:
            try:
                find_city(area)
            except BadCity as bad:
                faults.append(f"the town holds data of {area}, but {bad}")
                continue
            has = await holdings(store, area)
            types[area] = frozenset(has.counts)
            own, unsound = sound_policies([area])
            notes[area] = () if unsound else tuple(await notes_of_area(store, has, own.get(area), catalogue))
    finally:
        await store.entities.close()
    return Town(types, notes, tuple(faults))


def told(laid_out: Matrix) -> str:
    """A matrix as lines: each reader, what is open to them, and by which policies."""
    lines: list[str] = []
    for n, reader in enumerate(laid_out.readers):
        groups: dict[tuple[bool, tuple[str, ...]], list[str]] = {}
        for field, cells in laid_out.rows:
            groups.setdefault((cells[n].is_open, cells[n].policies), []).append(field)
        lines.append(_name(reader))
        for (is_open, names), fields in groups.items():
            because = ", ".join(names) or "nothing permits it"
            lines.append(f"  {'reads' if is_open else 'does not read'} {', '.join(fields)} ({because})")
    return "\n".join(lines)


def _name(reader: Reader) -> str:
    purpose = f" for {reader.purpose}" if reader.purpose else ""
    return f"{reader.role}{purpose}{', with consent' if reader.has_consent else ''}"
