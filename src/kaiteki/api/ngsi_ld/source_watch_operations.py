"""The operations over subscriptions to registrations and what sources tell (ETSI GS CIM 009 V1.9.1 clauses 6.12 and 6.13), and their dead letters (extensions)."""

from __future__ import annotations

from typing import Final

from kaiteki.api.ngsi_ld.negotiation import JSON, LD_JSON, MERGE_JSON
from kaiteki.api.ngsi_ld.operation import PAGE, PLAIN, Operation

_ALL: Final = "/csourceSubscriptions"
_ONE: Final = f"{_ALL}/{{subscriptionId}}"
_DEAD: Final = f"{_ONE}/deadLetters"
_REFUSED: Final = ((400, "Problem"), (401, "Problem"), (404, "Problem"))
_DONE: Final = ((204, ""), *_REFUSED)

SOURCE_WATCH_OPERATIONS: Final[tuple[Operation, ...]] = (
    Operation(
        "takeSourceNotification",
        "POST",
        "sourceNotifications",
        "/sourceNotifications/{token}",
        "5.8.6",
        "What a context source tells for a subscription that was passed on to it (an extension)",
        (),
        PLAIN,
        "SourceTold",
        answers=((204, ""), (400, "Problem"), (404, "Problem")),
    ),
    Operation(
        "createCSRSubscription",
        "POST",
        "csourceSubscriptions",
        _ALL,
        "5.11.2",
        "Subscribe to registrations of context sources",
        (),
        PLAIN,
        "SourceSubscription",
        answers=((201, ""), (400, "Problem"), (409, "Problem")),
        writes=True,
    ),
    Operation(
        "queryCSRSubscription",
        "GET",
        "csourceSubscriptions",
        _ALL,
        "5.11.5",
        "List one's subscriptions to registrations",
        ("options", *PAGE),
        shapes=PLAIN,
        answers=((200, "SourceSubscriptionList"), *_REFUSED),
    ),
    Operation(
        "retrieveCSRSubscription",
        "GET",
        "csourceSubscription",
        _ONE,
        "5.11.4",
        "Retrieve a subscription to registrations",
        ("options",),
        shapes=PLAIN,
        answers=((200, "SourceSubscriptionFound"), *_REFUSED),
    ),
    Operation(
        "updateCSRSubscription",
        "PATCH",
        "csourceSubscription",
        _ONE,
        "5.11.3",
        "Update a subscription to registrations",
        (),
        (JSON, LD_JSON, MERGE_JSON),
        "SourceSubscriptionFragment",
        answers=_DONE,
        writes=True,
    ),
    Operation(
        "deleteCSRSubscription",
        "DELETE",
        "csourceSubscription",
        _ONE,
        "5.11.6",
        "Delete a subscription to registrations",
        (),
        answers=_DONE,
        writes=True,
    ),
    Operation(
        "retrieveCSRDeadLetters",
        "GET",
        "csourceSubscription",
        _DEAD,
        "5.11.7",
        "Notifications of registrations that could not be sent (an extension)",
        ("limit", "after"),
        shapes=(JSON,),
        answers=((200, "DeadLetters"), *_REFUSED),
    ),
    Operation(
        "resendCSRDeadLetters",
        "POST",
        "csourceSubscription",
        _DEAD,
        "5.11.7",
        "Send again what could not be sent (an extension)",
        (),
        shapes=(JSON,),
        answers=((200, "Resent"), *_REFUSED),
        writes=True,
    ),
    Operation(
        "forgetCSRDeadLetters",
        "DELETE",
        "csourceSubscription",
        _DEAD,
        "5.11.7",
        "Throw away for good what could not be sent (an extension)",
        (),
        shapes=(JSON,),
        answers=((200, "Forgotten"), *_REFUSED),
        writes=True,
    ),
)
"""Every operation; the handlers are named after `name`."""
