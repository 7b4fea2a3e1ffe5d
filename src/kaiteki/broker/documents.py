"""The Query document of POST queries, read as the parameters of a query string (ETSI GS CIM 009 V1.9.1 clauses 5.2.13, 5.2.23, 5.2.33)."""

from __future__ import annotations

from typing import Final

import msgspec

from kaiteki.model.entity import Json, is_array, is_object
from kaiteki.model.problem import Problem

_TEXTS: Final = ("q", "scopeQ", "lang", "csf", "join", "expandValues", "jsonKeys")
_LISTS: Final = ("attrs", "pick", "omit", "datasetId", "containedBy")
_GEO: Final = frozenset({"georel", "geometry", "coordinates", "geoproperty"})
_ORDERING: Final = frozenset({"orderBy", "collation", "geometry", "coordinates"})
_SELECTOR: Final = frozenset({"id", "idPattern", "type"})
_KNOWN: Final = frozenset({"type", "entities", "geoQ", "joinLevel", "ordering", "@context", *_TEXTS, *_LISTS})


def query_parameters(document: Json) -> dict[str, str]:
    """The parameters of a query string that ask for the same as a Query document. Raises BadRequestData."""
    if not is_object(document) or document.get("type") != "Query":
        raise Problem("BadRequestData", "a query is an object of type Query", "type")
    unknown = sorted(set(document) - _KNOWN)
    if unknown:
        raise Problem("BadRequestData", f"a query has no member {unknown[0]}", unknown[0])
    params: dict[str, str] = {}
    for name in _TEXTS:
        if name in document:
            params[name] = _text(document[name], name)
    for name in _LISTS:
        if name in document:
            params[name] = ",".join(_list(document[name], name))
    if "joinLevel" in document:
        params["joinLevel"] = str(document["joinLevel"])
    if "entities" in document:
        params |= _selectors(document["entities"])
    if "geoQ" in document:
        params |= _geo(document["geoQ"])
    if "ordering" in document:
        params |= _ordering(document["ordering"])
    return params


def _text(value: Json, field: str) -> str:
    if not isinstance(value, str):
        raise Problem("BadRequestData", f"{field} is a text", field)
    return value


def _list(value: Json, field: str) -> list[str]:
    """An array of texts; a single text is let through as an array of one."""
    items = value if is_array(value) else [value]
    if not items:
        raise Problem("BadRequestData", f"{field} is not empty", field)
    return [_text(item, field) for item in items]


def _members(value: Json, known: frozenset[str], field: str) -> dict[str, Json]:
    if not is_object(value):
        raise Problem("BadRequestData", f"{field} is an object", field)
    unknown = sorted(set(value) - known)
    if unknown:
        raise Problem("BadRequestData", f"{field} has no member {unknown[0]}", f"{field}.{unknown[0]}")
    return value


def _selectors(value: Json) -> dict[str, str]:
    """Entity selectors as id, idPattern and type. One list of parameters cannot say every combination; such are refused."""
    if not is_array(value) or not value:
        raise Problem("BadRequestData", "entities is an array of selectors", "entities")
    selectors = [_members(one, _SELECTOR, f"entities[{index}]") for index, one in enumerate(value)]
    ids = [_list(one["id"], "entities.id") if "id" in one else [] for one in selectors]
    patterns = [_text(one.get("idPattern", ""), "entities.idPattern") for one in selectors]
    types = [_text(one.get("type", "*"), "entities.type") for one in selectors]
    only_types = not any(ids) and not any(patterns)
    one_type = len(set(types)) == 1 and all(ids) != all(patterns) and not (any(ids) and any(patterns))
    if len(selectors) > 1 and not (only_types or one_type):
        raise Problem(
            "OperationNotSupported",
            "several selectors differ in their type alone, or share one type and differ in id or idPattern",
            "entities",
        )
    params = {"type": "*" if "*" in types else ",".join(dict.fromkeys(types))}
    if any(ids):
        params["id"] = ",".join(one for several in ids for one in several)
    if any(patterns):
        params["idPattern"] = "|".join(f"({one})" if len(patterns) > 1 else one for one in patterns)
    return params


def _geo(value: Json) -> dict[str, str]:
    geo = _members(value, _GEO, "geoQ")
    params = {
        name: _text(geo[name], f"geoQ.{name}")
        for name in ("georel", "geometry", "geoproperty")
        if name in geo
    }
    if "coordinates" in geo:
        params["coordinates"] = _json(geo["coordinates"])
    return params


def _ordering(value: Json) -> dict[str, str]:
    ordering = _members(value, _ORDERING, "ordering")
    params: dict[str, str] = {}
    if "orderBy" in ordering:
        params["orderBy"] = ",".join(_list(ordering["orderBy"], "ordering.orderBy"))
    if "collation" in ordering:
        params["collation"] = _text(ordering["collation"], "ordering.collation")
    if "geometry" in ordering:
        params["orderGeometry"] = _text(ordering["geometry"], "ordering.geometry")
    if "coordinates" in ordering:
        params["orderFrom"] = _json(ordering["coordinates"])
    return params


def _json(value: Json) -> str:
    """Coordinates as text, given as an array or as its text."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
