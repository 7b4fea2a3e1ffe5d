"""What a download is made of, the same for an imported table and for the entities of a type: columns, records, a version.

address ─► Content (of a table: table_content, of a type: type_content) ─► Sheet ─► CSV, changes · feature ─► GeoJSON, JSON Lines
                                                                                · table ─► GeoPackage, Parquet
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any, Final, Literal, Protocol, TypeAlias

import msgspec

from kaiteki.kit.published import Published, Version
from kaiteki.kit.tables import Table
from kaiteki.model.instant import Instant
from kaiteki.model.query import Filter
from kaiteki.model.words import Words
from kaiteki.services.opendata.downloads.asked import Form

CellKind: TypeAlias = Literal["text", "whole", "number", "boolean", "date", "moment", "list"]
"""What every cell of a column is that is not empty. `boolean` is 有 or 無, `date` YYYY-MM-DD, `moment` ISO 8601 in UTC, `list` texts with
`;` between."""
ID_HEADING: Final = "ID"
"""The heading of the ids in the CSV of a type; that of a table has them where they are asked for."""


class Told(msgspec.Struct, frozen=True):
    """A column of a sheet: its heading, its name for programs, the field of the record behind it, what its cells are, their unit."""

    heading: str
    name: str
    field: str
    kind: CellKind = "text"
    unit: str = ""
    is_further: bool = False
    """Whether the edition of the standard that the sheet names does not have it."""


class Sheet(msgspec.Struct, frozen=True):
    """Records as a table of texts: its columns, and the cells of a record in their order (empty where it says nothing).

    `title` is the field by which people name a record, `edition` the edition of the standard whose columns and order it has; empty where none
    is known.
    """

    columns: tuple[Told, ...]
    cells: Callable[[Any], list[str]]
    title: str = "name"
    edition: str = ""

    @property
    def headings(self) -> list[str]:
        """The first line."""
        return [one.heading for one in self.columns]

    def name_of(self, record: Any) -> str:
        """What people call a record, of what is told of it; else the end of its id."""
        cells = zip(self.columns, self.cells(record), strict=True)
        named = next((cell for column, cell in cells if column.field == self.title), "")
        return named or str(record.id).rpartition(":")[2]


class Content(Protocol):
    """A data set as everybody sees it, as of now. `within` is what its records satisfy, None for all of their type."""

    @property
    def id(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def slug(self) -> str: ...
    @property
    def published(self) -> Published: ...
    @property
    def view(self) -> type[Any]: ...
    @property
    def within(self) -> Filter | None: ...
    @property
    def version(self) -> Version: ...
    @property
    def tag(self) -> str: ...
    @property
    def changed_at(self) -> Instant | None: ...
    @property
    def credit(self) -> Credit: ...
    @property
    def located(self) -> bool: ...

    def pages(self) -> AsyncIterator[Sequence[Any]]:
        """Its records by id, page by page."""
        ...

    async def sheet(self, form: Form) -> Sheet | Words:
        """Its records as a table of texts; words where it has no such form."""
        ...

    def feature(self, record: Any) -> dict[str, Any]:
        """A record as a GeoJSON feature."""
        ...

    async def table(self, srid: int) -> Table:
        """Its records as a table of typed columns."""
        ...


class Credit(msgspec.Struct, frozen=True):
    """What is said of a data set in files that stand beside it: who published it, under which conditions (and their address), what it is."""

    source: str = ""
    licence: str = ""
    licence_uri: str = ""
    about: str = ""
    changed_at: Instant | None = None
