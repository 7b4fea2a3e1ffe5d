"""What an operation of the NGSI-LD binding is, and what several of them share (ETSI GS CIM 009 V1.9.1 clause 6)."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

import msgspec

from kaiteki.api.ngsi_ld.negotiation import GEO_JSON, JSON, LD_JSON, Shape

Resource: TypeAlias = Literal[
    "statistics",
    "snapshots",
    "snapshot",
    "entities",
    "entity",
    "attrs",
    "attr",
    "entityOperations",
    "temporalEntities",
    "temporalEntity",
    "temporalAttrs",
    "temporalAttr",
    "temporalInstance",
    "temporalOperations",
    "types",
    "type",
    "attributes",
    "attribute",
    "jsonldContexts",
    "jsonldContext",
    "subscriptions",
    "subscription",
    "sourceNotifications",
    "csourceSubscriptions",
    "csourceSubscription",
    "csourceRegistrations",
    "csourceRegistration",
    "entityMaps",
    "entityMap",
    "sourceIdentity",
    "conformance",
]


class Operation(msgspec.Struct, frozen=True):
    """One method of one resource. `body` are the accepted media types (none: no body), `shapes` the producible ones."""

    name: str
    method: str
    resource: Resource
    path: str
    clause: str
    summary: str
    parameters: tuple[str, ...] = ()
    body: tuple[str, ...] = ()
    schema: str = ""
    shapes: tuple[Shape, ...] = ()
    answers: tuple[tuple[int, str], ...] = ()
    writes: bool = False

    @property
    def is_extension(self) -> bool:
        """Whether the standard does not know it; the summary says so too."""
        return self.summary.endswith("(an extension)")


READ: Final[tuple[Shape, ...]] = (JSON, LD_JSON, GEO_JSON)
PLAIN: Final[tuple[Shape, ...]] = (JSON, LD_JSON)
RENDERING: Final = (
    "options",
    "format",
    "lang",
    "pick",
    "omit",
    "attrs",
    "datasetId",
    "local",
    "geometryProperty",
)
JOIN: Final = ("join", "joinLevel", "containedBy")
SELECTION: Final = (
    "id",
    "idPattern",
    "type",
    "q",
    "scopeQ",
    "georel",
    "geometry",
    "coordinates",
    "geoproperty",
)
ORDER: Final = ("orderBy", "orderFrom", "orderGeometry", "collation")
PAGE: Final = ("limit", "offset", "count")
VALUES: Final = ("expandValues", "jsonKeys")
SOURCES: Final = ("csf", "splitEntities", "entityMap", "entityMapLifetime")
BATCH: Final = ((207, "BatchResult"), (400, "Problem"))
DONE: Final = ((204, ""), (207, "BatchResult"), (400, "Problem"), (404, "Problem"))
