"""Which types and attributes an area has (ETSI GS CIM 009 V1.9.1 clauses 5.7.5 to 5.7.10).

An entity of several types counts for each of them; of an attribute it is one entity all the same.
"""

from __future__ import annotations

from collections.abc import Sequence

from kaiteki.broker.plane import Plane
from kaiteki.model.entity import Json
from kaiteki.model.problem import Problem
from kaiteki.model.terms.context import Context
from kaiteki.ports.entities import TypeSummary


async def list_types(plane: Plane, area: str, context: Context) -> dict[str, Json]:
    """The EntityTypeList of an area (clause 5.7.5)."""
    summaries = await plane.entities.summarise(area)
    return {
        "id": f"urn:ngsi-ld:EntityTypeList:{plane.clock.seed()}",
        "type": "EntityTypeList",
        "typeList": [context.compact(name) for name in _type_names(summaries)],
    }


async def describe_types(plane: Plane, area: str, context: Context) -> list[dict[str, Json]]:
    """An EntityType for each type of an area (clause 5.7.6)."""
    summaries = await plane.entities.summarise(area)
    return [
        {
            "id": name,
            "type": "EntityType",
            "typeName": context.compact(name),
            "attributeNames": [context.compact(one) for one in _attribute_names(_of_type(summaries, name))],
        }
        for name in _type_names(summaries)
    ]


async def describe_type(plane: Plane, area: str, name: str, context: Context) -> dict[str, Json]:
    """The EntityTypeInfo of one type (clause 5.7.7). Raises ResourceNotFound."""
    iri = context.expand(name)
    summaries = _of_type(await plane.entities.summarise(area), iri)
    if not summaries:
        raise Problem("ResourceNotFound", f"no entity has the type {name}", "type")
    return {
        "id": iri,
        "type": "EntityTypeInfo",
        "typeName": context.compact(iri),
        "entityCount": sum(one.count for one in summaries),
        "attributeDetails": [
            {
                "id": attribute,
                "type": "Attribute",
                "attributeName": context.compact(attribute),
                "attributeTypes": _kinds(attribute, summaries),
            }
            for attribute in _attribute_names(summaries)
        ],
    }


async def list_attributes(plane: Plane, area: str, context: Context) -> dict[str, Json]:
    """The AttributeList of an area (clause 5.7.8)."""
    names = _attribute_names(await plane.entities.summarise(area))
    return {
        "id": f"urn:ngsi-ld:AttributeList:{plane.clock.seed()}",
        "type": "AttributeList",
        "attributeList": [context.compact(name) for name in names],
    }


async def describe_attributes(plane: Plane, area: str, context: Context) -> list[dict[str, Json]]:
    """An Attribute with its types for each attribute of an area (clause 5.7.9)."""
    summaries = await plane.entities.summarise(area)
    return [_attribute(name, summaries, context) for name in _attribute_names(summaries)]


async def describe_attribute(plane: Plane, area: str, name: str, context: Context) -> dict[str, Json]:
    """The Attribute of one name, with how often it occurs and as what (clause 5.7.10). Raises ResourceNotFound."""
    iri = context.expand(name)
    summaries = [one for one in await plane.entities.summarise(area) if iri in one.attributes]
    if not summaries:
        raise Problem("ResourceNotFound", f"no entity has the attribute {name}", "attrId")
    return _attribute(iri, summaries, context) | {
        "attributeCount": sum(sum(one.attributes[iri].values()) for one in summaries),
        "attributeTypes": _kinds(iri, summaries),
    }


def _attribute(name: str, summaries: Sequence[TypeSummary], context: Context) -> dict[str, Json]:
    having = [one for one in summaries if name in one.attributes]
    return {
        "id": name,
        "type": "Attribute",
        "attributeName": context.compact(name),
        "typeNames": [context.compact(one) for one in _type_names(having)],
    }


def _type_names(summaries: Sequence[TypeSummary]) -> list[str]:
    return sorted({name for one in summaries for name in one.types})


def _of_type(summaries: Sequence[TypeSummary], name: str) -> list[TypeSummary]:
    return [one for one in summaries if name in one.types]


def _attribute_names(summaries: Sequence[TypeSummary]) -> list[str]:
    return sorted({name for one in summaries for name in one.attributes})


def _kinds(name: str, summaries: Sequence[TypeSummary]) -> list[str]:
    return sorted({kind for one in summaries for kind in one.attributes.get(name, {})})
