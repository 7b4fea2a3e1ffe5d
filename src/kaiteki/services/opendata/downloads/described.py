"""What stands in a table, for programs: CSV on the Web (W3C Recommendation of 17 December 2015, tabular metadata) beside the CSV.

The kind of a column is said only where every cell of it is of that kind: where records keep cells beside that were not of the kind
of their item, it is text. Where the columns are those of an edition of the standard, `dc:conformsTo` names it, and each column that it does
not have says so in `dc:description`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from kaiteki.model.instant import format_instant
from kaiteki.services.opendata.downloads.asked import Form
from kaiteki.services.opendata.downloads.content import CellKind, Content, Sheet, Told

CSVW_TYPE: Final = "application/csvm+json"
FURTHER: Final = "標準にない追加の項目"
"""What is said of a column that the edition of the standard does not have."""
_KINDS: Final[Mapping[CellKind, Any]] = {
    "text": "string",
    "list": "string",
    "whole": "integer",
    "number": "number",
    "boolean": {"base": "boolean", "format": "有|無"},
    "date": {"base": "date", "format": "yyyy-MM-dd"},
    "moment": "dateTime",
}


def describe_csv(content: Content, sheet: Sheet, form: Form, file: str) -> dict[str, Any]:
    """The metadata of the table `file` (an address relative to that of the metadata)."""
    credit = content.credit
    changed = credit.changed_at
    told = {
        "dc:title": content.title,
        "dc:publisher": credit.source,
        "dc:license": credit.licence,
        "dc:conformsTo": sheet.edition,
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
        "tableSchema": {"columns": [_column(one) for one in sheet.columns]},
    }


def _column(one: Told) -> dict[str, Any]:
    apart = {"separator": ";"} if one.kind == "list" else {}
    unit = {"schema:unitText": one.unit} if one.unit else {}
    further = {"dc:description": FURTHER} if one.is_further else {}
    return {"name": one.name, "titles": one.heading, "datatype": _KINDS[one.kind], **apart, **unit, **further}
