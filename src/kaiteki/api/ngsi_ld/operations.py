"""The operations of the NGSI-LD binding, as one table: routing, refusals of unknown options and the OpenAPI come out of it.

Source: ETSI GS CIM 009 V1.9.1 clause 6 (resources, methods, parameters).
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

import msgspec

from kaiteki.api.ngsi_ld.negotiation import GEO_JSON, JSON, LD_JSON, MERGE_JSON, Shape

Resource: TypeAlias = Literal[
    "entities",
    "entity",
    "attrs",
    "attr",
    "entityOperations",
    "types",
    "type",
    "attributes",
    "attribute",
    "jsonldContexts",
    "jsonldContext",
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


_READ = (JSON, LD_JSON, GEO_JSON)
_PLAIN = (JSON, LD_JSON)
_RENDERING = ("options", "format", "lang", "pick", "omit", "attrs", "datasetId", "local", "geometryProperty")
_JOIN = ("join", "joinLevel", "containedBy")
_SELECTION = ("id", "idPattern", "type", "q", "scopeQ", "georel", "geometry", "coordinates", "geoproperty")
_ORDER = ("orderBy", "orderFrom", "orderGeometry", "collation")
_PAGE = ("limit", "offset", "count")
_VALUES = ("expandValues", "jsonKeys")
_SOURCES = ("csf", "splitEntities", "entityMap", "entityMapLifetime")
_BATCH = ((207, "BatchResult"), (400, "Problem"))
_DONE = ((204, ""), (400, "Problem"), (404, "Problem"))

OPERATIONS: Final[tuple[Operation, ...]] = (
    Operation(
        "queryEntities",
        "GET",
        "entities",
        "/entities",
        "5.7.2",
        "Query entities",
        (*_SELECTION, *_RENDERING, *_JOIN, *_ORDER, *_PAGE, *_VALUES, *_SOURCES),
        shapes=_READ,
        answers=((200, "EntityList"), (203, "EntityList"), (400, "Problem")),
    ),
    Operation(
        "createEntity",
        "POST",
        "entities",
        "/entities",
        "5.6.1",
        "Create an entity",
        ("local",),
        _PLAIN,
        "Entity",
        answers=((201, ""), (400, "Problem"), (409, "Problem")),
        writes=True,
    ),
    Operation(
        "purgeEntities",
        "DELETE",
        "entities",
        "/entities",
        "5.6.21",
        "Delete entities by query",
        (*_SELECTION, "attrs", "keep", "drop", "expandValues", "local"),
        answers=((204, ""), (207, "BatchResult"), (400, "Problem")),
        writes=True,
    ),
    Operation(
        "retrieveEntity",
        "GET",
        "entity",
        "/entities/{entityId}",
        "5.7.1",
        "Retrieve an entity",
        ("type", *_RENDERING, *_JOIN, "jsonKeys"),
        shapes=_READ,
        answers=((200, "Entity"), (203, "Entity"), (304, ""), (400, "Problem"), (404, "Problem")),
    ),
    Operation(
        "replaceEntity",
        "PUT",
        "entity",
        "/entities/{entityId}",
        "5.6.18",
        "Replace an entity",
        ("type", "local"),
        _PLAIN,
        "Entity",
        answers=_DONE,
        writes=True,
    ),
    Operation(
        "mergeEntity",
        "PATCH",
        "entity",
        "/entities/{entityId}",
        "5.6.17",
        "Merge into an entity",
        ("type", "options", "format", "lang", "observedAt", "local"),
        (JSON, LD_JSON, MERGE_JSON),
        "EntityFragment",
        answers=_DONE,
        writes=True,
    ),
    Operation(
        "deleteEntity",
        "DELETE",
        "entity",
        "/entities/{entityId}",
        "5.6.6",
        "Delete an entity",
        ("type", "local"),
        answers=_DONE,
        writes=True,
    ),
    Operation(
        "appendAttrs",
        "POST",
        "attrs",
        "/entities/{entityId}/attrs",
        "5.6.3",
        "Append attributes",
        ("type", "options", "local"),
        _PLAIN,
        "EntityFragment",
        answers=((204, ""), (207, "UpdateResult"), (400, "Problem"), (404, "Problem")),
        writes=True,
    ),
    Operation(
        "updateAttrs",
        "PATCH",
        "attrs",
        "/entities/{entityId}/attrs",
        "5.6.2",
        "Update attributes",
        ("type", "options", "local"),
        (JSON, LD_JSON, MERGE_JSON),
        "EntityFragment",
        answers=((204, ""), (207, "UpdateResult"), (400, "Problem"), (404, "Problem")),
        writes=True,
    ),
    Operation(
        "updateAttr",
        "PATCH",
        "attr",
        "/entities/{entityId}/attrs/{attrId}",
        "5.6.4",
        "Update an attribute in part",
        ("type", "local"),
        (JSON, LD_JSON, MERGE_JSON),
        "Attribute",
        answers=_DONE,
        writes=True,
    ),
    Operation(
        "replaceAttr",
        "PUT",
        "attr",
        "/entities/{entityId}/attrs/{attrId}",
        "5.6.19",
        "Replace an attribute",
        ("type", "local"),
        _PLAIN,
        "Attribute",
        answers=_DONE,
        writes=True,
    ),
    Operation(
        "deleteAttr",
        "DELETE",
        "attr",
        "/entities/{entityId}/attrs/{attrId}",
        "5.6.5",
        "Delete an attribute",
        ("type", "datasetId", "deleteAll", "local"),
        answers=_DONE,
        writes=True,
    ),
    Operation(
        "createBatch",
        "POST",
        "entityOperations",
        "/entityOperations/create",
        "5.6.7",
        "Create entities",
        ("local",),
        _PLAIN,
        "EntityList",
        answers=((201, "IdList"), *_BATCH),
        writes=True,
    ),
    Operation(
        "upsertBatch",
        "POST",
        "entityOperations",
        "/entityOperations/upsert",
        "5.6.8",
        "Create or update entities",
        ("options", "local"),
        _PLAIN,
        "EntityList",
        answers=((201, "IdList"), (204, ""), *_BATCH),
        writes=True,
    ),
    Operation(
        "updateBatch",
        "POST",
        "entityOperations",
        "/entityOperations/update",
        "5.6.9",
        "Update entities",
        ("options", "local"),
        _PLAIN,
        "EntityList",
        answers=((204, ""), *_BATCH),
        writes=True,
    ),
    Operation(
        "deleteBatch",
        "POST",
        "entityOperations",
        "/entityOperations/delete",
        "5.6.10",
        "Delete entities",
        ("local",),
        _PLAIN,
        "IdList",
        answers=((204, ""), *_BATCH),
        writes=True,
    ),
    Operation(
        "mergeBatch",
        "POST",
        "entityOperations",
        "/entityOperations/merge",
        "5.6.20",
        "Merge into entities",
        ("options", "format", "lang", "observedAt", "local"),
        _PLAIN,
        "EntityList",
        answers=((204, ""), *_BATCH),
        writes=True,
    ),
    Operation(
        "queryBatch",
        "POST",
        "entityOperations",
        "/entityOperations/query",
        "5.7.2",
        "Query entities by a document",
        ("options", "format", *_PAGE, "local"),
        _PLAIN,
        "Query",
        shapes=_READ,
        answers=((200, "EntityList"), (203, "EntityList"), (400, "Problem")),
    ),
    Operation(
        "retrieveTypes",
        "GET",
        "types",
        "/types",
        "5.7.5",
        "List the entity types",
        ("details", "local"),
        shapes=_PLAIN,
        answers=((200, "TypeList"), (400, "Problem")),
    ),
    Operation(
        "retrieveType",
        "GET",
        "type",
        "/types/{type}",
        "5.7.7",
        "Describe an entity type",
        ("local",),
        shapes=_PLAIN,
        answers=((200, "TypeInformation"), (400, "Problem"), (404, "Problem")),
    ),
    Operation(
        "retrieveAttributes",
        "GET",
        "attributes",
        "/attributes",
        "5.7.8",
        "List the attributes",
        ("details", "local"),
        shapes=_PLAIN,
        answers=((200, "AttributeList"), (400, "Problem")),
    ),
    Operation(
        "retrieveAttribute",
        "GET",
        "attribute",
        "/attributes/{attrId}",
        "5.7.10",
        "Describe an attribute",
        ("local",),
        shapes=_PLAIN,
        answers=((200, "AttributeInformation"), (400, "Problem"), (404, "Problem")),
    ),
    Operation(
        "addContext",
        "POST",
        "jsonldContexts",
        "/jsonldContexts",
        "5.13.2",
        "Keep a @context",
        (),
        _PLAIN,
        "ContextDocument",
        answers=((201, ""), (400, "Problem")),
        writes=True,
    ),
    Operation(
        "listContexts",
        "GET",
        "jsonldContexts",
        "/jsonldContexts",
        "5.13.3",
        "List the kept @contexts",
        ("details", "kind"),
        shapes=_PLAIN,
        answers=((200, "ContextList"), (400, "Problem")),
    ),
    Operation(
        "serveContext",
        "GET",
        "jsonldContext",
        "/jsonldContexts/{contextId}",
        "5.13.4",
        "Serve a @context",
        ("details",),
        shapes=_PLAIN,
        answers=((200, "Context"), (400, "Problem"), (404, "Problem")),
    ),
    Operation(
        "deleteContext",
        "DELETE",
        "jsonldContext",
        "/jsonldContexts/{contextId}",
        "5.13.5",
        "Forget a @context",
        ("reload",),
        answers=_DONE,
        writes=True,
    ),
)
"""Every operation; the handlers of `binding` are named after `name`."""
