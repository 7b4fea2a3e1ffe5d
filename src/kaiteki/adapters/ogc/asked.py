"""What may be asked of the features of a collection, read out of a query string; what nobody knows is refused (OGC 17-069r4, 7.15)."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from kaiteki.adapters.ogc.collections import GEOMETRY, LOOKED_MAX, Collection
from kaiteki.adapters.ogc.heights import AtHeight
from kaiteki.adapters.ogc.systems import CRS84, DEGREES, System, box_of, system_of
from kaiteki.model.cql2.checking import check
from kaiteki.model.cql2.document import read_document
from kaiteki.model.cql2.literals import envelope_of, interval_of, moment_of
from kaiteki.model.cql2.terms import Call, Geometry, Interval, Kind, Moment, Named, Plain, Term
from kaiteki.model.cql2.text import parse_text
from kaiteki.model.entity import Json
from kaiteki.model.mesh import Mesh, read_mesh
from kaiteki.model.place import Bounds, bounds_of
from kaiteki.model.problem import Problem
from kaiteki.model.query import GeoFilter, Query
from kaiteki.model.spatial_id import SpatialId, read_spatial_id

LIMIT_DEFAULT: Final = 100
LIMIT_MAX: Final = 1_000
"""Features of one page; who asks for more gets so many, and the address of the next."""
OFFSET_MAX: Final = 1_000_000
COLLECTIONS_MAX: Final = 10
"""Collections of one tile."""
EVERYWHERE: Final = frozenset({"f", "lang"})
"""Parameters of every address."""
ITEMS: Final = EVERYWHERE | {
    "limit",
    "offset",
    "after",
    "bbox",
    "bbox-crs",
    "mesh",
    "zfxy",
    "crs",
    "datetime",
    "filter",
    "filter-lang",
    "filter-crs",
}
"""Parameters of a list of features, beside the properties of its collection."""
EQUALLED: Final = frozenset({"text", "number", "boolean", "moment"})
"""The kinds of properties that a parameter of their own name may be equal to."""
_NUMBER: Final = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?", re.ASCII)
LANGUAGES: Final = ("cql2-text", "cql2-json")


class Wanted(msgspec.Struct, frozen=True):
    """A page of features: the query, the system of the answer, whether anything but the page was asked."""

    query: Query
    system: System
    narrowed: bool


def refuse_unknown(told: Mapping[str, str], known: frozenset[str]) -> None:
    """Refuse the first parameter that an address does not know (/req/core/query-param-unknown)."""
    for name in told:
        if name not in known:
            raise Problem(
                "BadRequestData",
                f"there is no parameter {name[:60]}; there are {', '.join(sorted(known))}",
                name[:60],
            )


def read_wanted(told: Mapping[str, str], collection: Collection) -> Wanted:
    """The query behind a list of features. Raises BadRequestData."""
    # (a column may be called as a parameter is; the parameter keeps its meaning)
    names = frozenset(one.name for one in collection.properties if one.kind in EQUALLED) - ITEMS
    refuse_unknown(told, ITEMS | names)
    query = Query(
        q=collection.within,
        limit=min(_whole(told, "limit", LIMIT_DEFAULT, 1, None), LIMIT_MAX),
        offset=_whole(told, "offset", 0, 0, OFFSET_MAX),
        after_id=told.get("after") or None,
    )
    parts = [
        *_filter_of(told),
        *_time_of(told, collection),
        *(_equal(collection, name, told[name]) for name in sorted(names & told.keys())),
    ]
    cells = [read(told[name], name) for name, read in _CELLS.items() if name in told]
    boxes = [_box(told)] if "bbox" in told else []
    boxes += [envelope_of([*cell.inside]).value for cell in cells]
    if boxes:
        query = msgspec.structs.replace(query, geo=GeoFilter("intersects", boxes[0], collection.place))
        parts += [Call("s_intersects", (Named(GEOMETRY), Geometry(box))) for box in boxes[1:]]
    if parts:
        kinds: dict[str, Kind] = {name: one.kind for name, one in collection.queryables.items()}
        check(parts[0] if len(parts) == 1 else Call("and", tuple(parts)), kinds)
    query = collection.narrowed(query, parts)
    for cell in cells:
        query = _at_height(query, cell, collection)
    return Wanted(query, system_of(told.get("crs"), "crs"), bool(parts or boxes))


_CELLS: Final[Mapping[str, Callable[[str, str], Mesh | SpatialId]]] = {
    "mesh": read_mesh,
    "zfxy": read_spatial_id,
}
"""Parameters that name a cell of the ground."""


def narrowed_to(query: Query, cell: Mesh | SpatialId, collection: Collection) -> Query:
    """The query for what touches a cell, in place of what it asked of places before (its test still holds)."""
    box = envelope_of([*cell.inside]).value
    geo = GeoFilter("intersects", box, collection.place)
    return _at_height(msgspec.structs.replace(query, geo=geo), cell, collection)


def _at_height(query: Query, cell: Mesh | SpatialId, collection: Collection) -> Query:
    heights = cell.heights if isinstance(cell, SpatialId) else None
    if heights is None:
        return query
    test = AtHeight(collection.place, *heights, also=query.test)
    return msgspec.structs.replace(query, test=test, looked_max=LOOKED_MAX)


def _box(told: Mapping[str, str]) -> dict[str, Json]:
    return box_of(_numbers(told["bbox"]), system_of(told.get("bbox-crs"), "bbox-crs"), "bbox")


def box_asked(told: Mapping[str, str]) -> Bounds | None:
    """The box that `bbox` names, in degrees; None where it is not there. Raises BadRequestData, also for one over 180°."""
    if "bbox" not in told:
        return None
    box = _box(told)
    if box["type"] != "Polygon":
        raise Problem("BadRequestData", "cells are counted on one side of 180°", "bbox")
    return bounds_of(box)


def _whole(told: Mapping[str, str], name: str, default: int, least: int, most: int | None) -> int:
    text = told.get(name)
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or len(text) > 9 or int(text) < least:
        to = "on" if most is None else f"to {most}"
        raise Problem("BadRequestData", f"{name} is a whole number from {least} {to}", name)
    if most is not None and int(text) > most:
        raise Problem(
            "BadRequestData", f"{name} is at most {most}; follow the links named next instead", name
        )
    return int(text)


def _numbers(text: str) -> list[float]:
    parts = [part.strip() for part in text.split(",")]
    if len(parts) > 6 or not all(_NUMBER.fullmatch(part) for part in parts):
        raise Problem("BadRequestData", "bbox has four numbers or six, divided by commas", "bbox")
    numbers = [float(part) for part in parts]
    if not all(map(math.isfinite, numbers)):
        raise Problem("BadRequestData", "the numbers of bbox are finite", "bbox")
    return numbers


def _filter_of(told: Mapping[str, str]) -> list[Term]:
    """The filter, in whichever encoding it comes; geometries in it are in `filter-crs`."""
    language = told.get("filter-lang", LANGUAGES[0])
    if language not in LANGUAGES:
        raise Problem("BadRequestData", f"filter-lang is {' or '.join(LANGUAGES)}", "filter-lang")
    if system_of(told.get("filter-crs"), "filter-crs") is not DEGREES:
        raise Problem("BadRequestData", f"filter-crs is {CRS84}", "filter-crs")
    if "filter" not in told:
        return []
    return [parse_text(told["filter"]) if language == LANGUAGES[0] else read_document(_json(told["filter"]))]


def _json(text: str) -> Json:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError) as wrong:
        raise Problem("BadRequestData", "filter is no JSON document", "filter") from wrong


def _time_of(told: Mapping[str, str], collection: Collection) -> list[Term]:
    """`datetime`: an instant, or an interval with ends that may be open; features of a collection without a time all match."""
    text = told.get("datetime")
    if text is None:
        return []
    try:
        wanted = _stretch(text)
    except Problem as problem:
        raise Problem("BadRequestData", f"datetime: {problem.detail}", "datetime") from problem
    if not collection.moment:
        return []
    moment, until = Named(collection.moment), Named(collection.until)
    # (a feature that says no time is one at all times, one without an end is one at its beginning)
    ways: list[Term] = [Call("t_intersects", (moment, wanted)), Call("isNull", (moment,))]
    if collection.until:
        ways.append(Call("t_intersects", (Interval(moment, until), wanted)))
    return [Call("or", tuple(ways))]


def _stretch(text: str) -> Moment | Interval:
    ends = text.split("/")
    if len(ends) == 1:
        return moment_of(text)
    if len(ends) != 2 or all(end in ("", "..") for end in ends):
        raise Problem("BadRequestData", "an interval is start/end, one of which may be ..", "datetime")
    start, end = (None if one in ("", "..") else moment_of(one) for one in ends)
    return interval_of(start, end)


def _equal(collection: Collection, name: str, text: str) -> Term:
    """A property given as a parameter of its own name: it is equal to that."""
    one = collection.property(name)
    kind = one.kind if one is not None else "text"
    if kind == "number":
        if not _NUMBER.fullmatch(text) or not math.isfinite(float(text)):
            raise Problem("BadRequestData", f"{name} is a number", name)
        return Call("=", (Named(name), Plain(float(text))))
    if kind == "boolean":
        if text not in ("true", "false"):
            raise Problem("BadRequestData", f"{name} is true or false", name)
        return Call("=", (Named(name), Plain(text == "true")))
    if kind == "moment":
        try:
            return Call("=", (Named(name), moment_of(text)))
        except Problem as problem:
            raise Problem("BadRequestData", f"{name}: {problem.detail}", name) from problem
    return Call("=", (Named(name), Plain(text)))
