"""The Query document of POST queries, read as the parameters of a query string (ETSI GS CIM 009 V1.9.1 clauses 5.2.13, 5.2.23, 5.2.33)."""

from __future__ import annotations

from typing import Final

import msgspec

from kaiteki.model.entity import Json, is_array, is_object
from kaiteki.model.language.types import parse_types
from kaiteki.model.pattern import read_pattern
from kaiteki.model.problem import Problem
from kaiteki.model.query import Selector
from kaiteki.model.representation.values import check_uri
from kaiteki.model.terms.context import Context

SELECTORS_MAX: Final = 100
"""Entity selectors of one query."""
_TEXTS: Final = ("q", "scopeQ", "lang", "csf", "join", "expandValues", "jsonKeys", "entityMapLifetime")
_PLAIN: Final = ("joinLevel", "entityMap", "splitEntities")
_LISTS: Final = ("attrs", "pick", "omit", "datasetId", "containedBy")
_GEO: Final = frozenset({"georel", "geometry", "coordinates", "geoproperty"})
_ORDERING: Final = frozenset({"orderBy", "collation", "geometry", "coordinates"})
_SELECTOR: Final = frozenset({"id", "idPattern", "type"})
_TEMPORAL: Final = ("temporalQ", "aggrParams")
_TIME: Final = frozenset({"timerel", "timeAt", "endTimeAt", "timeproperty", "lastN"})
_AGGREGATION: Final = frozenset({"aggrMethods", "aggrPeriodDuration"})
_KNOWN: Final = frozenset({"type", "entities", "geoQ", "ordering", "@context", *_TEXTS, *_LISTS, *_PLAIN})


def query_parameters(document: Json) -> dict[str, str]:
    """The parameters of a query string that ask for the same as a Query document. Raises BadRequestData.

    Several selectors that differ in more than their types are wider here than in the document; `read_selectors` has them.
    """
    query = _checked(document)
    params = {name: _text(query[name], name) for name in _TEXTS if name in query}
    params |= {name: ",".join(_list(query[name], name)) for name in _LISTS if name in query}
    params |= {name: _json(query[name]) for name in _PLAIN if name in query}
    params |= _selected(_alternatives(document))
    if "geoQ" in query:
        params |= _geo(query["geoQ"])
    if "ordering" in query:
        params |= _ordering(query["ordering"])
    return params


def time_query_parameters(document: Json) -> dict[str, str]:
    """The same for a query of the temporal evolution, with its temporalQ and aggrParams (clauses 5.2.21 and 5.2.47)."""
    if not is_object(document):
        return query_parameters(document)
    params = query_parameters({name: told for name, told in document.items() if name not in _TEMPORAL})
    time = _members(document.get("temporalQ", {}), _TIME, "temporalQ")
    params |= {name: _text(told, f"temporalQ.{name}") for name, told in time.items() if name != "lastN"}
    if "lastN" in time:
        params["lastN"] = _json(time["lastN"])
    adding = _members(document.get("aggrParams", {}), _AGGREGATION, "aggrParams")
    if "aggrMethods" in adding:
        params["aggrMethods"] = ",".join(_list(adding["aggrMethods"], "aggrParams.aggrMethods"))
    if "aggrPeriodDuration" in adding:
        params["aggrPeriodDuration"] = _text(adding["aggrPeriodDuration"], "aggrParams.aggrPeriodDuration")
    return params


def _checked(document: Json) -> dict[str, Json]:
    if not is_object(document) or document.get("type") != "Query":
        raise Problem("BadRequestData", "a query is an object of type Query", "type")
    for name in document:
        if name in _TEMPORAL:
            raise Problem("BadRequestData", f"{name} belongs to queries of the temporal evolution", name)
        if name not in _KNOWN:
            raise Problem("BadRequestData", f"a query has no member {name}", name)
    return document


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


def read_selectors(document: Json, context: Context) -> tuple[Selector, ...]:
    """The alternatives of a Query document, for those that differ in more than their types. Raises BadRequestData."""
    selectors = _alternatives(document)
    if len(selectors) < 2 or not any("id" in one or "idPattern" in one for one in selectors):
        return ()
    return tuple(_selector(one, f"entities[{index}]", context) for index, one in enumerate(selectors))


def _selector(one: dict[str, Json], field: str, context: Context) -> Selector:
    types = parse_types(_type(one, field), context.expand, f"{field}.type")
    if "id" in one:
        ids = [check_uri(uri, f"{field}.id") for uri in _list(one["id"], f"{field}.id")]
        return Selector(types, tuple(ids))
    pattern = one.get("idPattern")
    if pattern is not None:
        read_pattern(_text(pattern, f"{field}.idPattern"), f"{field}.idPattern")
    return Selector(types, id_pattern=pattern)


def _alternatives(document: Json) -> list[dict[str, Json]]:
    """The entity selectors of a Query document, none when it has none."""
    value = document.get("entities") if is_object(document) else None
    if value is None:
        return []
    if not is_array(value) or not value:
        raise Problem("BadRequestData", "entities is an array of selectors", "entities")
    if len(value) > SELECTORS_MAX:
        raise Problem("TooComplexQuery", f"a query has up to {SELECTORS_MAX} selectors", "entities")
    return [_members(one, _SELECTOR, f"entities[{index}]") for index, one in enumerate(value)]


def _type(one: dict[str, Json], field: str) -> str:
    return _text(one.get("type", "*"), f"{field}.type")


def _selected(selectors: list[dict[str, Json]]) -> dict[str, str]:
    """The types and ids of all selectors together; id goes before idPattern (clause 5.2.33)."""
    if not selectors:
        return {}
    types = dict.fromkeys(_type(one, f"entities[{index}]") for index, one in enumerate(selectors))
    params = {"type": "*" if "*" in types else ",".join(types)}
    if all("id" in one for one in selectors):
        listed = [uri for n, one in enumerate(selectors) for uri in _list(one["id"], f"entities[{n}].id")]
        params["id"] = ",".join(dict.fromkeys(listed))
    elif len(selectors) == 1 and "idPattern" in selectors[0]:
        params["idPattern"] = _text(selectors[0]["idPattern"], "entities[0].idPattern")
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
