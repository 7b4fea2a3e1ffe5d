"""The entities of a type that declares itself open as the content of downloads: the id, its open attributes, its place.

    catalogue ─► entry ─► columns (kit.catalogue.records) ─► CSV under Japanese headings · features and tables under English names

Nothing that is not declared open is read from a record, whoever may see it elsewhere.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from typing import Any, Final, cast

import msgspec

from kaiteki.kit.catalogue.entries import Entry
from kaiteki.kit.catalogue.records import Column, Kind, columns_of, type_of
from kaiteki.kit.manifest import EntityType
from kaiteki.kit.pages import PageAsk
from kaiteki.kit.published import Published, Version, digest
from kaiteki.kit.tables import Sort, Table, TableColumn, TableRow
from kaiteki.kit.views import slots
from kaiteki.model.instant import Instant, format_instant
from kaiteki.model.open_data import LICENCES
from kaiteki.model.query import Query
from kaiteki.model.words import Words
from kaiteki.services.opendata.downloads.asked import NO_EDITION, Form
from kaiteki.services.opendata.downloads.content import ID_HEADING, CellKind, Credit, Sheet, Told
from kaiteki.services.opendata.downloads.features import wound
from kaiteki.services.opendata.downloads.records import FORMS_VERSION, RECORDS_HELD_MAX
from kaiteki.services.opendata.downloads.table_content import NOT_HANDED

LONGITUDE: Final = "経度"
LATITUDE: Final = "緯度"
_CELLS: Final[Mapping[Kind, CellKind]] = {
    "whole": "whole",
    "number": "number",
    "boolean": "boolean",
    "moment": "moment",
    "array": "list",
}
_SORTS: Final[Mapping[Kind, Sort]] = {
    "text": "text",
    "whole": "integer",
    "number": "number",
    "boolean": "boolean",
    "moment": "moment",
    "array": "list",
}


class Opened(msgspec.Struct, frozen=True):
    """The data set of a type: its entry, the type, its columns with the fields of the view that they are."""

    entry: Entry
    declared: EntityType
    columns: tuple[tuple[Column, str], ...]

    @property
    def plain(self) -> list[tuple[Column, str]]:
        """The columns that are no places."""
        return [pair for pair in self.columns if pair[0].kind != "geometry"]

    @property
    def place(self) -> str:
        """The field that says where a record is; empty where none does."""
        return next((field for column, field in self.columns if column.kind == "geometry"), "")


async def open_type(ask: PageAsk) -> Opened | None:
    """The data set that an address means; None where it is that of no type."""
    one = (await ask.city.catalogue()).by_id.get(ask.path.get("id", ""))
    declared = type_of(one, ask.city.services) if one is not None and one.kind == "type" else None
    if one is None or declared is None:
        return None
    fields = {slot.short: slot.field for slot in slots(declared.view)}
    return Opened(one, declared, tuple((column, fields[column.name]) for column in columns_of(one, declared)))


async def type_content(ask: PageAsk) -> TypeContent | None:
    """The content of the type that an address means; None where it means none."""
    opened = await open_type(ask)
    if opened is None:
        return None
    published = ask.city.published
    return TypeContent(opened, published, await published.version(opened.declared.view))


class TypeContent(msgspec.Struct, frozen=True):
    """The content of the data set of a type: all its entities, in the attributes that it declares open."""

    opened: Opened
    published: Published
    version: Version

    @property
    def id(self) -> str:
        """The name of the type."""
        return self.opened.entry.id

    @property
    def title(self) -> str:
        """What people call it."""
        return self.opened.entry.title.ja

    @property
    def slug(self) -> str:
        """A name in ASCII."""
        return self.opened.entry.name

    @property
    def view(self) -> type[Any]:
        """The view of its records."""
        return self.opened.declared.view

    @property
    def within(self) -> None:
        """All records of the type are its records."""

    @property
    def tag(self) -> str:
        """What tells this state from all others: the entities, which attributes are open, and what is said of them."""
        names = [(column.name, column.words) for column, _ in self.opened.columns]
        return digest(FORMS_VERSION, self.version, names, self.title, self.credit.licence)

    @property
    def changed_at(self) -> None:
        """When the last one went nobody knows, so no time of the whole is told."""

    @property
    def located(self) -> bool:
        """Whether its records lie somewhere."""
        return self.opened.place != ""

    @property
    def credit(self) -> Credit:
        """What is said of it."""
        one = self.opened.entry
        licence = LICENCES.get(one.licence)
        uri = licence.uri if licence is not None else ""
        return Credit(one.source, one.licence, uri, one.about.ja, self.version.changed_at or None)

    async def pages(self) -> AsyncIterator[Sequence[Any]]:
        """Its records by id, page by page."""
        after: str | None = None
        more = True
        while more:
            listing = await self.published.find(self.view, Query(limit=RECORDS_HELD_MAX, after_id=after))
            if not listing.items:
                return
            after, more = str(listing.items[-1].id), listing.more
            yield listing.items

    async def sheet(self, form: Form) -> Sheet | Words:
        """The id, the open attributes under their Japanese words, longitude and latitude of points."""
        if form.headings == "file":
            return NOT_HANDED
        if form.edition:
            return NO_EDITION
        plain, place = self.opened.plain, self.opened.place
        words = [column.words.ja for column, _ in plain]
        taken = {ID_HEADING, LONGITUDE, LATITUDE, *(one for one in words if words.count(one) > 1)}
        told = [Told(ID_HEADING, "id", "id")]
        for column, field in plain:
            heading = f"{column.words.ja}（{column.name}）" if column.words.ja in taken else column.words.ja
            told.append(Told(heading, column.name, field, _CELLS.get(column.kind, "text")))
        if place:
            told += [
                Told(LONGITUDE, "longitude", place, "number", "°"),
                Told(LATITUDE, "latitude", place, "number", "°"),
            ]

        def cells(record: Any) -> list[str]:
            point = point_of(record, place) if place else ()
            return [str(record.id), *(cell_of(record, *pair) for pair in plain), *point]

        return Sheet(tuple(told), cells, self.opened.declared.title)

    def feature(self, record: Any) -> dict[str, Any]:
        """A record as a GeoJSON feature."""
        place = self.opened.place
        at = getattr(record, place) if place else None
        return {
            "type": "Feature",
            "id": record.id,
            "geometry": wound(at) if at is not None else None,
            "properties": {
                column.name: told_of(record, column, field) for column, field in self.opened.plain
            },
        }

    async def table(self, srid: int) -> Table:
        """Its records as a table of typed columns."""
        return Table(
            name=self.slug.replace("-", "_"),
            title=self.title,
            columns=tuple(
                TableColumn(column.name, column.words.ja, _SORTS.get(column.kind, "any"))
                for column, _ in self.opened.plain
            ),
            pages=self._rows(),
            about=" ".join(part for part in (self.credit.source, self.credit.licence) if part),
            located=self.located,
            srid=srid,
            changed_at=Instant(self.version.changed_at),
        )

    async def _rows(self) -> AsyncGenerator[Sequence[TableRow], None]:
        place, plain = self.opened.place, self.opened.plain
        async for records in self.pages():
            yield [
                TableRow(
                    one.id,
                    getattr(one, place) if place else None,
                    [_typed(told_of(one, *pair)) for pair in plain],
                )
                for one in records
            ]


def told_of(one: Any, column: Column, field: str) -> Any:
    """What a record says in a column, for programs; None where it says nothing."""
    value = getattr(one, field)
    if value is None or value in ("", ()):
        return None
    if isinstance(value, Words):
        return value.ja
    return format_instant(value) if column.kind == "moment" else value


def _typed(value: Any) -> Any:
    """A value as a cell of a table of typed columns."""
    return [str(one) for one in cast(tuple[Any, ...], value)] if isinstance(value, tuple) else value


def cell_of(one: Any, column: Column, field: str) -> str:
    """What a record says in a column, as a text."""
    value = told_of(one, column, field)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "有" if value else "無"
    return ";".join(map(str, cast(tuple[Any, ...], value))) if isinstance(value, tuple) else str(value)


def point_of(one: Any, field: str) -> tuple[str, str]:
    """Longitude and latitude of a point; nothing of other shapes, which GeoJSON holds."""
    place = getattr(one, field)
    if place is None or place.get("type") != "Point":
        return "", ""
    return repr(place["coordinates"][0]), repr(place["coordinates"][1])
