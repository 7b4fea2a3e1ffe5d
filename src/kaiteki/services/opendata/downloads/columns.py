"""The columns of a data set as a table, in the order of an edition of the standard or as they were handed in, and the cells of its records.

Where the order of an edition is known (standard.order), its columns come first, in its order and under its headings, all of them, filled or
not; behind them what records of the table say beyond it, and nothing where they say nothing. Where it is not, all items come in the order
of the type, and behind them what records keep beside.

A cell of the file that was not of the kind of its item (`約300` as a number) is kept as it was written, under the heading of the file; where that is the heading of the item, the text stands in the column of the item.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final, cast

import msgspec

from kaiteki.services.opendata.finder import kind_of, point_of
from kaiteki.services.opendata.mapping import IGNORED
from kaiteki.services.opendata.standard.body import NOBODY_KNOWN, Body, body_of_record
from kaiteki.services.opendata.standard.order import Of, Order
from kaiteki.services.opendata.standard.table import Item, StandardType

DETAIL_COLUMNS_MAX: Final = 1000
"""Columns beyond those of the standard; what more records name is left out."""
_DEGREES: Final = ("longitude", "latitude")


class Column(msgspec.Struct, frozen=True):
    """One column: its heading, the item that fills it, and the key of the details that do; either may be missing."""

    heading: str
    item: Item | None = None
    detail: str = ""
    is_id: bool = False
    """Whether it holds the id of the record, by which changes are told."""
    aside: str = ""
    """A second key of the details: that of the type, where the edition writes the heading otherwise."""
    of: Of = ""
    """What of the body that publishes stands there where the record says nothing, where the standard asks for it."""
    is_further: bool = False
    """Whether the edition of the standard does not have it; never where no edition is known."""


def standard_columns(
    kind: StandardType,
    details: Iterable[str],
    order: Order | None = None,
    filled: Collection[str] | None = None,
) -> tuple[Column, ...]:
    """The columns of a table in an order, or in that of its type, then the further ones in the order in which they are given. `filled` are
    the fields that its records fill, of which those beyond the order come; all do where it is None."""
    ordered = _ordered(kind, order)
    is_further = bool(ordered)
    taken = {column.item.key for column in ordered if column.item is not None}
    items = [
        Column(item.label, item, item.label, is_further=is_further)
        for item in kind.items
        if item.key not in taken and (filled is None or item.name in filled)
    ]
    known = {key for column in (*ordered, *items) for key in (column.detail, column.aside or column.detail)}
    beside = [name for name in dict.fromkeys(details) if name not in known]
    return (*ordered, *items, *(Column(name, None, name, is_further=is_further) for name in beside))


def _ordered(kind: StandardType, order: Order | None) -> list[Column]:
    columns: list[Column] = []
    for one in order.columns if order is not None else ():
        item = kind.item(one.key)
        aside = item.label if item is not None else ""
        columns.append(Column(one.heading, item, one.heading, aside=aside, of=one.of))
    return columns


def item_columns(kind: StandardType) -> tuple[Column, ...]:
    """The items of a type under their own headings, for tables of several types."""
    return tuple(Column(item.label, item, item.label) for item in kind.items)


ID: Final = Column("id", is_id=True)


def handed_columns(kind: StandardType, header: Sequence[str], fills: Sequence[str]) -> tuple[Column, ...]:
    """The columns of the file, in its order and under its headings; those that somebody had left out are not here."""
    return tuple(
        Column(heading, kind.item(key), heading)
        for heading, key in zip(header, fills, strict=True)
        if key != IGNORED
    )


def cells_of(record: Any, columns: Sequence[Column], own: Body = NOBODY_KNOWN) -> list[str]:
    """The cells of a record by columns; empty texts where it says nothing. `own` is the body of the area where the table is its own."""
    details: Mapping[str, Any] = record.details
    asked: set[Of] = {column.of for column in columns if column.of}
    body = body_of_record(record, own, asked) if asked else NOBODY_KNOWN
    place = point_of(record)
    cells: list[str] = []
    for column in columns:
        text = str(record.id) if column.is_id else ""
        if column.item is not None:
            text = _cell(record, column.item, place)
        text = text or plain(details.get(column.detail))
        if not text and column.aside:
            text = plain(details.get(column.aside))
        cells.append(text or body.say(column.of))
    return cells


def items_of(record: Any) -> dict[str, str]:
    """The cells of a record by the headings of its own type."""
    columns = item_columns(kind_of(record))
    return dict(zip((one.heading for one in columns), cells_of(record, columns), strict=True))


def _cell(record: Any, item: Item, place: tuple[float, float] | None) -> str:
    if item.name in _DEGREES:
        return repr(place[item.name == "latitude"]) if place else ""
    value = getattr(record, item.name)
    if item.flag:
        return "1" if item.flag in value else ""
    if isinstance(value, bool):
        words = item.allowed.split(";")
        return (words[0] if value else words[1]) if len(words) > 1 else "有" if value else "無"
    return plain(value)


def plain(value: Any) -> str:
    """A value as the text of a cell: whole numbers without a point, lists with `;` between."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, list | tuple):
        return ";".join(str(part) for part in cast(list[Any], value))
    return str(value)
