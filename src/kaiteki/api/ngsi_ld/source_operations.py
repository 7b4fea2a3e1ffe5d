"""The operations over registrations of context sources and over entity maps (ETSI GS CIM 009 V1.9.1 clauses 6.8, 6.9, 6.32 to 6.36)."""

from __future__ import annotations

from typing import Final

from kaiteki.api.ngsi_ld.negotiation import JSON, LD_JSON, MERGE_JSON
from kaiteki.api.ngsi_ld.operation import (
    ORDER,
    PAGE,
    PLAIN,
    RENDERING,
    SELECTION,
    SOURCES,
    VALUES,
    Operation,
)

_ONE: Final = "/csourceRegistrations/{registrationId}"
_MAP: Final = "/entityMaps/{entityMapId}"
_REFUSED: Final = ((400, "Problem"), (401, "Problem"), (404, "Problem"))
_DONE: Final = ((204, ""), *_REFUSED)
SEEKING: Final = (
    "id",
    "idPattern",
    "type",
    "attrs",
    "q",
    "csf",
    "scopeQ",
    "georel",
    "geometry",
    "coordinates",
    "geoproperty",
    "timerel",
    "timeAt",
    "endTimeAt",
    "timeproperty",
)
"""What a registration may be sought by."""

SOURCE_OPERATIONS: Final[tuple[Operation, ...]] = (
    Operation(
        "createEntityMap",
        "GET",
        "entityMaps",
        "/entityMaps",
        "5.14.4",
        "Keep what a query finds, and who told of it, as an entity map",
        (*SELECTION, *RENDERING, *ORDER, *PAGE, *VALUES, *SOURCES),
        shapes=(JSON,),
        answers=((201, "EntityMap"), *_REFUSED),
    ),
    Operation(
        "retrieveEntityMap",
        "GET",
        "entityMap",
        _MAP,
        "5.14.1",
        "Retrieve an entity map",
        (),
        shapes=(JSON,),
        answers=((200, "EntityMap"), *_REFUSED),
    ),
    Operation(
        "updateEntityMap",
        "PATCH",
        "entityMap",
        _MAP,
        "5.14.2",
        "Let an entity map stand until another time",
        (),
        (JSON, LD_JSON, MERGE_JSON),
        "EntityMapFragment",
        answers=_DONE,
    ),
    Operation(
        "deleteEntityMap",
        "DELETE",
        "entityMap",
        _MAP,
        "5.14.3",
        "Forget an entity map",
        (),
        answers=_DONE,
    ),
    Operation(
        "retrieveSourceIdentity",
        "GET",
        "sourceIdentity",
        "/info/sourceIdentity",
        "5.15.1",
        "Who this node is to others",
        (),
        shapes=(JSON,),
        answers=((200, "SourceIdentity"), *_REFUSED),
    ),
    Operation(
        "createCSR",
        "POST",
        "csourceRegistrations",
        "/csourceRegistrations",
        "5.9.2",
        "Register a context source",
        (),
        PLAIN,
        "Registration",
        answers=((201, ""), (400, "Problem"), (409, "Problem")),
        writes=True,
    ),
    Operation(
        "queryCSR",
        "GET",
        "csourceRegistrations",
        "/csourceRegistrations",
        "5.10.2",
        "Find registrations of context sources; without a condition all of them",
        (*SEEKING, "options", *PAGE),
        shapes=PLAIN,
        answers=((200, "RegistrationList"), *_REFUSED),
    ),
    Operation(
        "retrieveCSR",
        "GET",
        "csourceRegistration",
        _ONE,
        "5.10.1",
        "Retrieve a registration",
        ("options",),
        shapes=PLAIN,
        answers=((200, "RegistrationFound"), *_REFUSED),
    ),
    Operation(
        "updateCSR",
        "PATCH",
        "csourceRegistration",
        _ONE,
        "5.9.3",
        "Update a registration",
        (),
        (JSON, LD_JSON, MERGE_JSON),
        "RegistrationFragment",
        answers=_DONE,
        writes=True,
    ),
    Operation(
        "deleteCSR",
        "DELETE",
        "csourceRegistration",
        _ONE,
        "5.9.4",
        "Forget a registration",
        (),
        answers=_DONE,
        writes=True,
    ),
)
"""Every operation; the handlers are named after `name`."""
