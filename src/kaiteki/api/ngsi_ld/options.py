"""The query parameters of the NGSI-LD binding, as one table (ETSI GS CIM 009 V1.9.1 clause 6)."""

from __future__ import annotations

from typing import Final, Literal

import msgspec


class Parameter(msgspec.Struct, frozen=True):
    """A query parameter: its kind for the OpenAPI and what it does. `example` is valid."""

    name: str
    kind: Literal["string", "integer", "boolean"]
    summary: str
    example: str | int | bool
    values: tuple[str, ...] = ()


def _text(name: str, summary: str, example: str, values: tuple[str, ...] = ()) -> Parameter:
    return Parameter(name, "string", summary, example, values)


PARAMETERS: Final[dict[str, Parameter]] = {
    one.name: one
    for one in (
        _text("id", "Ids, separated by commas", "urn:ngsi-ld:Building:1"),
        _text("idPattern", "Regular expression over ids", "^urn:ngsi-ld:Building:.*"),
        _text("type", "Type selection: names with , | ; and brackets", "Building"),
        _text("attrs", "Entities that have one of these attributes, and only these of them", "name,location"),
        _text("pick", "Only these members of each entity", "id,type,name"),
        _text("omit", "Without these members", "description"),
        _text("q", "Filter over values", 'temperature>20;status=="open"'),
        _text("scopeQ", "Filter over scopes", "/chiba/#"),
        _text("georel", "Geographic relation", "near;maxDistance==1000"),
        _text(
            "geometry",
            "Kind of the reference geometry",
            "Point",
            ("Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"),
        ),
        _text("coordinates", "Coordinates of the reference geometry, as JSON", "[140.1233,35.6073]"),
        _text("geoproperty", "Attribute that the relation looks at (location)", "location"),
        _text("geometryProperty", "Attribute that becomes the geometry in GeoJSON (location)", "location"),
        _text("lang", "Languages wanted, as Accept-Language", "ja"),
        _text("datasetId", "Instances wanted: dataset ids, @none for the default", "@none"),
        _text(
            "options",
            "keyValues (simplified), concise, normalized, sysAttrs, …, by commas; erase where entities are deleted",
            "keyValues",
        ),
        _text("format", "Representation", "simplified", ("normalized", "concise", "simplified", "keyValues")),
        _text("join", "Linked entities too", "inline", ("flat", "inline", "@none")),
        Parameter("joinLevel", "integer", "How many links deep", 1),
        _text("containedBy", "Ids already above in the chain of links", "urn:ngsi-ld:Building:1"),
        _text("orderBy", "Sort keys: attribute paths, !name downwards, by commas", "name"),
        _text("orderFrom", "Coordinates that distances are measured from", "[140.1233,35.6073]"),
        _text("orderGeometry", "Kind of the geometry of orderFrom", "Point"),
        _text("collation", "Order of texts", "root"),
        _text("expandValues", "Attributes whose values in q are terms", "category"),
        _text("jsonKeys", "Attributes read as JsonProperty", "payload"),
        _text("csf", "Filter over registrations of context sources", 'registrationName=="weather"'),
        Parameter("splitEntities", "boolean", "Whether entities may be spread over context sources", False),
        Parameter("entityMap", "boolean", "Keep what was found as an entity map, for stable pages", True),
        _text("entityMapLifetime", "How long an entity map is wanted", "PT1H"),
        Parameter("limit", "integer", "Entities on a page, at most 1000", 20),
        Parameter("offset", "integer", "Entities to skip", 0),
        Parameter("count", "boolean", "Tell the whole number in NGSILD-Results-Count", True),
        Parameter("local", "boolean", "Only what this node itself keeps", True),
        _text("timerel", "Which time is wanted", "before", ("before", "after", "between")),
        _text("timeAt", "The moment of timerel", "2026-04-01T09:00:00Z"),
        _text("endTimeAt", "The end of timerel=between", "2026-04-02T09:00:00Z"),
        _text(
            "timeproperty",
            "Which time of the values counts (observedAt)",
            "observedAt",
            ("observedAt", "createdAt", "modifiedAt", "deletedAt"),
        ),
        Parameter("lastN", "integer", "Only the last so many values of each attribute, newest first", 10),
        _text("aggrMethods", "What values are added up to, by commas", "avg,max"),
        _text("aggrPeriodDuration", "Length of the periods that are added up, PT0S for one", "PT1H"),
        Parameter("details", "boolean", "With details", True),
        Parameter("deleteAll", "boolean", "All instances of the attribute", True),
        _text("observedAt", "Time of the values that bring none", "2026-04-01T09:00:00Z"),
        _text("keep", "Attributes to keep; the others are removed", "name"),
        _text("drop", "Attributes to remove; the entities stay", "description"),
        Parameter("reload", "boolean", "Fetch the document again instead of forgetting it", True),
        Parameter("lastEventId", "integer", "Go on behind the event of this number (also a header)", 0),
        Parameter("after", "integer", "Dead letters of events behind this number", 0),
        _text("kind", "Kind of contexts", "Hosted", ("Cached", "Hosted", "ImplicitlyCreated")),
    )
}

_OF_TIME: Final[dict[str, Parameter]] = {
    one.name: one
    for one in (
        _text(
            "options",
            "temporalValues, aggregatedValues, concise, normalized, sysAttrs, by commas",
            "sysAttrs",
        ),
        _text(
            "format",
            "Representation",
            "temporalValues",
            ("normalized", "concise", "temporalValues", "aggregatedValues"),
        ),
        _text(
            "attrs", "Entities of which one of these attributes has a past, and only these of them", "name"
        ),
    )
}
"""What means something else where entities are shown through time."""


def parameter(name: str, through_time: bool) -> Parameter:
    """A parameter as an operation has it."""
    return _OF_TIME.get(name, PARAMETERS[name]) if through_time else PARAMETERS[name]
