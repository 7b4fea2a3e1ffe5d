"""Query strings and query documents of NGSI v2, read into what is wanted and how it is shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from kaiteki.api.ngsi_ld.desk import Desk
from kaiteki.api.ngsi_ld.discovering import seen_entities
from kaiteki.api.ngsi_v2.task import Task
from kaiteki.model.entity import Json, is_array, is_object
from kaiteki.model.ngsi_v2.names import check_name, from_iri, to_id, to_id_pattern, to_iri
from kaiteki.model.ngsi_v2.places import read_geo
from kaiteki.model.ngsi_v2.q import parse_order, parse_q
from kaiteki.model.ngsi_v2.showing import ALL, Format, Show
from kaiteki.model.pattern import found_in, read_pattern
from kaiteki.model.problem import Problem
from kaiteki.model.query import (
    PAGE_SIZE_DEFAULT,
    PAGE_SIZE_MAX,
    AllOf,
    Exists,
    Filter,
    Path,
    Query,
    Selector,
    TypeAny,
    TypeIs,
    TypeSelection,
)

ITEMS_MAX: Final = 1_000
"""Items of one list: ids, types, attributes, alternatives of a query document."""
OFFSET_MAX: Final = 1_000_000
LOCATION: Final = to_iri("location")
"""The attribute that geo queries look at."""
_FORMATS: Final[tuple[Format, ...]] = ("keyValues", "values", "unique")
_EXPRESSION: Final = ("q", "mq", "georel", "geometry", "coords")


def read_show(task: Task, document: Mapping[str, Json] | None = None) -> Show:
    """How entities are to be shown: by the parameters, or by a document with `attrs` and `metadata`."""
    options = task.options
    told = document if document is not None else task.parameters
    attrs = _names(told, "attrs")
    builtin = tuple(name for name in ("dateCreated", "dateModified") if name in options)
    if builtin:
        attrs = (*(attrs or (ALL,)), *builtin)
    return Show(_format(options), attrs, _names(told, "metadata"))


def _format(options: frozenset[str]) -> Format:
    for one in _FORMATS:
        if not options.isdisjoint((one,)):
            return one
    return "normalized"


def _names(told: Mapping[str, Json], name: str) -> tuple[str, ...] | None:
    """The names of a list in a parameter or in an array; None where there are none."""
    given = told.get(name)
    items: list[Json] = given if is_array(given) else given.split(",") if isinstance(given, str) else []
    if given is not None and not is_array(given) and not isinstance(given, str):
        raise Problem("BadRequestData", f"{name} is a list of names", name)
    if len(items) > ITEMS_MAX:
        raise Problem("BadRequestData", f"{name} has up to {ITEMS_MAX} items", name)
    return tuple(check_name(one, f"name in {name}") for one in items) or None


async def read_list(desk: Desk, task: Task) -> Query | None:
    """The query of a query string; None when nothing can match."""
    told = task.parameters
    for name, pattern in (("id", "idPattern"), ("type", "typePattern")):
        if name in told and pattern in told:
            raise Problem("BadRequestData", f"Incompatible parameters: {name}, {pattern}", pattern)
    selector = await _selector(desk, task, told)
    return None if selector is None else _query(task, told, [selector])


async def read_document(desk: Desk, task: Task, document: Json) -> Query | None:
    """The query of a document; None when nothing can match."""
    if not is_object(document) or not document:
        raise Problem("BadRequestData", "a query is a JSON object that is not empty", "body")
    entities, expression = document.get("entities", [{}]), document.get("expression", {})
    if not is_array(entities) or not entities or len(entities) > ITEMS_MAX:
        raise Problem("BadRequestData", "entities is an array that is not empty", "entities")
    if not is_object(expression) or any(not isinstance(one, str) for one in expression.values()):
        raise Problem("BadRequestData", "expression is an object of texts", "expression")
    selectors: list[Selector] = []
    for one in entities:
        if not is_object(one) or any(not isinstance(text, str) for text in one.values()):
            raise Problem("BadRequestData", "an item of entities is an object of texts", "entities")
        selector = await _selector(desk, task, one)
        if selector is not None:
            selectors.append(selector)
    if not selectors:
        return None
    wanted = _query(task, expression, selectors)
    having = _names(document, "attributes")
    if having:
        q = AllOf((*_parts(wanted.q), *(Exists(Path((to_iri(name),))) for name in having)))
        wanted = msgspec.structs.replace(wanted, q=q)
    return wanted


def _parts(q: Filter | None) -> tuple[Filter, ...]:
    return () if q is None else (q,)


async def _selector(desk: Desk, task: Task, told: Mapping[str, str]) -> Selector | None:
    """Which ids and types are meant; None when no type fits a pattern."""
    ids = tuple(to_id(check_name(one, "entity id")) for one in _items(told, "id"))
    pattern = None
    if "idPattern" in told:
        read_pattern(told["idPattern"], "idPattern")
        pattern = to_id_pattern(told["idPattern"])
        read_pattern(pattern, "idPattern")
    names = [to_iri(check_name(one, "entity type")) for one in _items(told, "type")]
    if "typePattern" in told:
        names = await _types_like(desk, task, told["typePattern"])
        if not names:
            return None
    return Selector(_any_of(names), ids, pattern if pattern not in (None, ".*") else None)


def _items(told: Mapping[str, str], name: str) -> list[str]:
    items = told[name].split(",") if name in told else []
    if len(items) > ITEMS_MAX:
        raise Problem("BadRequestData", f"{name} has up to {ITEMS_MAX} items", name)
    return items


def _any_of(names: Sequence[str]) -> TypeSelection | None:
    if not names:
        return None
    return TypeIs(names[0]) if len(names) == 1 else TypeAny(tuple(TypeIs(name) for name in names))


async def _types_like(desk: Desk, task: Task, pattern: str) -> list[str]:
    """The types of the area that the person may know of and whose v2 name fits."""
    read_pattern(pattern, "typePattern")
    known = await seen_entities(desk.plane.entities, desk.trust, task.person).summarise(task.area)
    return sorted({name for one in known for name in one.types if found_in(pattern, from_iri(name))})


def _query(task: Task, told: Mapping[str, str], selectors: Sequence[Selector]) -> Query:
    """The whole query; `told` has its filters, the parameters of the request have page and order."""
    parameters = task.parameters
    filters = (parse_q(told[name], name) for name in ("q", "mq") if name in told)
    parts = tuple(filters)
    given = [name for name in _EXPRESSION[2:] if name in told]
    if given and len(given) < 3:
        raise Problem("BadRequestData", "georel, geometry and coords go together", given[0])
    geo = read_geo(told["georel"], told["geometry"], told["coords"], LOCATION) if given else None
    order = parse_order(parameters["orderBy"], LOCATION) if "orderBy" in parameters else ()
    by_distance = any(one.distance for one in order)
    if by_distance and geo is None:
        raise Problem("BadRequestData", "geo:distance goes with a geo query", "orderBy")
    only = selectors[0] if len(selectors) == 1 else Selector()
    return Query(
        ids=only.ids,
        id_pattern=only.id_pattern,
        types=only.types,
        selectors=tuple(selectors) if len(selectors) > 1 else (),
        q=None if not parts else parts[0] if len(parts) == 1 else AllOf(parts),
        geo=geo,
        scope=task.path.scope,
        order=order,
        order_geometry=geo.geometry if geo is not None and by_distance else None,
        limit=read_limit(parameters),
        offset=read_offset(parameters),
        total="count" in task.options,
    )


def read_limit(told: Mapping[str, str]) -> int:
    """How many items a page has."""
    text = told.get("limit", str(PAGE_SIZE_DEFAULT))
    if not (text.isascii() and text.isdecimal() and len(text) < 12):
        raise Problem("BadRequestData", f"Bad pagination limit: /{text}/ [must be a decimal number]", "limit")
    if not 0 < int(text) <= PAGE_SIZE_MAX:
        why = f"max: {PAGE_SIZE_MAX}" if int(text) else "a value of ZERO is unacceptable"
        raise Problem("BadRequestData", f"Bad pagination limit: /{text}/ [{why}]", "limit")
    return int(text)


def read_offset(told: Mapping[str, str]) -> int:
    """Behind how many items a page begins."""
    text = told.get("offset", "0")
    if not (text.isascii() and text.isdecimal() and len(text) < 12 and int(text) <= OFFSET_MAX):
        raise Problem(
            "BadRequestData",
            f"Bad pagination offset: /{text}/ [must be a decimal number up to {OFFSET_MAX}]",
            "offset",
        )
    return int(text)
