"""A data set as a table of typed columns, for forms that know kinds: the items of the standard by their English names, then the others."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any, Final, cast

from kaiteki.kit.tables import Sort, Table, TableColumn, TableRow
from kaiteki.model.instant import Instant
from kaiteki.services.opendata.downloads.records import Holding
from kaiteki.services.opendata.standard.table import Item, StandardType

SORTS: Final[Mapping[str, Sort]] = {
    "整数": "integer",
    "数値": "number",
    "有無": "boolean",
    "日付": "date",
    "旗": "list",
}
"""型 of the standard -> what stands in the column; everything else is text."""
JGD2011: Final = 6668
"""The EPSG number of JGD2011: its longitudes and latitudes are those of WGS 84 within the accuracy of either."""


def table_of(holding: Holding, further: Sequence[str], srid: int) -> Table:
    """The table; `further` are the names of the details that records keep beside their items."""
    one = holding.data_set
    items = items_as_columns(holding.kind)
    columns = [
        *(TableColumn(item.name, title_of(item), SORTS.get(item.kind, "text")) for item in items),
        *(TableColumn(name, name, "any") for name in further),
    ]
    return Table(
        name=holding.slug.replace("-", "_"),
        title=one.title,
        columns=tuple(columns),
        pages=_rows(holding, items, further),
        about=" ".join(part for part in (one.source, one.licence) if part),
        located=one.located != 0,
        srid=srid,
        changed_at=holding.changed_at or Instant(0),
    )


def items_as_columns(kind: StandardType) -> tuple[Item, ...]:
    """The items of a type that are columns: all flags of one list are one, longitude and latitude are the place."""
    found = {item.name: item for item in reversed(kind.items) if item.name not in ("longitude", "latitude")}
    return tuple(reversed(found.values()))


def title_of(item: Item) -> str:
    """The heading of a column: that of the standard; of flags what they have in common."""
    return item.label.partition("_")[0] if item.flag else item.label


async def _rows(
    holding: Holding, items: Sequence[Item], further: Sequence[str]
) -> AsyncGenerator[Sequence[TableRow], None]:
    async for records in holding.pages():
        yield [_row(record, items, further) for record in records]


def _row(record: Any, items: Sequence[Item], further: Sequence[str]) -> TableRow:
    told = [_cell(getattr(record, item.name), item) for item in items]
    beside = [record.details.get(name) for name in further]
    return TableRow(record.id, record.location, [*told, *beside])


def _cell(value: Any, item: Item) -> Any:
    if value in (None, "", ()):
        return None
    if isinstance(value, tuple):
        texts = [str(one) for one in cast(tuple[Any, ...], value)]
        return texts if item.flag else ";".join(texts)
    return value
