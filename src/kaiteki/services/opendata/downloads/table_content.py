"""An imported table as the content of downloads: the columns of the standard or of its file, its records with what they keep beside."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from functools import partial
from typing import Any, Final

import msgspec

from kaiteki.kit.published import Published, Version
from kaiteki.kit.tables import Table
from kaiteki.model.instant import Instant
from kaiteki.model.open_data import LICENCES, licence_code
from kaiteki.model.query import Filter
from kaiteki.model.words import Words
from kaiteki.services.opendata.downloads.asked import NO_EDITION, Form
from kaiteki.services.opendata.downloads.columns import (
    DETAIL_COLUMNS_MAX,
    ID,
    Column,
    cells_of,
    handed_columns,
    standard_columns,
)
from kaiteki.services.opendata.downloads.content import CellKind, Credit, Sheet, Told
from kaiteki.services.opendata.downloads.features import feature_of
from kaiteki.services.opendata.downloads.records import Holding
from kaiteki.services.opendata.downloads.tables import table_of
from kaiteki.services.opendata.importing import Contents
from kaiteki.services.opendata.standard.order import Order

NOT_HANDED: Final = Words(
    ja="このデータセットには、もとのファイルの項目名が残っていません。",
    en="The headings of the file of this data set are not known.",
    easy="もとの ファイルの なまえは わかりません。",
)
_KINDS: Final[Mapping[str, CellKind]] = {"整数": "whole", "数値": "number", "日付": "date"}
"""型 of the standard -> what its cells are. Times of day reach beyond 24:00 where a service day does, flags are 1 or nothing: texts."""


class TableContent(msgspec.Struct, frozen=True):
    """The content of an imported table: the records that name it, in the columns of the standard or of its file."""

    holding: Holding

    @property
    def id(self) -> str:
        """The id of the data set."""
        return str(self.holding.data_set.id)

    @property
    def title(self) -> str:
        """What people call it."""
        return self.holding.data_set.title or self.slug

    @property
    def slug(self) -> str:
        """The end of its id: a name in ASCII."""
        return self.holding.slug

    @property
    def published(self) -> Published:
        """Where its records are read."""
        return self.holding.published

    @property
    def view(self) -> type[Any]:
        """The view of its records."""
        return self.holding.view

    @property
    def within(self) -> Filter:
        """What its records satisfy."""
        return self.holding.within

    @property
    def version(self) -> Version:
        """The state of its records."""
        return self.holding.version

    @property
    def tag(self) -> str:
        """What tells this state from all others."""
        return self.holding.tag

    @property
    def changed_at(self) -> Instant | None:
        """When it came about; None where nobody knows."""
        return self.holding.changed_at

    @property
    def located(self) -> bool:
        """Whether some record lies somewhere."""
        return self.holding.data_set.located != 0

    @property
    def credit(self) -> Credit:
        """What is said of it."""
        one = self.holding.data_set
        licence = LICENCES.get(licence_code(one.licence))
        uri = licence.uri if licence is not None else ""
        return Credit(one.source, one.licence, uri, one.description, one.changed_at)

    def pages(self) -> AsyncIterator[Sequence[Any]]:
        """Its records by id, page by page."""
        return self.holding.pages()

    async def sheet(self, form: Form) -> Sheet | Words:
        """In the columns of the standard, or in those of the file."""
        if form.headings == "file" and not handed_as(self.holding):
            return NOT_HANDED
        order = order_of(self.holding, form)
        if form.edition and order is None:
            return NO_EDITION
        columns = await columns_of(self.holding, form)
        spoilt = frozenset(self.holding.data_set.details)
        told = tuple(_told(number, one, spoilt) for number, one in enumerate(columns, start=1))
        edition = order.edition.words.ja if order is not None else ""
        cells = partial(cells_of, columns=columns, own=self.holding.body)
        return Sheet(told, cells, self.holding.kind.title, edition)

    def feature(self, record: Any) -> dict[str, Any]:
        """A record as a GeoJSON feature."""
        return feature_of(record)

    async def table(self, srid: int) -> Table:
        """Its records as a table of typed columns."""
        return table_of(self.holding, (await held_by(self.holding)).details, srid)


def order_of(holding: Holding, form: Form) -> Order | None:
    """The order of the edition that a form asks for, else that in which the table comes out; None of its own headings, or where none is known."""
    if form.headings == "file":
        return None
    return holding.kind.order_in(form.edition) if form.edition else holding.order


async def columns_of(holding: Holding, form: Form) -> Sequence[Column]:
    """The columns of a data set as a table of texts."""
    held = await held_by(holding)
    order = order_of(holding, form)
    filled = None if order is None or form.every_item else held.fields
    columns = standard_columns(holding.kind, held.details, order, filled)
    if form.headings == "file":
        handed = handed_as(holding)
        known = {one.detail for one in handed}
        columns = (*handed, *(Column(name, None, name) for name in held.details if name not in known))
    return (*columns, ID) if form.ids else columns


class Held(msgspec.Struct, frozen=True):
    """What the records of a table hold: the fields that some of them fill, and what they keep beside their items, in the order of the file."""

    fields: frozenset[str]
    details: Sequence[str]


async def held_by(holding: Holding) -> Held:
    """What the records hold. The import says it; where they were changed past it, they are looked at. The one name that an import gives to all
    records of a file without names is none of theirs."""
    one, names = holding.data_set, set[str]()
    places = {name: at for at, name in enumerate(one.columns)}
    fields, details = set(one.items), sorted(one.details, key=lambda name: places.get(name, len(places)))
    if one.checked_at is None or holding.version.changed_at > one.checked_at:
        contents, further = Contents(), set[str]()
        async for records in holding.pages():
            for record in records:
                contents.note(record)
                further.update(str(name) for name in record.details)
                names.add(getattr(record, "name", ""))
        fields.update(contents.items)
        details += sorted(further.difference(details))
    if one.fills and "name" not in one.fills and len(names) <= 1:
        fields.discard("name")
    return Held(frozenset(fields), details[:DETAIL_COLUMNS_MAX])


def handed_as(holding: Holding) -> tuple[Column, ...]:
    """The columns as they were handed in; none where no import kept them."""
    one = holding.data_set
    known = one.columns and len(one.columns) == len(one.fills)
    return handed_columns(holding.kind, one.columns, one.fills) if known else ()


def _told(number: int, column: Column, spoilt: frozenset[str]) -> Told:
    """A column for programs. Its kind is said only where every cell is of it: cells that were not stand beside, in `spoilt`."""
    item = column.item
    if item is None:
        name = "id" if column.is_id else f"c{number}"
        return Told(column.heading, name, "id" if column.is_id else "details", is_further=column.is_further)
    is_degree = item.name in ("longitude", "latitude")
    kind: CellKind = "number" if is_degree else _KINDS.get(item.kind, "text")
    field = "location" if is_degree else item.name
    return Told(
        column.heading,
        item.key.replace(".", "_"),
        field,
        "text" if spoilt.intersection((column.detail, column.aside)) else kind,
        item.unit,
        column.is_further,
    )
