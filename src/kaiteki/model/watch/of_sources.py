"""Documents of subscriptions to registrations of context sources (ETSI GS CIM 009 V1.9.1 clauses 5.2.12, 5.2.21 and 5.11)."""

from __future__ import annotations

from typing import Final

import msgspec

from kaiteki.model.entity import Json, is_object
from kaiteki.model.instant import Instant
from kaiteki.model.problem import Problem
from kaiteki.model.representation.patch import NULL
from kaiteki.model.terms.context import Context
from kaiteki.model.watch.parsing import parse_subscription, patch_subscription
from kaiteki.model.watch.subscription import Subscription

MEMBER: Final = "temporalQ"
TIMES: Final = ("timerel", "timeAt", "endTimeAt", "timeproperty")
"""The members of a temporal query that say which time is meant (clause 5.2.21)."""


def parse_source_subscription(
    document: Json, context: Context, subscription_id: str, now: Instant
) -> Subscription:
    """The subscription of a whole document. Raises BadRequestData."""
    told, rest = _apart(document)
    one = parse_subscription(rest, context, subscription_id, now)
    return _checked(msgspec.structs.replace(one, of_sources=True, temporal=_times(told)))


def patch_source_subscription(
    before: Subscription, document: Json, context: Context, now: Instant
) -> Subscription:
    """A subscription with the members of a fragment put in the place of its own, or removed by null (clause 5.5.8)."""
    told, rest = _apart(document)
    one = patch_subscription(before, rest, context, now)
    if is_object(document) and MEMBER in document:
        one = msgspec.structs.replace(one, temporal=_times(told))
    return _checked(one)


def _apart(document: Json) -> tuple[Json, Json]:
    """The temporal query of a document, and what else it says."""
    if not is_object(document) or MEMBER not in document:
        return None, document
    return document[MEMBER], {name: told for name, told in document.items() if name != MEMBER}


def _times(told: Json) -> dict[str, str] | None:
    if told is None or told == NULL:
        return None
    if not is_object(told):
        raise Problem("BadRequestData", f"{MEMBER} is an object", MEMBER)
    times: dict[str, str] = {}
    for name, text in told.items():
        if name not in TIMES or not isinstance(text, str):
            raise Problem(
                "BadRequestData", f"{MEMBER} has {', '.join(TIMES)}, texts", f"{MEMBER}.{name[:64]}"
            )
        times[name] = text
    if "timerel" not in times:
        raise Problem("BadRequestData", f"{MEMBER} has a timerel", f"{MEMBER}.timerel")
    return times


def _checked(one: Subscription) -> Subscription:
    """The subscription, if nothing of it can be said of entities alone."""
    telling = one.telling
    for member, told in (
        ("notificationTrigger", one.triggers),
        ("notification.showChanges", telling.show_changes),
        ("notification.join", telling.join),
        ("notification.pick", telling.pick),
        ("notification.omit", telling.omit),
    ):
        if told:
            raise Problem("BadRequestData", f"registrations have no {member}", member)
    if one.is_streamed:
        raise Problem("BadRequestData", "registrations are told to an endpoint", "notification.endpoint.uri")
    if telling.endpoint.accept == "application/geo+json":
        raise Problem("BadRequestData", "registrations have no GeoJSON form", "notification.endpoint.accept")
    return one
