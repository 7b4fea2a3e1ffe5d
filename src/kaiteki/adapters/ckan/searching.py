"""package_search: `q`, `fq`, facets, order and page over the catalogue in memory."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from kaiteki.adapters.ckan.asked import read_list, read_text, read_whole
from kaiteki.adapters.ckan.bound import Desk, Refusal, invalid, once, package_id
from kaiteki.adapters.ckan.packages import moment, office_of, told_package
from kaiteki.adapters.ckan.solr import Bad, Node, fields_of, holds, parse
from kaiteki.kit.catalogue.entries import Entry
from kaiteki.kit.catalogue.seeking import fold
from kaiteki.model.open_data import LICENCES, THEMES

ROWS_DEFAULT: Final = 10
ROWS_MAX: Final = 1_000
START_MAX: Final = 1_000_000
FACET_LIMIT: Final = 50
Read = Callable[[Desk, Entry], tuple[str, ...]]


def _organization(desk: Desk, one: Entry) -> tuple[str, ...]:
    return (office_of(desk, one).code,)


def _licence(desk: Desk, one: Entry) -> tuple[str, ...]:
    known = LICENCES.get(one.licence)
    return (known.ckan if known else "notspecified",)


def _since(at: str | None) -> tuple[str, ...]:
    return () if at is None else (f"{at}Z",)


_EXACT: Final[Mapping[str, Read]] = {
    "id": lambda desk, one: (package_id(desk.area.name, one),),
    "name": lambda desk, one: (one.name,),
    "title": lambda desk, one: (one.title.ja, one.title.en),
    "notes": lambda desk, one: (one.about.ja, one.about.en),
    "author": lambda desk, one: (one.source,),
    "organization": _organization,
    "groups": lambda desk, one: (one.theme.lower(),),
    "tags": lambda desk, one: one.keywords,
    "license_id": _licence,
    "isopen": lambda desk, one: ("true" if one.licence else "false",),
    "res_format": lambda desk, one: tuple(dict.fromkeys(part.format for part in one.distributions)),
    "metadata_modified": lambda desk, one: _since(moment(one.updated_at or one.issued_at)),
    "metadata_created": lambda desk, one: _since(moment(one.issued_at or one.changed_at)),
    "state": lambda desk, one: ("active",),
    "dataset_type": lambda desk, one: ("dataset",),
    "type": lambda desk, one: ("dataset",),
    "capacity": lambda desk, one: ("public",),
    "private": lambda desk, one: ("false",),
    "site_id": lambda desk, one: (desk.area.name,),
    "record_type": lambda desk, one: (one.record_type,),
    "standard_data_set": lambda desk, one: (one.standard.table,) if one.standard is not None else (),
    "frequency": lambda desk, one: (one.rhythm,),
}
"""What fields of a data set can be asked for."""
FIELDS: Final[Mapping[str, Read]] = {**_EXACT, "theme": _EXACT["groups"], "owner_org": _EXACT["organization"]}
FACETS: Final = ("organization", "groups", "tags", "res_format", "license_id", "record_type", "frequency")
_ORDERS: Final[Mapping[str, Callable[[Desk, Entry], str | int]]] = {
    "id": lambda desk, one: package_id(desk.area.name, one),
    "name": lambda desk, one: one.name,
    "metadata_modified": lambda desk, one: one.updated_at or one.issued_at or 0,
    "metadata_created": lambda desk, one: one.issued_at or one.changed_at or 0,
    "title": lambda desk, one: one.title.ja,
    "title_string": lambda desk, one: one.title.ja,
    "score": lambda desk, one: 0,
}
"""By what answers are ordered; every data set that matches has the same score."""
_ORDER: Final = re.compile(r"\s*([a-z_]+)(?:\s+(asc|desc))?\s*", re.IGNORECASE)
KNOWN: Final = frozenset(
    {"q", "fq", "fq_list", "rows", "start", "sort", "facet", "facet.field", "facet.limit", "facet.mincount"}
    | {"include_drafts", "include_private", "include_deleted", "use_default_schema", "df", "qf"}
)
"""Parameters of package_search; the flags change nothing here, where there is nothing private, deleted or in draft."""


def search(desk: Desk) -> dict[str, Any]:
    """The answer of package_search."""
    for name in desk.asked:
        if name not in KNOWN:
            raise Refusal(400, "Search Query Error", message=f"Invalid search parameters: ['{name[:60]}']")
    asked = desk.asked
    nodes = [
        _read(name, text)
        for name in ("q", "fq", "fq_list")
        for text in (read_list(asked, name) if name == "fq_list" else [read_text(asked, name)])
    ]
    found = _matching(desk, nodes)
    sort = read_text(asked, "sort") or "metadata_modified desc"
    ordered = _ordered(desk, found, sort)
    start, rows = read_whole(asked, "start", 0, START_MAX), read_whole(asked, "rows", ROWS_DEFAULT, ROWS_MAX)
    facets = _facets(desk, found)
    return {
        "count": len(found),
        "sort": sort,
        "results": [told_package(desk, one) for one in ordered[start : start + rows]],
        "facets": {name: {value: n for value, _, n in items} for name, items in facets.items()},
        "search_facets": {
            name: {
                "title": name,
                "items": [{"name": value, "display_name": title, "count": n} for value, title, n in items],
            }
            for name, items in facets.items()
        },
    }


def _read(name: str, text: str) -> Node:
    try:
        node = parse(text)
    except Bad as bad:
        raise Refusal(400, "Search Query Error", message=f"Search Query is invalid: {name} {bad}") from bad
    unknown = sorted(fields_of(node) - FIELDS.keys() - {"text"})
    if unknown:
        known = ", ".join(sorted(FIELDS))
        message = f"Search Query is invalid: {name} names {unknown[0][:60]}; fields are {known}"
        raise Refusal(400, "Search Query Error", message=message)
    return node


def _matching(desk: Desk, nodes: Sequence[Node]) -> list[Entry]:
    catalogue = desk.index.catalogue
    asked = [one for one in nodes if one != parse("")]
    if not asked:
        return list(catalogue.entries)

    def matches(one: Entry, text: str) -> bool:
        def values(field: str) -> tuple[str, ...]:
            return (
                (text,) if field in ("", "text") else tuple(fold(said) for said in FIELDS[field](desk, one))
            )

        return all(holds(node, values) for node in asked)

    return [one for one, text in zip(catalogue.entries, catalogue.texts, strict=True) if matches(one, text)]


def _ordered(desk: Desk, found: list[Entry], sort: str) -> list[Entry]:
    ordered = found
    for part in reversed(sort.split(",")):
        told = _ORDER.fullmatch(part)
        read = _ORDERS.get(told[1].lower()) if told is not None else None
        if told is None or read is None:
            message = f"Invalid sort: {part.strip()[:60]}; orders are {', '.join(_ORDERS)}"
            raise Refusal(400, "Search Query Error", message=message)
        backwards = (told[2] or "asc").lower() == "desc"
        ordered = sorted(ordered, key=lambda one, read=read: read(desk, one), reverse=backwards)
    return ordered


def _facets(desk: Desk, found: Sequence[Entry]) -> dict[str, list[tuple[str, str, int]]]:
    """By facet: value, what people call it, how many; the most frequent first."""
    if str(once("facet", desk.asked.get("facet", "true"))).lower() == "false":
        return {}
    most = read_whole(desk.asked, "facet.limit", FACET_LIMIT, ROWS_MAX, least=-1)
    fewest = read_whole(desk.asked, "facet.mincount", 1, ROWS_MAX)
    told: dict[str, list[tuple[str, str, int]]] = {}
    for name in read_list(desk.asked, "facet.field"):
        if name not in FACETS:
            raise invalid("facet.field", f"{name[:60]} is none of {', '.join(FACETS)}")
        read = FIELDS[name]
        counted = Counter(value for one in found for value in read(desk, one) if value)
        rows = [(value, _title(desk, name, value), n) for value, n in counted.most_common() if n >= fewest]
        told[name] = rows if most < 0 else rows[:most]
    return told


def _title(desk: Desk, facet: str, value: str) -> str:
    if facet == "groups":
        return THEMES[value.upper()].ja
    if facet == "organization":
        entries = desk.index.catalogue.entries
        return next((o.words.ja for one in entries if (o := office_of(desk, one)).code == value), value)
    if facet == "license_id":
        return next((one.words.ja for one in LICENCES.values() if one.ckan == value), value)
    return value
