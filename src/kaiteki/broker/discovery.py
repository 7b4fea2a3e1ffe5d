"""Which types and attributes an area has (ETSI GS CIM 009 V1.9.1 clauses 5.7.5 to 5.7.10)."""

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
        "typeList": [context.compact(one.type) for one in summaries],
    }


async def describe_types(plane: Plane, area: str, context: Context) -> list[dict[str, Json]]:
    """An EntityType for each type of an area (clause 5.7.6)."""
    return [
        {
            "id": one.type,
            "type": "EntityType",
            "typeName": context.compact(one.type),
            "attributeNames": [context.compact(name) for name in sorted(one.attributes)],
        }
        for one in await plane.entities.summarise(area)
    ]


async def describe_type(plane: Plane, area: str, name: str, context: Context) -> dict[str, Json]:
    """The EntityTypeInfo of one type (clause 5.7.7). Raises ResourceNotFound."""
    iri = context.expand(name)
    for one in await plane.entities.summarise(area):
        if one.type == iri:
            return {
                "id": iri,
                "type": "EntityTypeInfo",
                "typeName": context.compact(iri),
                "entityCount": one.count,
                "attributeDetails": [
                    {
                        "id": attribute,
                        "type": "Attribute",
                        "attributeName": context.compact(attribute),
                        "attributeTypes": sorted(one.attributes[attribute]),
                    }
                    for attribute in sorted(one.attributes)
                ],
            }
    raise Problem("ResourceNotFound", f"no entity has the type {name}", "type")


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
        "attributeTypes": sorted({kind for one in summaries for kind in one.attributes[iri]}),
    }


def _attribute(name: str, summaries: Sequence[TypeSummary], context: Context) -> dict[str, Json]:
    return {
        "id": name,
        "type": "Attribute",
        "attributeName": context.compact(name),
        "typeNames": [context.compact(one.type) for one in summaries if name in one.attributes],
    }


def _attribute_names(summaries: Sequence[TypeSummary]) -> list[str]:
    return sorted({name for one in summaries for name in one.attributes})
