"""A data set as a Data Package (datapackage.org, v2): its CSV with a Table Schema, licence and source, in `datapackage.json` beside it.

The CSV begins with a byte order mark; no encoding is named, so that readers look for one (UTF-8 is the default of the standard).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from kaiteki.kit.pages import PageAsk, PageReply, part_of_path
from kaiteki.model.instant import format_instant
from kaiteki.model.words import Words
from kaiteki.services.opendata.absence import declined, no_data_set
from kaiteki.services.opendata.downloads.asked import Form
from kaiteki.services.opendata.downloads.content import ID_HEADING, CellKind, Content, Sheet, Told
from kaiteki.services.opendata.downloads.files import UNFIT_FOR_DATA, content_of, json_parts, versioned

PROFILES: Final = "https://datapackage.org/profiles/2.0/"
PACKAGE_TYPE: Final = "application/json"
_TYPES: Final[Mapping[CellKind, Mapping[str, Any]]] = {
    "text": {"type": "string"},
    "list": {"type": "string"},
    "whole": {"type": "integer"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean", "trueValues": ["有"], "falseValues": ["無"]},
    "date": {"type": "date"},
    # with or without parts of a second
    "moment": {"type": "datetime", "format": "any"},
}


async def datapackage(ask: PageAsk) -> PageReply:
    """The description of a data set as a Data Package."""
    content = await content_of(ask)
    if content is None:
        return no_data_set(ask)
    sheet = await content.sheet(Form())
    if isinstance(sheet, Words):
        return declined(content.id, "", sheet, UNFIT_FOR_DATA)
    told = describe_package(content, sheet, f"{ask.origin}/{ask.area}/data/{part_of_path(content.id)}")
    return versioned(content, json_parts(told), PACKAGE_TYPE, "datapackage.json", ask.origin)


def describe_package(content: Content, sheet: Sheet, page: str) -> dict[str, Any]:
    """The descriptor; `page` is the address of the data set."""
    credit = content.credit
    licence = {"title": credit.licence, "path": credit.licence_uri}
    told = {
        "$schema": f"{PROFILES}datapackage.json",
        "name": content.slug.lower(),
        "id": content.id,
        "title": content.title,
        "description": credit.about,
        "homepage": page,
        "created": format_instant(credit.changed_at) if credit.changed_at else None,
        "licenses": [_filled(licence)] if credit.licence_uri else None,
        "sources": [{"title": credit.source}] if credit.source else None,
        "resources": [_resource(content, sheet)],
    }
    return _filled(told)


def _resource(content: Content, sheet: Sheet) -> dict[str, Any]:
    key = [one.heading for one in sheet.columns if one.heading == ID_HEADING and one.field == "id"]
    schema = {
        "$schema": f"{PROFILES}tableschema.json",
        "fields": [_field(one) for one in sheet.columns],
        "missingValues": [""],
        "primaryKey": key or None,
    }
    return {
        "$schema": f"{PROFILES}dataresource.json",
        "name": "records",
        "title": content.title,
        "path": "records.csv",
        "type": "table",
        "format": "csv",
        "mediatype": "text/csv",
        "schema": _filled(schema),
    }


def _field(one: Told) -> dict[str, Any]:
    unit = {"unit": one.unit} if one.unit else {}
    return {"name": one.heading, **_TYPES[one.kind], **unit}


def _filled(told: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in told.items() if value not in (None, "")}
