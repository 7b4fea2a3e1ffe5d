"""`kaiteki export`: a whole area, or some of its types, as NGSI-LD, GeoJSON, CSV, GeoPackage or GeoParquet; written while it is read."""

from __future__ import annotations

import asyncio
import io
import sys
from collections.abc import AsyncIterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, BinaryIO, Final

import msgspec
import typer
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from kaiteki.adapters.tables.writers import writers_here
from kaiteki.broker.opening import Opener, Reader, recorded
from kaiteki.kit.engine import Engine
from kaiteki.kit.rulings.rulings import Rulings
from kaiteki.kit.rulings.seeing import visible
from kaiteki.kit.views import expand_name
from kaiteki.main.clock import SystemClock
from kaiteki.main.export_tables import table_of
from kaiteki.main.options import DATA_DEFAULT, DataOption
from kaiteki.main.parts import SERVICES
from kaiteki.main.sealing import open_sealed
from kaiteki.main.settings import CITIES_DEFAULT
from kaiteki.main.stores import named_store
from kaiteki.model.access import NOBODY
from kaiteki.model.entity import Entity, Json
from kaiteki.model.query import PAGE_SIZE_MAX, Query, TypeAny, TypeIs
from kaiteki.model.representation.rendering import Style, encode, render
from kaiteki.model.spreadsheet import SheetWriter
from kaiteki.model.terms.compiling import core_context
from kaiteki.model.visibility import Seer
from kaiteki.ports.entities import By, Entities, TypeSummary
from kaiteki.stores.store import Store

LOCATION: Final = expand_name("location")


OPERATOR: Final = Reader(By(actor="operator", action="export"))


class Form(StrEnum):
    """How entities are written."""

    NDJSON = "ndjson"
    JSON = "json"
    GEOJSON = "geojson"
    CSV = "csv"
    GEOPACKAGE = "gpkg"
    PARQUET = "parquet"


OF_ONE_TYPE: Final = (Form.CSV, Form.GEOPACKAGE, Form.PARQUET)
"""Tables: their columns are the attributes of one type."""
FORMS: Final[dict[str, tuple[Form, ...]]] = {
    ".ndjson": (Form.NDJSON,),
    ".jsonl": (Form.NDJSON,),
    ".json": (Form.JSON, Form.GEOJSON),
    ".geojson": (Form.GEOJSON,),
    ".csv": (Form.CSV,),
    ".gpkg": (Form.GEOPACKAGE,),
    ".parquet": (Form.PARQUET,),
}
"""What a file of a name holds, the usual one first."""


class Wanted(msgspec.Struct, frozen=True):
    """What is exported: the area, short names of types (none: all), the form, and whether only what everybody may see."""

    area: str
    types: tuple[str, ...] = ()
    form: Form = Form.NDJSON
    public: bool = False


def export(
    target: Annotated[Path, typer.Argument(help="The file to write; - is the standard output.")],
    city: Annotated[str, typer.Option("--city", help="Area to export.")] = CITIES_DEFAULT[0],
    type_name: Annotated[list[str] | None, typer.Option("--type", help="Only this type; may repeat.")] = None,
    form: Annotated[
        Form | None,
        typer.Option(
            "--format", help="Else by the name of the file, or ndjson, which can be imported again."
        ),
    ] = None,
    public: Annotated[bool, typer.Option("--public", help="Only what everybody may see.")] = False,
    data: DataOption = DATA_DEFAULT,
) -> None:
    """Write the entities of an area to a file. Who may read the data folder sees everything, as an admin does."""
    if not named_store() and not data.is_dir():
        raise typer.BadParameter(f"there is no data folder {data}")
    form = _form_of(target, form)
    wanted = Wanted(city, tuple(type_name or ()), form, public)
    if str(target) != "-" and not target.absolute().parent.is_dir():
        raise typer.BadParameter(f"there is no folder {target.absolute().parent}")
    if form in OF_ONE_TYPE and len(wanted.types) != 1:
        raise typer.BadParameter(f"{form} holds one type; name it with --type")
    if form is Form.PARQUET and form not in writers_here():
        raise typer.BadParameter("Parquet needs the extra: pip install 'kaiteki[lake]'")
    console = Console(stderr=True)
    try:
        count = asyncio.run(_export(target, wanted, data, console))
    except KeyboardInterrupt:
        console.print("Stopped; the file is not whole. Run the same command again.")
        raise typer.Exit(130) from None
    console.print(f"{count:,} entities of {city} written to {target}.")
    if not count:
        console.print("Nothing of this area and these types is kept; look at --city and --type.")


def _form_of(target: Path, said: Form | None) -> Form:
    """How to write: as it was said, else as the name of the file says. Raises BadParameter for a name that says nothing, or another thing."""
    suffix = target.suffix.lower()
    if str(target) == "-" or not suffix:
        return said or Form.NDJSON
    meant = FORMS.get(suffix)
    if meant is None and said is None:
        raise typer.BadParameter(
            f"what a file {suffix} holds is not known: name it {', '.join(FORMS)}, or say --format"
        )
    if meant is not None and said is not None and said not in meant:
        raise typer.BadParameter(f"a file {suffix} holds {' or '.join(meant)}, and --format says {said}")
    return said or (meant or (Form.NDJSON,))[0]


async def _export(target: Path, wanted: Wanted, data: Path, console: Console) -> int:
    store, seals = await open_sealed(data, SystemClock(), named_store())
    part, opener = target.with_name(f"{target.name}.part"), Opener(seals, store.accesses)
    try:
        # whoever sits at the machine reads as anybody does: with a record of whose data went out
        async with opener.reading(OPERATOR):
            count = await _export_to(target, part, (wanted, opener), store, console)
        if str(target) != "-":
            part.replace(target)
        return count
    finally:
        await store.entities.close()


async def _export_to(
    target: Path, part: Path, what: tuple[Wanted, Opener], store: Store, console: Console
) -> int:
    """Write to where it is meant to go, a file under the name that it has until it is whole."""
    if str(target) == "-":
        return await _write(store, what, sys.stdout.buffer, console)
    with part.open("wb") as file:
        return await _write(store, what, file, console)


async def _write(store: Store, what: tuple[Wanted, Opener], file: BinaryIO, console: Console) -> int:
    """Write entity by entity; the answer is how many."""
    wanted, _ = what
    summaries = [one for one in await store.entities.summarise(wanted.area) if _asked(one.types, wanted)]
    columns = sorted({core_context().compact(name) for one in summaries for name in one.attributes})
    count = 0
    with Progress(
        TextColumn(wanted.area), MofNCompleteColumn(), TimeElapsedColumn(), console=console, transient=True
    ) as progress:
        task = progress.add_task("", total=sum(one.count for one in summaries))

        async def counted() -> AsyncIterator[Entity]:
            nonlocal count
            async for entity in _seen(store.entities, what, summaries):
                yield entity
                count += 1
                if count % PAGE_SIZE_MAX == 0:
                    progress.update(task, completed=count)

        async for part in _parts(counted(), wanted, columns):
            file.write(part)
    return count


async def _parts(
    entities: AsyncIterator[Entity], wanted: Wanted, columns: Sequence[str]
) -> AsyncIterator[bytes]:
    """The file, part by part."""
    if wanted.form in (Form.GEOPACKAGE, Form.PARQUET):
        async for part in writers_here()[wanted.form](table_of(entities, wanted.types[0], columns)):
            yield part
        return
    head, between, tail = _frame(wanted.form, columns)
    yield head
    is_first = True
    async for entity in entities:
        text = _text(entity, wanted.form, columns)
        yield text if is_first else between + text
        is_first = False
    yield tail


def _asked(types: Sequence[str], wanted: Wanted) -> bool:
    return not wanted.types or not {expand_name(one) for one in wanted.types}.isdisjoint(types)


async def _seen(
    entities: Entities, what: tuple[Wanted, Opener], summaries: Sequence[TypeSummary]
) -> AsyncIterator[Entity]:
    """The wanted entities in the order of their ids, a page in memory at a time; without what may not be seen."""
    wanted, opener = what
    names = wanted.types or sorted({name for one in summaries for name in one.types})
    types = tuple(TypeIs(expand_name(name)) for name in names)
    rulings = Engine(entities, SystemClock(), SERVICES).rulings
    after: str | None = None
    while types:
        query = Query(types=TypeAny(types), limit=PAGE_SIZE_MAX, after_id=after)
        found = await entities.find(wanted.area, query)
        page = [
            opener.opened(wanted.area, shown)
            for row in found.rows
            if (shown := _public(row.entity(), rulings, wanted.area) if wanted.public else row.entity())
        ]
        await recorded()
        for entity in page:
            yield entity
        if not found.more:
            return
        after = found.rows[-1].id


def _public(entity: Entity, rulings: Rulings, area: str) -> Entity | None:
    """What everybody may see of an entity; None for nothing. Of several types only what all of them show is seen."""
    open_to = visible(rulings, area, Seer(NOBODY), entity)
    if open_to is None:
        return entity
    kept = {name: value for name, value in entity.attributes.items() if name in open_to}
    return msgspec.structs.replace(entity, attributes=kept) if kept else None


def _frame(form: Form, columns: Sequence[str]) -> tuple[bytes, bytes, bytes]:
    """What stands before, between and behind the entities."""
    match form:
        case Form.NDJSON:
            return b"", b"\n", b"\n"
        case Form.JSON:
            return b"[\n", b",\n", b"\n]\n"
        case Form.GEOJSON:
            return b'{"type":"FeatureCollection","features":[\n', b",\n", b"\n]}\n"
        case _:
            return b"\xef\xbb\xbf" + _line(["id", "type", *columns]), b"", b""


def _text(entity: Entity, form: Form, columns: Sequence[str]) -> bytes:
    context = core_context()
    if form is Form.CSV:
        told = render(entity, context, Style("simplified"))
        cells = [_cell(told.get(column)) for column in columns]
        return _line([entity.id, _cell(told["type"]), *cells])
    if form is Form.GEOJSON:
        return encode(render(entity, context, Style("simplified", geojson=True, geometry=LOCATION)))
    return encode(render(entity, context))


def _cell(value: Json) -> str:
    """A value in a cell: texts and numbers as they are, everything else as JSON."""
    if value is None:
        return ""
    if isinstance(value, dict) and value.keys() == {"json"}:
        return _cell(value["json"])
    return value if isinstance(value, str) else encode(value).decode()


def _line(cells: Sequence[str]) -> bytes:
    text = io.StringIO()
    SheetWriter(text).writerow(cells)
    return text.getvalue().encode()
