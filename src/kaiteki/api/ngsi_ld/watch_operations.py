"""The operations over subscriptions (ETSI GS CIM 009 V1.9.1 clauses 6.10 and 6.11), their streams and dead letters (extensions)."""

from __future__ import annotations

from typing import Final

from kaiteki.api.ngsi_ld.negotiation import JSON, LD_JSON, MERGE_JSON
from kaiteki.api.ngsi_ld.operation import PAGE, PLAIN, Operation

_ONE: Final = "/subscriptions/{subscriptionId}"
_REFUSED: Final = ((400, "Problem"), (401, "Problem"), (404, "Problem"))
_DONE: Final = ((204, ""), *_REFUSED)

WATCH_OPERATIONS: Final[tuple[Operation, ...]] = (
    Operation(
        "createSubscription",
        "POST",
        "subscriptions",
        "/subscriptions",
        "5.8.1",
        "Create a subscription",
        (),
        PLAIN,
        "Subscription",
        answers=((201, ""), (400, "Problem"), (409, "Problem")),
        writes=True,
    ),
    Operation(
        "querySubscription",
        "GET",
        "subscriptions",
        "/subscriptions",
        "5.8.4",
        "List one's subscriptions",
        ("options", *PAGE),
        shapes=PLAIN,
        answers=((200, "SubscriptionList"), *_REFUSED),
    ),
    Operation(
        "retrieveSubscription",
        "GET",
        "subscription",
        _ONE,
        "5.8.3",
        "Retrieve a subscription",
        ("options",),
        shapes=PLAIN,
        answers=((200, "SubscriptionFound"), *_REFUSED),
    ),
    Operation(
        "updateSubscription",
        "PATCH",
        "subscription",
        _ONE,
        "5.8.2",
        "Update a subscription",
        (),
        (JSON, LD_JSON, MERGE_JSON),
        "SubscriptionFragment",
        answers=_DONE,
        writes=True,
    ),
    Operation(
        "deleteSubscription",
        "DELETE",
        "subscription",
        _ONE,
        "5.8.5",
        "Delete a subscription",
        (),
        answers=_DONE,
        writes=True,
    ),
    Operation(
        "streamNotifications",
        "GET",
        "subscription",
        f"{_ONE}/stream",
        "5.8.6",
        "Notifications as server-sent events or by WebSocket, resumed by Last-Event-ID (an extension)",
        ("lastEventId",),
        answers=((200, "Stream"), (429, "Problem"), *_REFUSED),
    ),
    Operation(
        "retrieveDeadLetters",
        "GET",
        "subscription",
        f"{_ONE}/deadLetters",
        "5.8.6",
        "Notifications that could not be sent (an extension)",
        ("limit", "after"),
        shapes=(JSON,),
        answers=((200, "DeadLetters"), *_REFUSED),
    ),
    Operation(
        "resendDeadLetters",
        "POST",
        "subscription",
        f"{_ONE}/deadLetters",
        "5.8.6",
        "Send again what could not be sent (an extension)",
        (),
        shapes=(JSON,),
        answers=((200, "Resent"), *_REFUSED),
        writes=True,
    ),
    Operation(
        "forgetDeadLetters",
        "DELETE",
        "subscription",
        f"{_ONE}/deadLetters",
        "5.8.6",
        "Throw away for good what could not be sent (an extension)",
        (),
        shapes=(JSON,),
        answers=((200, "Forgotten"), *_REFUSED),
        writes=True,
    ),
)
"""Every operation; the handlers are named after `name`."""
