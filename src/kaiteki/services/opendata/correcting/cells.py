"""A record as the row of its table that it once was, and the record that it is with some cells of it written anew. Pure.

A cell is read as an import reads it (`records.Maker`): there is no second place that says what a number, a day or a position is. Where it
stood, what its column was taken for and what the column is called comes from the data set.

    key of a cell: that of its item (`name`, `hazards.flood`, `latitude`), or `details.` and its heading
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, cast

import msgspec

from kaiteki.model.entity import Json
from kaiteki.services.opendata.mapping import IGNORED, Choice, Guess
from kaiteki.services.opendata.model import DataSet, Record
from kaiteki.services.opendata.reading.source import Issue, Row
from kaiteki.services.opendata.records import Maker, Plan
from kaiteki.services.opendata.standard.table import Item, StandardType, standard_types
from kaiteki.services.opendata.values import plain, read_number

DETAIL: Final = "details."
POSITION: Final = ("latitude", "longitude")
YES, NO = "有", "無"
FAULTY: Final = frozenset({"not_of_kind", "value_missing"})
"""What an import tells of as a warning and somebody who types can put right at once."""


class Cell(msgspec.Struct, frozen=True):
    """A cell that can be written: its key, the heading of its column, its item where it has one."""

    key: str
    column: str
    item: Item | None = None


class Written(msgspec.Struct, frozen=True):
    """What becomes of a record: None where a cell cannot be, with what was found, cell by cell (`Issue.column` is the key)."""

    record: Record | None
    issues: tuple[Issue, ...] = ()


def kind_of(record: Record) -> StandardType:
    """The standard type of a record."""
    return standard_types()[type(record).entity_type]


def cells_of(data_set: DataSet, record: Record) -> tuple[Cell, ...]:
    """The cells of a record in the order of its table: no columns that were left out, no structures, no lines and areas."""
    kind, found, left_out = kind_of(record), dict[str, Cell](), set[str]()
    for column, fill in zip(data_set.columns, data_set.fills, strict=False):
        if fill == IGNORED:
            left_out.add(column)
            continue
        item = kind.item(fill) if fill else None
        key = item.key if item is not None else DETAIL + column
        found.setdefault(key, Cell(key, column, item))
    headings = {cell.column for cell in found.values()} | left_out
    for column in record.details:
        if column not in headings:
            found[DETAIL + column] = Cell(DETAIL + column, column)
    for item in kind.items:
        if item.key not in found and item.name not in POSITION and _has(record, item):
            found[item.key] = Cell(item.key, item.label, item)
    is_point = record.location is None or record.location.get("type") == "Point"
    places = [kind.item(name) for name in POSITION] if is_point else []
    for item in places:
        if item is not None:
            found.setdefault(item.key, Cell(item.key, item.label, item))
    return tuple(
        cell
        for cell in found.values()
        if (cell.key not in POSITION or is_point)
        and (cell.item is not None or not isinstance(record.details.get(cell.column), dict | list))
    )


def _has(record: Record, item: Item) -> bool:
    value = getattr(record, item.name, None)
    return item.flag in value if item.flag and value else value not in (None, "", ())


def text_of(record: Record, cell: Cell) -> str:
    """What stands in a cell, as somebody would type it."""
    if cell.key in POSITION:
        place = record.location or {}
        at = cast("Sequence[float]", place.get("coordinates", ())) if place.get("type") == "Point" else ()
        return repr(at[cell.key == "latitude"]) if at else ""
    item = cell.item
    value: Any = getattr(record, item.name, None) if item is not None else None
    if item is not None and item.flag:
        return YES if item.flag in (value or ()) else ""
    if isinstance(value, bool):
        return YES if value else NO
    if isinstance(value, tuple):
        return "\n".join(cast("tuple[str, ...]", value))
    # what is not of the kind of its item stands beside, under its heading
    return plain(value) or plain(record.details.get(cell.column))


def write_cells(record: Record, cells: Sequence[Cell], texts: Mapping[str, str]) -> Written:
    """The record with some cells written anew, by key. It keeps its id, and all that stands in other cells as it is."""
    kind, known = kind_of(record), {cell.key: cell for cell in cells}
    row = Row(0, {cell.key: texts.get(cell.key, text_of(record, cell)) for cell in cells})
    choices = tuple(Choice(one.key, one.item.key if one.item else "", 1.0, "told") for one in cells)
    made = Maker(Plan("", record.data_set, Guess(kind.name, 1.0, "told", choices))).make(row)
    issues = tuple(one for one in made.issues if _is_about(one, texts))
    if made.record is None:
        return Written(None, issues or made.issues[-1:])
    if any(one.code in FAULTY for one in issues):
        return Written(None, issues)
    details, values = dict(record.details), dict[str, Any]()
    for key, text in texts.items():
        cell = known[key]
        details.pop(cell.column, None)
        if cell.item is None:
            details |= {cell.column: _like(record.details.get(cell.column), text)} if text else {}
        elif key not in POSITION:
            values[cell.item.name] = getattr(made.record, cell.item.name)
    if any(key in texts for key in POSITION):
        values["location"] = made.record.location
    return Written(msgspec.structs.replace(record, details=details, **values), issues)


def _like(before: Json, text: str) -> Json:
    """A text as what stood there: a number where that was one (of a workbook, of GeoJSON) and this is one."""
    was_number = isinstance(before, int | float) and not isinstance(before, bool)
    number = read_number(text) if was_number else None
    return text if number is None else number[0]


def _is_about(issue: Issue, texts: Iterable[str]) -> bool:
    """Whether an issue speaks of a cell that was written; one coordinate is looked at with the other."""
    named = set(texts)
    return issue.column in named or (issue.column in POSITION and bool(named & set(POSITION)))
