"""The operations of the NGSI v2 face, as one table: routing and the OpenAPI come out of it.

Source: FIWARE-NGSI v2 specification, API routes.
"""

from __future__ import annotations

from typing import Final

import msgspec

JSON: Final = "application/json"
TEXT: Final = "text/plain"


class Operation(msgspec.Struct, frozen=True):
    """One method of one path. `body` are the accepted media types (none: no body), `shapes` the producible ones."""

    name: str
    method: str
    path: str
    summary: str
    parameters: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    schema: str = ""
    body: tuple[str, ...] = ()
    answers: tuple[tuple[int, str], ...] = ()
    shapes: tuple[str, ...] = (JSON,)
    writes: bool = False


_SELECTION = ("id", "idPattern", "type", "typePattern", "q", "mq", "georel", "geometry", "coords")
_PAGE = ("limit", "offset", "orderBy")
_FORMS = ("keyValues", "values", "unique", "normalized", "dateCreated", "dateModified", "skipForwarding")
_UPDATES = ("keyValues", "overrideMetadata", "forcedUpdate", "flowControl", "normalized", "skipForwarding")
_ENTITY = "/entities/{entityId}"
_ATTRS = f"{_ENTITY}/attrs"
_ATTR = f"{_ATTRS}/{{attrName}}"
_DONE = ((204, ""),)
_SUBSCRIPTION = "/subscriptions/{subscriptionId}"
_REGISTRATION = "/registrations/{registrationId}"
_SUBSCRIBING = ("skipInitialNotification", "skipForwarding")
"""Words that Orion had or has; there are no initial notifications, and nothing is forwarded."""


def _write(name: str, method: str, path: str, summary: str, schema: str = "") -> Operation:
    body = (JSON,) if schema else ()
    options = _UPDATES if schema else ()
    return Operation(
        name, method, path, summary, ("type", "options"), options, schema, body, _DONE, writes=True
    )


OPERATIONS: Final[tuple[Operation, ...]] = (
    Operation("resources", "GET", "", "The resources of the API", answers=((200, "V2Resources"),)),
    Operation(
        "listEntities",
        "GET",
        "/entities",
        "List entities",
        (*_SELECTION, *_PAGE, "attrs", "metadata", "options"),
        ("count", *_FORMS),
        answers=((200, "V2List"),),
    ),
    Operation(
        "createEntity",
        "POST",
        "/entities",
        "Create an entity",
        ("options",),
        ("upsert", *_UPDATES),
        "V2Entity",
        (JSON,),
        ((201, ""), (204, "")),
        writes=True,
    ),
    Operation(
        "retrieveEntity",
        "GET",
        _ENTITY,
        "Retrieve an entity",
        ("type", "attrs", "metadata", "options"),
        _FORMS,
        answers=((200, "V2Shown"),),
    ),
    _write("removeEntity", "DELETE", _ENTITY, "Remove an entity"),
    Operation(
        "retrieveAttributes",
        "GET",
        _ATTRS,
        "Retrieve the attributes of an entity",
        ("type", "attrs", "metadata", "options"),
        _FORMS,
        answers=((200, "V2Shown"),),
    ),
    msgspec.structs.replace(
        _write("appendAttributes", "POST", _ATTRS, "Update or append attributes", "V2Attributes"),
        options=("append", *_UPDATES),
    ),
    _write("updateAttributes", "PATCH", _ATTRS, "Update attributes that are there", "V2Attributes"),
    _write("replaceAttributes", "PUT", _ATTRS, "Replace all attributes", "V2Attributes"),
    Operation(
        "getAttribute",
        "GET",
        _ATTR,
        "Get an attribute",
        ("type", "metadata"),
        answers=((200, "V2Attribute"),),
    ),
    _write("putAttribute", "PUT", _ATTR, "Update an attribute", "V2Attribute"),
    _write("removeAttribute", "DELETE", _ATTR, "Remove an attribute"),
    Operation(
        "getValue",
        "GET",
        f"{_ATTR}/value",
        "Get the value of an attribute",
        ("type",),
        answers=((200, "V2Value"),),
        shapes=(JSON, TEXT),
    ),
    msgspec.structs.replace(
        _write("putValue", "PUT", f"{_ATTR}/value", "Update the value of an attribute", "V2Value"),
        body=(JSON, TEXT),
    ),
    Operation(
        "listTypes",
        "GET",
        "/types",
        "List the entity types",
        ("limit", "offset", "options"),
        ("count", "values", "noAttrDetail"),
        answers=((200, "V2List"),),
    ),
    Operation(
        "retrieveType",
        "GET",
        "/types/{entityType}",
        "Describe an entity type",
        ("options",),
        ("noAttrDetail",),
        answers=((200, "V2Type"),),
    ),
    Operation(
        "updateBatch",
        "POST",
        "/op/update",
        "Update entities in a batch",
        ("options",),
        _UPDATES,
        "V2Update",
        (JSON,),
        _DONE,
        writes=True,
    ),
    Operation(
        "queryBatch",
        "POST",
        "/op/query",
        "Query entities by a document",
        (*_PAGE, "options"),
        ("count", *_FORMS),
        "V2Query",
        (JSON,),
        ((200, "V2List"),),
    ),
    Operation(
        "notify",
        "POST",
        "/op/notify",
        "Take a notification of another broker in",
        ("options",),
        (),
        "V2Notification",
        (JSON,),
        ((200, ""),),
        writes=True,
    ),
    Operation(
        "createSubscription",
        "POST",
        "/subscriptions",
        "Create a subscription",
        ("options",),
        _SUBSCRIBING,
        "V2Subscription",
        (JSON,),
        ((201, ""),),
        writes=True,
    ),
    Operation(
        "listSubscriptions",
        "GET",
        "/subscriptions",
        "List one's subscriptions",
        ("limit", "offset", "options"),
        ("count",),
        answers=((200, "V2List"),),
    ),
    Operation(
        "retrieveSubscription",
        "GET",
        _SUBSCRIPTION,
        "Retrieve a subscription",
        answers=((200, "V2Subscription"),),
    ),
    Operation(
        "updateSubscription",
        "PATCH",
        _SUBSCRIPTION,
        "Update a subscription",
        ("options",),
        _SUBSCRIBING,
        "V2SubscriptionPart",
        (JSON,),
        _DONE,
        writes=True,
    ),
    Operation(
        "removeSubscription", "DELETE", _SUBSCRIPTION, "Remove a subscription", answers=_DONE, writes=True
    ),
    Operation(
        "createRegistration",
        "POST",
        "/registrations",
        "Register a provider",
        schema="V2Registration",
        body=(JSON,),
        answers=((201, ""),),
        writes=True,
    ),
    Operation(
        "listRegistrations",
        "GET",
        "/registrations",
        "List the registrations",
        ("limit", "offset", "options"),
        ("count",),
        answers=((200, "V2List"),),
    ),
    Operation(
        "retrieveRegistration",
        "GET",
        _REGISTRATION,
        "Retrieve a registration",
        answers=((200, "V2RegistrationShown"),),
    ),
    Operation(
        "updateRegistration",
        "PATCH",
        _REGISTRATION,
        "Update a registration",
        schema="V2RegistrationPart",
        body=(JSON,),
        answers=_DONE,
        writes=True,
    ),
    Operation(
        "removeRegistration", "DELETE", _REGISTRATION, "Remove a registration", answers=_DONE, writes=True
    ),
)
"""Every operation; the handlers are named after `name`."""
