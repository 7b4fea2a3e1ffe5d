"""Entities of one type as a table of typed columns, for the forms that know kinds: GeoPackage and GeoParquet."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from typing import Final

from kaiteki.kit.tables import Table, TableColumn, TableRow
from kaiteki.kit.views import expand_name
from kaiteki.model.entity import Entity, Json, is_object
from kaiteki.model.representation.rendering import Style, render
from kaiteki.model.terms.compiling import core_context

PAGE: Final = 500
LOCATION: Final = expand_name("location")


def table_of(entities: AsyncIterator[Entity], type_name: str, columns: Sequence[str]) -> Table:
    """The table of some entities; `columns` are the short names of their attributes. Its place is the attribute `location`."""
    place = core_context().compact(LOCATION)
    named = tuple(one for one in columns if one != place)
    return Table(
        name=re.sub(r"[^A-Za-z0-9_]+", "_", type_name) or "entities",
        title=type_name,
        columns=tuple(TableColumn(one, one, "any") for one in named),
        pages=_pages(entities, named, place),
        located=place in columns,
    )


async def _pages(
    entities: AsyncIterator[Entity], columns: Sequence[str], place: str
) -> AsyncGenerator[Sequence[TableRow], None]:
    rows: list[TableRow] = []
    async for entity in entities:
        told = render(entity, core_context(), Style("simplified"))
        cells = [_cell(told.get(column)) for column in columns]
        rows.append(TableRow(entity.id, told.get(place), cells))
        if len(rows) == PAGE:
            yield rows
            rows = []
    if rows:
        yield rows


def _cell(value: Json) -> Json:
    """A value without the wrapping of JSON that is kept as it is."""
    return value["json"] if is_object(value) and value.keys() == {"json"} else value
