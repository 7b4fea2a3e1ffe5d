"""The operations over registrations of context sources (ETSI GS CIM 009 V1.9.1 clauses 6.8 and 6.9)."""

from __future__ import annotations

from typing import Final

from kaiteki.api.ngsi_ld.negotiation import JSON, LD_JSON, MERGE_JSON
from kaiteki.api.ngsi_ld.operation import PAGE, PLAIN, Operation

_ONE: Final = "/csourceRegistrations/{registrationId}"
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
