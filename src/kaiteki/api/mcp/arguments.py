"""What the tools are asked: one Struct each, whose annotations become the schema that an assistant reads."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

PAGE_MAX = 200
"""Entities in one answer."""

Area = Annotated[
    str, Meta(description="Name of the area as list_areas gives it; empty for the first one", max_length=64)
]
TypeName = Annotated[
    str, Meta(description="Entity type as find_types gives it, e.g. WeatherObserved", max_length=200)
]
EntityId = Annotated[
    str, Meta(description="Id of the entity, a URI like urn:ngsi-ld:Report:1", max_length=1024)
]
Moment = Annotated[
    str, Meta(description="A time in UTC like 2026-04-01T09:00:00Z; empty for no limit", max_length=40)
]


class Near(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A place and a distance around it."""

    latitude: Annotated[float, Meta(ge=-90, le=90)]
    longitude: Annotated[float, Meta(ge=-180, le=180)]
    metres: Annotated[float, Meta(description="Distance", gt=0, le=1_000_000)] = 1000


class ListAreas(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Nothing is asked."""


class FindTypes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which types."""

    area: Area = ""
    words: Annotated[
        str,
        Meta(
            description="Words in Japanese or English that the name, label or an attribute has; empty for all",
            max_length=200,
        ),
    ] = ""


class DescribeType(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which type."""

    type: TypeName
    area: Area = ""


class Selecting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which entities."""

    type: TypeName
    area: Area = ""
    q: Annotated[
        str,
        Meta(
            description='Condition in the NGSI-LD query language: temperature>30, status=="open", a;b for and, a|b for or, address.city=="x". '
            "Names are those of describe_type",
            max_length=2000,
        ),
    ] = ""
    near: Annotated[Near | None, Meta(description="Only within a distance of a place")] = None
    text: Annotated[
        str,
        Meta(description="A text that any attribute with text contains, capital or small", max_length=100),
    ] = ""


class QueryEntities(Selecting, frozen=True, forbid_unknown_fields=True):
    """Which entities, in which order, how many."""

    attributes: Annotated[
        list[str], Meta(description="Only these attributes in the answer; empty for all", max_length=50)
    ] = []
    order_by: Annotated[
        str,
        Meta(
            description="Attribute to order by, with ;desc behind it for downwards; empty: by id",
            max_length=300,
        ),
    ] = ""
    limit: Annotated[int, Meta(ge=1, le=PAGE_MAX)] = 20
    offset: Annotated[int, Meta(description="Entities to skip, for the next page", ge=0, le=1_000_000)] = 0


class GetEntity(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which entity."""

    id: EntityId
    area: Area = ""


class GetHistory(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which values of an entity."""

    id: EntityId
    attributes: Annotated[list[str], Meta(description="Attributes by name", min_length=1, max_length=10)]
    area: Area = ""
    since: Moment = ""
    until: Moment = ""
    last: Annotated[int, Meta(description="The newest so many values of each attribute", ge=1, le=1000)] = 100


class AddUp(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which values of an entity, in which periods, added up how."""

    id: EntityId
    attribute: Annotated[str, Meta(description="Name of the attribute", max_length=200)]
    area: Area = ""
    since: Moment = ""
    until: Moment = ""
    period: Annotated[
        str,
        Meta(
            description="ISO 8601 duration of one period: PT1H, P1D, P1M; PT0S for all as one", max_length=20
        ),
    ] = "P1D"
    methods: Annotated[
        list[str],
        Meta(
            description="Any of totalCount, distinctCount, sum, avg, min, max, stddev, sumsq",
            min_length=1,
            max_length=8,
        ),
    ] = msgspec.field(default_factory=lambda: ["avg", "min", "max", "totalCount"])
