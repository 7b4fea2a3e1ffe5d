"""datastore_search and datastore_info: the records of a data set by its open columns; of closed ones nothing can be asked.

resource ─► entry ─► columns ─► filters, words, order as one Query over the type ─► rows as everybody may read them
"""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, cast

import msgspec

from kaiteki.adapters.ckan.asked import read_list, read_object, read_text, read_whole, read_yes
from kaiteki.adapters.ckan.bound import Desk, invalid, not_found, once
from kaiteki.adapters.ckan.packages import is_in_datastore
from kaiteki.kit.catalogue.entries import Entry
from kaiteki.kit.catalogue.records import Column, Kind, columns_of, record_of, type_of
from kaiteki.kit.manifest import EntityType
from kaiteki.model.entity import Entity, Json
from kaiteki.model.instant import parse_instant
from kaiteki.model.query import (
    AllOf,
    AnyOf,
    Comparison,
    DateTimeValue,
    Filter,
    OneOf,
    Order,
    Path,
    Query,
    Scalar,
)
from kaiteki.model.spreadsheet import SheetWriter, spreadsheet_safe

LIMIT_DEFAULT: Final = 100
LIMIT_MAX: Final = 1_000
"""Records of one answer; `limit` of the answer says how many were given at most, as with CKAN's rows_max."""
OFFSET_MAX: Final = 1_000_000
WORDS_MAX: Final = 10
WORD_LENGTH_MAX: Final = 60
VALUES_MAX: Final = 200
ID: Final = "_id"
"""The column by which a record is the same one at every call: the URN of its entity."""
KNOWN: Final = frozenset(
    {"resource_id", "id", "filters", "q", "fields", "sort", "limit", "offset", "include_total", "records_format", "plain", "distinct", "language"}
)  # fmt: skip
FORMATS: Final = ("objects", "lists", "csv", "tsv")
_TYPES: Final[Mapping[Kind, str]] = {
    "text": "text",
    "number": "numeric",
    "whole": "int",
    "boolean": "bool",
    "moment": "timestamp",
    "array": "json",
    "geometry": "json",
    "any": "text",
}
_NUMBER: Final = re.compile(r"-?\d{1,15}(\.\d{1,15})?", re.ASCII)
_ORDER: Final = re.compile(
    r'\s*(?:"([^"]+)"|([^\s",]+))(?:\s+(asc|desc))?(?:\s+nulls\s+(?:first|last))?\s*', re.IGNORECASE
)


class Opened(msgspec.Struct, frozen=True):
    """A resource of the DataStore: its data set, the type of its records, its columns."""

    id: str
    entry: Entry
    declared: EntityType
    columns: tuple[Column, ...]

    def column(self, name: str, asked_in: str) -> Column:
        """A column by its name; the refusal names the parameter that asked for it."""
        found = next((one for one in self.columns if one.name == name), None)
        if found is None:
            there = ", ".join(one.name for one in self.columns)
            raise invalid(asked_in, f'field "{name[:60]}" not in table; there are {there}')
        return found


def open_resource(desk: Desk, parameter: str) -> Opened:
    """The resource that is asked for. Refused where there is none, or where its records are not in the DataStore."""
    name = read_text(desk.asked, "resource_id") or read_text(desk.asked, "id")
    if not name:
        raise invalid(parameter, "Missing value")
    found = desk.index.resources.get(name)
    if found is None:
        raise not_found(f'Resource "{name[:60]}" was not found.')
    entry, place = found
    declared = type_of(entry, desk.city.services)
    if declared is None or not is_in_datastore(entry, entry.distributions[place]):
        raise not_found(f'Resource "{name}" was not found in the DataStore; its datastore_active is false.')
    return Opened(name, entry, declared, columns_of(entry, declared))


async def search(desk: Desk) -> dict[str, Any]:
    """The answer of datastore_search."""
    asked = desk.asked
    for name in asked:
        if name not in KNOWN:
            raise invalid(name[:60], "is no parameter of datastore_search")
    if read_yes(asked, "distinct"):
        raise invalid("distinct", "distinct records are not offered")
    form = read_text(asked, "records_format", "objects")
    if form not in FORMATS:
        raise invalid("records_format", f"is one of {', '.join(FORMATS)}")
    opened = open_resource(desk, "resource_id")
    limit = read_whole(asked, "limit", LIMIT_DEFAULT, LIMIT_MAX)
    offset = read_whole(asked, "offset", 0, OFFSET_MAX)
    counted = read_yes(asked, "include_total", default=True)
    wanted = Query(
        ids=_ids(asked),
        q=_filter(opened, asked),
        order=_order(opened, read_text(asked, "sort")),
        limit=max(limit, 1),
        offset=offset,
        total=counted,
    )
    found = await desk.city.rows(opened.declared, wanted)
    entities, _, total = found if found is not None else ([], False, 0)
    shown = _shown(opened, read_list(asked, "fields"))
    rows = [_row(desk, entity, shown) for entity in entities[:limit]]
    return {
        "resource_id": opened.id,
        "fields": [_field(one) for one in shown],
        "records": _formed(rows, form),
        "records_format": form,
        "limit": limit,
        "offset": offset,
        "include_total": counted,
        **({"total": total, "total_was_estimated": False} if counted else {}),
        "_links": _links(opened, limit, offset),
    }


def info(desk: Desk) -> dict[str, Any]:
    """The answer of datastore_info."""
    opened = open_resource(desk, "id")
    meta = {
        "id": opened.id,
        "count": opened.entry.records,
        "table_type": "BASE TABLE",
        "entity_type": opened.declared.name,
    }
    return {"meta": meta, "fields": [_field(one) for one in opened.columns]}


def _field(column: Column | None) -> dict[str, Any]:
    if column is None:
        return {"id": ID, "type": "text"}
    return {
        "id": column.name,
        "type": _TYPES[column.kind],
        "info": {"label": column.words.ja, "label_en": column.words.en, "notes": ""},
    }


def _shown(opened: Opened, names: Sequence[str]) -> list[Column | None]:
    """The columns of the answer; None is that of the ids."""
    if not names:
        return [None, *opened.columns]
    return [None if name == ID else opened.column(name, "fields") for name in names]


def _row(desk: Desk, entity: Entity, shown: Sequence[Column | None]) -> dict[str, Json]:
    told = record_of(entity, [one for one in shown if one is not None], desk.city.open_to(entity))
    return {(ID if one is None else one.name): told["id" if one is None else one.name] for one in shown}


def _formed(rows: Sequence[Mapping[str, Json]], form: str) -> Any:
    if form == "objects":
        return rows
    if form == "lists":
        return [list(row.values()) for row in rows]
    text = io.StringIO()
    written = SheetWriter(text, "\n", "," if form == "csv" else "\t")
    written.writerows([spreadsheet_safe(_plain(value)) for value in row.values()] for row in rows)
    return text.getvalue()


def _plain(value: Json) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | dict):
        return msgspec.json.encode(value).decode()
    return str(value)


def _filter(opened: Opened, asked: Mapping[str, Any]) -> Filter | None:
    parts: list[Filter] = [] if opened.entry.within is None else [opened.entry.within]
    for name, told in read_object(asked, "filters").items():
        if name == ID:
            continue
        column = opened.column(name, "filters")
        operands = tuple(_operand(column, one) for one in _values(name, told))
        parts.append(Comparison(_path(column), "==", operands[0] if len(operands) == 1 else OneOf(operands)))
    parts += _words(opened, asked)
    return parts[0] if len(parts) == 1 else AllOf(tuple(parts)) if parts else None


def _values(name: str, told: Any) -> list[Any]:
    values = cast(list[Any], told) if isinstance(told, list) else [told]
    if not 1 <= len(values) <= VALUES_MAX:
        raise invalid("filters", f"{name[:60]} has from 1 to {VALUES_MAX} values")
    return values


def _ids(asked: Mapping[str, Any]) -> tuple[str, ...]:
    told = read_object(asked, "filters").get(ID)
    return () if told is None else tuple(str(one) for one in _values(ID, told))


def _operand(column: Column, told: Any) -> Scalar:
    """A value to compare with, as its column holds it: a text that says a number or a truth counts as that."""
    if column.kind == "geometry" or isinstance(told, list | dict) or told is None:
        raise invalid("filters", f"{column.name[:60]} is compared with a text, a number or a truth")
    text = _plain(told)
    if column.kind in ("number", "whole"):
        try:
            return float(text)
        except ValueError as wrong:
            raise invalid("filters", f"{column.name} is a number") from wrong
    if column.kind == "boolean":
        if text not in ("true", "false"):
            raise invalid("filters", f"{column.name} is true or false")
        return text == "true"
    if column.kind == "moment":
        at = parse_instant(text)
        if at is None:
            raise invalid("filters", f"{column.name} is a time as in 2026-11-22T00:00:00Z")
        return DateTimeValue(text, "DateTime", at)
    return told if column.kind == "any" and isinstance(told, int | float | bool) else text


def _path(column: Column) -> Path:
    return Path((column.attribute,), (column.member,) if column.member else ())


def _words(opened: Opened, asked: Mapping[str, Any]) -> list[Filter]:
    """What `q` asks: each word stands in some open column, or in the one that is named. Each column is asked for itself, so that
    a value that is hidden of one record hides no other value of it."""
    told = once("q", asked.get("q"))
    if told is None or told == "":
        return []
    named: Mapping[str, Any] = {"": told}
    if isinstance(told, dict) or (isinstance(told, str) and told.lstrip().startswith("{")):
        named = read_object(asked, "q")
    pairs = [
        (word, [opened.column(name, "q")] if name else opened.columns)
        for name, text in named.items()
        for word in unicodedata.normalize("NFKC", str(text)).split()
    ]
    if len(pairs) > WORDS_MAX or any(len(word) > WORD_LENGTH_MAX for word, _ in pairs):
        raise invalid("q", f"has at most {WORDS_MAX} words of {WORD_LENGTH_MAX} characters")
    return [AnyOf(tuple(part for one in columns for part in _holding(one, word))) for word, columns in pairs]


def _holding(column: Column, word: str) -> Iterator[Comparison]:
    """The ways in which a column may hold a word: as a part of a text, whatever its case and width, or as a number."""
    if column.kind in ("text", "array", "any"):
        yield Comparison(_path(column), "~=", "(?i)" + "".join(map(_either_width, word)))
    if column.kind in ("number", "whole", "any") and _NUMBER.fullmatch(word):
        yield Comparison(_path(column), "==", float(word))


def _either_width(char: str) -> str:
    """A pattern for a character in its usual and in its full width."""
    if char.isascii() and char.isalnum():
        return f"[{char}{chr(ord(char) + 0xFEE0)}]"
    return f"\\{char}" if char in "\\.^$*+?()[]{}|" else char


def _order(opened: Opened, text: str) -> tuple[Order, ...]:
    orders: list[Order] = []
    for part in text.split(",") if text.strip() else []:
        told = _ORDER.fullmatch(part)
        if told is None:
            raise invalid("sort", f"cannot be read: {part.strip()[:60]}")
        name, backwards = told[1] or told[2], (told[3] or "asc").lower() == "desc"
        path = Path(("id",)) if name == ID else _path(opened.column(name, "sort"))
        orders.append(Order(path, backwards))
    return tuple(orders)


def _links(opened: Opened, limit: int, offset: int) -> dict[str, str]:
    start = f"/api/3/action/datastore_search?resource_id={opened.id}&limit={limit}"
    return {"start": start, "next": f"{start}&offset={offset + limit}"}
