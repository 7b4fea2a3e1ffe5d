"""What areas, types and entities there are, for assistants."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Final, cast
from urllib.parse import quote

from kaiteki.api.mcp.arguments import (
    DescribeType,
    FindTypes,
    GetEntity,
    ListAreas,
    QueryEntities,
    Selecting,
)
from kaiteki.api.mcp.doors import KnownType, Visitor
from kaiteki.broker.asking import read_query
from kaiteki.model.entity import Json
from kaiteki.model.problem import Problem
from kaiteki.model.terms.compiling import core_context
from kaiteki.model.words import Words

TYPES_MAX: Final = 200
TEXT_ATTRIBUTES_MAX: Final = 15
"""Attributes that are looked through for a text."""
_SPECIAL: Final = frozenset("\\.^$*+?()[]{}|")

Document = dict[str, Json]


def told(words: Words) -> Document:
    """Words in the three languages."""
    return {"ja": words.ja, "ja-easy": words.say("ja-easy"), "en": words.en}


async def list_areas(visitor: Visitor, asked: ListAreas) -> Document:
    """The areas of the node."""
    return {
        "areas": [
            {
                "name": area.name,
                "words": told(area.words),
                "summary": told(area.summary),
                "centre": {"latitude": area.centre[1], "longitude": area.centre[0]},
                "bbox": list(area.bbox),
                "isSample": area.sample,
            }
            for area in visitor.city.areas.values()
        ]
    }


async def find_types(visitor: Visitor, asked: FindTypes) -> Document:
    """The types of an area that fit some words."""
    rows = await _types(visitor, visitor.area(asked.area))
    wanted = [word.lower() for word in asked.words.split()]
    found = [
        _type(row, _known(visitor, str(row["typeName"])))
        for row in rows
        if all(word in _haystack(row, _known(visitor, str(row["typeName"]))) for word in wanted)
    ]
    answer: Document = {"types": found[:TYPES_MAX], "of": len(rows)}
    if not found:
        answer["hint"] = (
            "No type that you may read has these words. Ask again without words to see all types of the area."
        )
    return answer


async def _types(visitor: Visitor, area: str) -> list[Document]:
    rows, _ = await visitor.get(area, "/types", {"details": "true"})
    return cast("list[Document]", rows)


def _known(visitor: Visitor, name: str) -> KnownType | None:
    return next((one for one in visitor.city.types if one.name == name), None)


def _haystack(row: Document, known: KnownType | None) -> str:
    texts = [str(row["typeName"]), *cast("list[str]", row["attributeNames"])]
    if known is not None:
        for words in (known.words, known.service, *known.labels.values()):
            texts += [words.ja, words.say("ja-easy"), words.en]
    return "\n".join(texts).lower()


def _type(row: Document, known: KnownType | None) -> Document:
    shown: Document = {"type": row["typeName"], "attributes": row["attributeNames"]}
    if known is not None:
        shown |= {"words": told(known.words), "service": told(known.service)}
    return shown


async def describe_type(visitor: Visitor, asked: DescribeType) -> Document:
    """One type: its words, how many entities have it, its attributes with their words and kinds."""
    area = visitor.area(asked.area)
    found = await _info(visitor, area, asked.type)
    known = _known(visitor, str(found["typeName"]))
    attributes: list[Json] = []
    for one in cast("list[Document]", found["attributeDetails"]):
        name = str(one["attributeName"])
        shown: Document = {"name": name, "kinds": one["attributeTypes"]}
        if known is not None and name in known.labels:
            shown["words"] = told(known.labels[name])
        attributes.append(shown)
    head: Document = {"type": found["typeName"], "iri": found["id"], "entities": found["entityCount"]}
    words: Document = (
        {"words": told(known.words), "service": told(known.service)} if known is not None else {}
    )
    return {**head, **words, "attributes": attributes}


async def _info(visitor: Visitor, area: str, name: str) -> Document:
    """What the API says of a type. A refusal says which types have similar names."""
    try:
        info, _ = await visitor.get(area, f"/types/{quote(name, safe='')}", {})
    except Problem as problem:
        if problem.code != "ResourceNotFound":
            raise
        names = [str(row["typeName"]) for row in await _types(visitor, area)]
        near = get_close_matches(name, names, 5, 0.4)
        more = f" Similar: {', '.join(near)}." if near else " find_types lists those that there are."
        raise Problem(
            "ResourceNotFound", f"No entity that you may read has the type {name!r} in {area}.{more}", "type"
        ) from None
    return cast(Document, info)


async def parameters_of(visitor: Visitor, asked: Selecting) -> dict[str, str]:
    """The parameters of the API for a selection."""
    found = {"type": asked.type}
    conditions = [f"({asked.q})"] if asked.q else []
    if asked.text:
        info = await _info(visitor, visitor.area(asked.area), asked.type)
        conditions.append(_containing(asked.text, info))
    if conditions:
        found["q"] = ";".join(conditions)
    if asked.near is not None:
        near = asked.near
        found |= {
            "georel": f"near;maxDistance=={near.metres:g}",
            "geometry": "Point",
            "coordinates": f"[{near.longitude!r},{near.latitude!r}]",
        }
    return found


def _containing(text: str, info: Mapping[str, Json]) -> str:
    """A condition that some attribute with a text contains a text."""
    names = [
        str(one["attributeName"])
        for one in cast("list[Document]", info["attributeDetails"])
        if "Property" in cast("list[str]", one["attributeTypes"])
    ]
    if not names:
        raise Problem("BadRequestData", "this type has no attribute with a text that you may read", "text")
    pattern = "".join(f"\\{char}" if char in _SPECIAL else char for char in text)
    # a semicolon would end the pattern, a quotation mark begin another text: any one character stands for them
    pattern = pattern.replace(";", ".").replace('"', ".")
    return "(" + "|".join(f'{name}~="(?i){pattern}"' for name in names[:TEXT_ATTRIBUTES_MAX]) + ")"


async def query_entities(visitor: Visitor, asked: QueryEntities) -> Document:
    """One page of the entities of a type that match, and how many there are."""
    area, parameters = visitor.area(asked.area), await parameters_of(visitor, asked)
    parameters |= {"limit": str(asked.limit), "offset": str(asked.offset), "count": "true"}
    if asked.order_by:
        parameters["orderBy"] = asked.order_by
    if asked.attributes:
        parameters["pick"] = ",".join(("id", "type", *asked.attributes))
    rows, headers = await visitor.get(area, "/entities", {**parameters, "options": "keyValues"})
    total = int(headers.get("ngsild-results-count", "0"))
    found = cast("list[Json]", rows)
    answer: Document = {"area": area, "total": total, "entities": found}
    if asked.offset + len(found) < total:
        answer["next"] = {"offset": asked.offset + len(found)}
    if not total:
        answer["hint"] = (
            "Nothing matches that you may see. explain_query says which condition leaves nothing."
        )
    return answer


async def count_entities(visitor: Visitor, asked: Selecting) -> Document:
    """How many entities match."""
    area = visitor.area(asked.area)
    return {"area": area, "count": await _count(visitor, area, await parameters_of(visitor, asked))}


async def _count(visitor: Visitor, area: str, parameters: Mapping[str, str]) -> int:
    _, headers = await visitor.get(area, "/entities", {**parameters, "limit": "0", "count": "true"})
    return int(headers.get("ngsild-results-count", "0"))


async def get_entity(visitor: Visitor, asked: GetEntity) -> Document:
    """One entity with its times."""
    area = visitor.area(asked.area)
    found, _ = await visitor.get(
        area, f"/entities/{quote(asked.id, safe=':')}", {"options": "sysAttrs,concise"}
    )
    return {"area": area, "entity": found}


async def explain_query(visitor: Visitor, asked: Selecting) -> Document:
    """How a selection is understood: what it means, what each condition leaves, what of the type may be read, which index serves."""
    area = visitor.area(asked.area)
    info = await _info(visitor, area, asked.type)
    readable = [str(one["attributeName"]) for one in cast("list[Document]", info["attributeDetails"])]
    parameters = await parameters_of(visitor, asked)
    counts: Document = {"type alone": await _count(visitor, area, {"type": asked.type})}
    alone = {
        "with q": Selecting(asked.type, asked.area, q=asked.q),
        "with near": Selecting(asked.type, asked.area, near=asked.near),
        "with text": Selecting(asked.type, asked.area, text=asked.text),
    }
    plain = Selecting(asked.type, asked.area)
    for name, only in alone.items():
        if only != plain:
            counts[name] = await _count(visitor, area, await parameters_of(visitor, only))
    counts["with everything"] = await _count(visitor, area, parameters)
    person, desk = await visitor.person(area), visitor.city.desk
    wanted = desk.trust.narrow(person, area, read_query(parameters, core_context()))
    steps = [] if wanted is None else list(await desk.plane.entities.explain(area, wanted))
    answer: Document = {
        "area": area,
        "request": {"path": "/ngsi-ld/v1/entities", "parameters": parameters},
        "matches": counts,
        "readableAttributes": readable,
        "whoAsks": "someone who is signed in" if person.signed_in else "anyone: public data only",
        "plan": steps,
        "isIndexed": not any("SCAN" in step for step in steps),
    }
    if wanted is None:
        answer["hidden"] = (
            "A condition asks for an attribute that you may not read in this type, so nothing may match: "
            "results must not tell what it holds."
        )
    elif not person.signed_in:
        answer["note"] = (
            "Attributes and entities that are not public do not exist in counts, conditions and answers."
        )
    return answer
