"""`kaiteki policies`: what policies may speak of, whether those of an area can be used, and who reads what by them."""

from __future__ import annotations

from typing import Annotated

import typer

from kaiteki.kit.engine import KIT
from kaiteki.kit.rulings.declared import catalogue_of
from kaiteki.kit.rulings.matrix import Matrix, Reader, matrix
from kaiteki.kit.rulings.policies import BadPolicy, Policies
from kaiteki.kit.rulings.rulings import Rulings
from kaiteki.kit.rulings.schema import schema_text
from kaiteki.main.cities import BadCity, known_cities, load_policies
from kaiteki.main.parts import SERVICES

CITY = typer.Option("--city", help="The area whose policies are meant.")


def policies(
    city: Annotated[str, CITY] = "",
    type_name: Annotated[str, typer.Option("--type", help="Say who reads what of this type, and why.")] = "",
    schema: Annotated[bool, typer.Option("--schema", help="Print what policies may speak of.")] = False,
) -> None:
    """Check the policies of the areas, print the schema, or say who may read what of a type; exit code 1 for policies with faults."""
    catalogue = catalogue_of((*SERVICES, KIT))
    if schema:
        typer.echo(schema_text(catalogue), nl=False)
        return
    own, faults = sound_policies([city] if city else known_cities())
    if type_name and not faults:
        rulings = Rulings(catalogue, own)
        sight = next((one for one in catalogue.sights.values() if one.name == type_name), None)
        if sight is None:
            raise typer.BadParameter(f"no service keeps {type_name}", param_hint="--type")
        typer.echo(told(matrix(rulings, city, sight)))
        return
    for fault in faults:
        typer.echo(fault)
    typer.echo("All policies can be used." if not faults else f"{len(faults)} to mend.")
    raise typer.Exit(1 if faults else 0)


def sound_policies(names: list[str] | tuple[str, ...]) -> tuple[dict[str, Policies], list[str]]:
    """The policies of areas that have some and can be used, and the faults of the others."""
    catalogue = catalogue_of((*SERVICES, KIT))
    sound: dict[str, Policies] = {}
    faults: list[str] = []
    for name in names:
        try:
            for area, own in load_policies([name]).items():
                own.check(catalogue)
                sound[area] = own
        except (BadPolicy, BadCity) as bad:
            faults.append(str(bad))
    return sound, faults


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
