"""A table of records as writers of files see it: named columns of known kinds, and rows that come page by page."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from typing import Literal, TypeAlias

import msgspec

from kaiteki.model.entity import Json
from kaiteki.model.instant import Instant

Sort: TypeAlias = Literal["text", "integer", "number", "boolean", "date", "moment", "list", "any"]
"""What stands in a column. `date` is YYYY-MM-DD, `moment` ISO 8601 in UTC, `list` some texts, `any` what its rows turn out to say."""


class TableColumn(msgspec.Struct, frozen=True):
    """A column: its name for programs, its heading for people, and what stands in it."""

    name: str
    title: str
    sort: Sort = "text"


class TableRow(msgspec.Struct, frozen=True, gc=False):
    """A record: its id, where it lies (GeoJSON, WGS 84, longitude first), its cells in the order of the columns; None is no value."""

    id: str
    place: dict[str, Json] | None
    cells: Sequence[Json]


class Table(msgspec.Struct, frozen=True):
    """A table. `name` is ASCII; `located`: its records may lie somewhere; `srid` the EPSG number that the places are said to be in."""

    name: str
    title: str
    columns: tuple[TableColumn, ...]
    pages: AsyncIterator[Sequence[TableRow]]
    about: str = ""
    located: bool = True
    srid: int = 4326
    changed_at: Instant = Instant(0)


Writer: TypeAlias = Callable[[Table], AsyncGenerator[bytes, None]]
"""Writes a table as a file, told in parts; what it needs on the way is gone when the parts are closed."""


class Written(msgspec.Struct, frozen=True):
    """A table that is to be written in a form (`gpkg`, `parquet`) by the writer that the node has for it."""

    form: str
    table: Table
