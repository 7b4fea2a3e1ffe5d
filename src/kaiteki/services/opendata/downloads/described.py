"""What stands in a table, for programs: CSV on the Web (W3C Recommendation of 17 December 2015, tabular metadata) beside the CSV.

The kind of a column is said only where every cell of it is of that kind: where records keep cells beside that were not of the kind
of their item, it is text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from kaiteki.model.instant import Instant, format_instant
from kaiteki.services.opendata.downloads.asked import Form
from kaiteki.services.opendata.downloads.columns import Column

CSVW_TYPE: Final = "application/csvm+json"
_KINDS: Final[Mapping[str, Any]] = {
    "整数": "integer",
    "数値": "number",
    "日付": {"base": "date", "format": "yyyy-MM-dd"},
}
"""型 of the standard -> datatype. Times of day reach beyond 24:00 where a service day does, flags are 1 or nothing: texts."""


def describe_csv(data_set: Any, columns: Sequence[Column], form: Form, file: str) -> dict[str, Any]:
    """The metadata of the table `file` (an address relative to that of the metadata)."""
    spoilt = frozenset(data_set.details)
    changed: Instant | None = data_set.changed_at
    told = {
        "dc:title": data_set.title,
        "dc:publisher": data_set.source,
        "dc:license": data_set.licence,
        "dc:modified": {"@value": format_instant(changed), "@type": "xsd:dateTime"} if changed else None,
    }
    return {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "ja"}],
        "url": file,
        **{name: value for name, value in told.items() if value},
        "dialect": {
            "encoding": "utf-8" if form.encoding == "utf-8" else "windows-31j",
            "lineTerminators": ["\r\n"],
            "quoteChar": '"',
            "doubleQuote": True,
            "delimiter": ",",
            "header": True,
        },
        "tableSchema": {
            "columns": [_column(number, one, spoilt) for number, one in enumerate(columns, start=1)]
        },
    }


def _column(number: int, column: Column, spoilt: frozenset[str]) -> dict[str, Any]:
    item = column.item
    told: dict[str, Any] = {
        "name": f"c{number}" if item is None else item.key.replace(".", "_"),
        "titles": column.heading,
    }
    if item is None:
        return {**told, "datatype": "string"}
    kind = "number" if item.name in ("longitude", "latitude") else _KINDS.get(item.kind, "string")
    described = {"schema:unitText": item.unit} if item.unit else {}
    return {**told, "datatype": "string" if column.detail in spoilt else kind, **described}
