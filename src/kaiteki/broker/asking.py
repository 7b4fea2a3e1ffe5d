"""Query strings and query documents, read into what is wanted and how it is shown (ETSI GS CIM 009 V1.9.1 clauses 6.3, 6.4.3.2, 5.2.23).

Everything here refuses with BadRequestData and the name of the parameter.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Final

import msgspec

from kaiteki.model.collation import ROOT, read_collation
from kaiteki.model.language.geo import parse_geo, parse_reference
from kaiteki.model.language.lang import read_languages
from kaiteki.model.language.order import parse_order
from kaiteki.model.language.projection import Projection, parse_projection
from kaiteki.model.language.q import parse_q
from kaiteki.model.language.scan import EXPRESSION_PARTS_MAX
from kaiteki.model.language.scope import parse_scopes
from kaiteki.model.language.types import parse_types
from kaiteki.model.pattern import read_pattern
from kaiteki.model.problem import Problem
from kaiteki.model.query import (
    PAGE_SIZE_DEFAULT,
    PAGE_SIZE_MAX,
    AllOf,
    AnyOf,
    Filter,
    GeoFilter,
    Order,
    Path,
    Query,
)
from kaiteki.model.representation.rendering import Format, Style
from kaiteki.model.representation.values import check_uri
from kaiteki.model.terms.context import Context
from kaiteki.model.terms.core import NGSI_LD

OFFSET_MAX: Final = 1_000_000
"""Entities that a page may lie behind the first one; further pages are reached by narrower queries."""
JOIN_LEVEL_MAX: Final = 4
IDS_MAX: Final = 1_000

SELECTION_PARAMETERS: Final = frozenset(
    {
        "id",
        "idPattern",
        "type",
        "attrs",
        "q",
        "scopeQ",
        "georel",
        "geometry",
        "coordinates",
        "geoproperty",
        "datasetId",
        "expandValues",
        "jsonKeys",
        "local",
    }
)
PAGE_PARAMETERS: Final = frozenset(
    {"limit", "offset", "count", "orderBy", "orderFrom", "orderGeometry", "collation"}
)
STYLE_PARAMETERS: Final = frozenset(
    {"options", "format", "attrs", "pick", "omit", "datasetId", "lang", "geometryProperty"}
)
DISTRIBUTION_PARAMETERS: Final = frozenset({"csf", "splitEntities", "entityMap", "entityMapLifetime"})
"""How other context sources are asked; this node has none, so they are checked and change nothing."""
JOIN_PARAMETERS: Final = frozenset({"join", "joinLevel", "containedBy"})
KNOWN_PARAMETERS: Final = (
    SELECTION_PARAMETERS | PAGE_PARAMETERS | STYLE_PARAMETERS | JOIN_PARAMETERS | DISTRIBUTION_PARAMETERS
)
"""What a query string may hold."""
_SELECTORS: Final = ("type", "id", "georel")
"""Each says by itself what is looked for. Clause 5.7.2.4 does not name the id; clients ask by it alone, and it is the narrowest of all."""
_ON_EVERY_ENTITY: Final = frozenset({"id", "type", "createdAt", "modifiedAt"})
_SYSTEM_ATTRIBUTES: Final = frozenset(NGSI_LD + name for name in ("createdAt", "modifiedAt", "deletedAt"))
_FORMATS: Final[dict[str, Format]] = {
    "normalized": "normalized",
    "concise": "concise",
    "simplified": "simplified",
    "keyValues": "simplified",
}


class Join(msgspec.Struct, frozen=True):
    """How linked entities come along: inside of relationships or behind the others, how many links deep (clause 4.5.23).

    `contained_by` are ids that stand above already and are not followed again.
    """

    mode: str
    level: int = 1
    contained_by: tuple[str, ...] = ()


def read_query(params: Mapping[str, str], context: Context) -> Query:
    """The query of a query string (clause 6.4.3.2). Parameters of style and join are let through, unknown ones refused."""
    if not params.keys() <= KNOWN_PARAMETERS:
        unknown = min(params.keys() - KNOWN_PARAMETERS)
        raise Problem("BadRequestData", f"there is no parameter {unknown} here", unknown)
    _check_distribution(params, context)
    return msgspec.structs.replace(
        read_page(params, read_selection(params, context)),
        order=(order := _order(params, context)),
        order_geometry=_order_geometry(params, order),
        collation=read_collation(params["collation"]) if "collation" in params else ROOT,
    )


def read_page(params: Mapping[str, str], wanted: Query) -> Query:
    """The query with the page of it that is asked for (clauses 6.3.10 and 6.3.13)."""
    total = read_flag(params, "count")
    return msgspec.structs.replace(
        wanted,
        limit=_limit(params, total),
        offset=read_number(params, "offset", 0, OFFSET_MAX, 0),
        total=total,
    )


def _check_distribution(params: Mapping[str, str], context: Context) -> None:
    """Refuse what no node without context sources could do, and what is malformed (clauses 4.9, 4.5.25 and 5.7.2)."""
    if "csf" in params:
        parse_q(params["csf"], context.expand, field="csf")
    read_flag(params, "splitEntities")
    read_flag(params, "entityMap")


def read_selection(params: Mapping[str, str], context: Context) -> Query:
    """Which entities are wanted, without page and order; a selection that selects nothing is refused (clause 5.7.2)."""
    expand = context.expand
    query = Query(
        ids=tuple(check_uri(one, "id") for one in read_list(params, "id", IDS_MAX)),
        id_pattern=_pattern(params) if "id" not in params else None,
        types=parse_types(params["type"], expand) if "type" in params else None,
        attrs=tuple(expand(name) for name in read_list(params, "attrs")),
        q=parse_q(params["q"], expand, read_list(params, "expandValues")) if "q" in params else None,
        geo=_geo(params, context),
        scope=parse_scopes(params["scopeQ"]) if "scopeQ" in params else None,
        dataset_ids=_dataset_ids(params),
    )
    local = read_flag(params, "local")
    if not local and not any(name in params for name in _SELECTORS) and not _names_attributes(query):
        alone = "an idPattern alone would look at every entity: " if "idPattern" in params else ""
        raise Problem(
            "BadRequestData", f"{alone}say at least one of type, id, attrs, q, georel or local=true", "type"
        )
    return query


def _names_attributes(query: Query) -> bool:
    """Whether a query speaks of an attribute that not every entity has (clause 5.7.2.4)."""
    if any(name not in _SYSTEM_ATTRIBUTES for name in query.attrs):
        return True
    return query.q is not None and any(path.names[0] not in _ON_EVERY_ENTITY for path in _paths(query.q))


def _paths(q: Filter) -> Iterator[Path]:
    if isinstance(q, AllOf | AnyOf):
        for part in q.parts:
            yield from _paths(part)
    else:
        yield q.path


def read_style(params: Mapping[str, str], context: Context, geojson: bool = False) -> Style:
    """How entities are to be shown (clauses 4.5.4, 4.21, 6.3.7, 6.3.12)."""
    options = read_options(params, (*_FORMATS, "sysAttrs"))
    formats: list[Format] = [_FORMATS[one] for one in options if one in _FORMATS]
    if "format" in params:
        chosen = _FORMATS.get(params["format"])
        if chosen is None:
            raise Problem("BadRequestData", f"format is one of {', '.join(_FORMATS)}", "format")
        formats = [chosen]
    if len(set(formats)) > 1:
        raise Problem("BadRequestData", "options names more than one representation", "options")
    chosen_format: Format = formats[0] if formats else "normalized"
    if "attrs" in params and ("pick" in params or "omit" in params):
        raise Problem("BadRequestData", "attrs does not go with pick and omit", "attrs")
    if "geometryProperty" in params and not geojson:
        raise Problem("BadRequestData", "geometryProperty goes with application/geo+json", "geometryProperty")
    return Style(
        format=chosen_format,
        sys_attrs="sysAttrs" in options,
        pick=_projection(params, "pick", context),
        omit=_projection(params, "omit", context),
        attrs=tuple(context.expand(name) for name in read_list(params, "attrs")),
        dataset_ids=_dataset_ids(params),
        lang=read_languages(params["lang"]) if "lang" in params else (),
        geojson=geojson,
        geometry=context.expand(params.get("geometryProperty", "location")) if geojson else None,
    )


def read_join(params: Mapping[str, str]) -> Join | None:
    """How linked entities come along, None when they do not."""
    mode = params.get("join", "@none")
    if mode not in ("flat", "inline", "@none"):
        raise Problem("BadRequestData", "join is flat, inline or @none", "join")
    level = read_number(params, "joinLevel", 1, JOIN_LEVEL_MAX, 1)
    if mode == "@none":
        return None
    above = tuple(check_uri(one, "containedBy") for one in read_list(params, "containedBy", IDS_MAX))
    return Join(mode, level, above)


def check_links(style: Style, join: Join | None) -> None:
    """Refuse a projection that goes into more linked entities than come along (clauses 5.7.1 and 5.7.2)."""
    level = join.level if join is not None else 0
    for name, projection in (("pick", style.pick), ("omit", style.omit)):
        if projection is not None and projection.depth > level:
            raise Problem("BadRequestData", f"{name} goes {projection.depth} links deep, join {level}", name)


def read_options(params: Mapping[str, str], allowed: Collection[str]) -> frozenset[str]:
    """The words of `options`. Refuses those that are not allowed here."""
    words = read_list(params, "options")
    for word in words:
        if word not in allowed:
            raise Problem("BadRequestData", f"options knows {', '.join(allowed)}, not {word}", "options")
    return frozenset(words)


def read_flag(params: Mapping[str, str], name: str) -> bool:
    """A parameter that is true or false, false when it is left out."""
    text = params.get(name, "false")
    if text not in ("true", "false"):
        raise Problem("BadRequestData", f"{name} is true or false", name)
    return text == "true"


def read_list(params: Mapping[str, str], name: str, length_max: int = EXPRESSION_PARTS_MAX) -> list[str]:
    """A comma-separated parameter, empty when it is left out. Refuses empty items."""
    if name not in params:
        return []
    items = [one.strip() for one in params[name].split(",")]
    if not all(items):
        raise Problem("BadRequestData", f"{name} has an empty item", name)
    if len(items) > length_max:
        raise Problem("TooComplexQuery", f"{name} has more than {length_max} items", name)
    return items


def read_number(params: Mapping[str, str], name: str, least: int, most: int, default: int) -> int:
    """A parameter that is a whole number between two limits, or the default."""
    text = params.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) < 12 and least <= int(text) <= most):
        raise Problem("BadRequestData", f"{name} is a number from {least} to {most}", name)
    return int(text)


def _limit(params: Mapping[str, str], total: bool) -> int:
    text = params.get("limit", "")
    if text.isascii() and text.isdecimal() and len(text) < 12 and int(text) > PAGE_SIZE_MAX:
        raise Problem("TooManyResults", f"a page has up to {PAGE_SIZE_MAX} entities", "limit")
    return read_number(params, "limit", 0 if total else 1, PAGE_SIZE_MAX, PAGE_SIZE_DEFAULT)


def _pattern(params: Mapping[str, str]) -> str | None:
    if "idPattern" in params:
        read_pattern(params["idPattern"], "idPattern")
    return params.get("idPattern")


def _geo(params: Mapping[str, str], context: Context) -> GeoFilter | None:
    needed = ("georel", "geometry", "coordinates")
    given = [name for name in needed if name in params]
    if not given:
        return None
    missing = next((name for name in needed if name not in params), None)
    if missing is not None:
        raise Problem("BadRequestData", f"{given[0]} goes with {missing}", missing)
    return parse_geo(
        params["georel"],
        params["geometry"],
        params["coordinates"],
        context.expand,
        params.get("geoproperty", "location"),
    )


def _order(params: Mapping[str, str], context: Context) -> tuple[Order, ...]:
    return parse_order(params["orderBy"], context.expand) if "orderBy" in params else ()


def _order_geometry(params: Mapping[str, str], order: tuple[Order, ...]) -> dict[str, object] | None:
    by_distance = any(one.distance for one in order)
    if by_distance != ("orderFrom" in params):
        raise Problem("BadRequestData", "orderFrom goes with a key of orderBy by distance", "orderFrom")
    if not by_distance:
        return None
    kind = params.get("orderGeometry", "Point")
    return parse_reference(kind, params["orderFrom"], ("orderGeometry", "orderFrom"))


def _projection(params: Mapping[str, str], name: str, context: Context) -> Projection | None:
    return parse_projection(params[name], context.expand, name) if name in params else None


def _dataset_ids(params: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(
        one if one == "@none" else check_uri(one, "datasetId") for one in read_list(params, "datasetId")
    )
