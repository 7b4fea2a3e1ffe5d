"""What a subscription to registrations is told of each of them (ETSI GS CIM 009 V1.9.1 clauses 5.11.2, 5.11.7 and 5.12)."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple, TypeAlias

import msgspec

from kaiteki.model.entity import Json
from kaiteki.model.instant import Instant
from kaiteki.model.query import Query
from kaiteki.model.sources.document import registration_document
from kaiteki.model.sources.matching import matches_csf, matches_place, matches_scope, overlaps, parts_for
from kaiteki.model.sources.registration import Registration, SourceStanding
from kaiteki.model.terms.context import Context
from kaiteki.model.watch.subscription import Subscription

Reason: TypeAlias = Literal["newlyMatching", "updated", "noLongerMatching"]
NEWLY: Final = "newlyMatching"


class Stretched(NamedTuple):
    """A stretch of time that sources of the past are sought by: of their observations, or of what they keep."""

    start: Instant | None
    end: Instant | None
    observed: bool


class Tidings(msgspec.Struct, frozen=True, tag="registrations"):
    """Registrations that a subscription is told of together, for one reason (clause 5.3.3)."""

    reason: Reason
    registrations: tuple[Registration, ...]


def matching_part(one: Registration, watch: Subscription, time: Stretched | None) -> Registration | None:
    """A registration with only what of it a subscription is about; None when it does not match (clause 5.11.2.4)."""
    if time is None:
        # without a temporal query sources of the present are meant alone (clause 5.11.1)
        if one.is_temporal:
            return None
    elif not overlaps(one.observed if time.observed else one.managed, time.start, time.end):
        return None
    attrs = tuple(dict.fromkeys((*watch.watched, *watch.telling.attributes)))
    wanted = Query(selectors=watch.selectors, attrs=attrs, scope=watch.scope)
    parts = parts_for(one, wanted)
    if not parts or not matches_scope(one, wanted, strict=True):
        return None
    if watch.geo is not None and not matches_place(one, watch.geo, strict=True):
        return None
    for condition in (watch.csf_filter, watch.q):
        if condition is not None and not matches_csf(one, condition):
            return None
    return msgspec.structs.replace(one, information=parts)


def changes(told: dict[str, Json], matching: dict[str, Registration]) -> list[Tidings]:
    """What is to be told to somebody who was told of some registrations, when others match now: up to one piece for each reason."""
    plain = {key: plain_form(one) for key, one in matching.items()}
    new = [one for key, one in matching.items() if key not in told]
    updated = [one for key, one in matching.items() if key in told and told[key] != plain[key]]
    gone = [msgspec.convert(one, Registration) for key, one in told.items() if key not in matching]
    found = [
        Tidings(NEWLY, tuple(new)),
        Tidings("updated", tuple(updated)),
        Tidings("noLongerMatching", tuple(gone)),
    ]
    return [one for one in found if one.registrations]


def plain_form(one: Registration) -> Json:
    """A registration as it is remembered that somebody was told of it."""
    return msgspec.json.decode(msgspec.json.encode(one))


def source_notification(
    head: tuple[str, str, str], told: Tidings, watch: Subscription, context: Context
) -> dict[str, Json]:
    """A CsourceNotification (clause 5.3.2): `head` is its id, the id of the subscription and when it is sent."""
    notification_id, subscription_id, at = head
    sys_attrs = watch.telling.sys_attrs
    document: dict[str, Json] = {
        "id": notification_id,
        "type": "ContextSourceNotification",
        "subscriptionId": subscription_id,
        "notifiedAt": at,
        "triggerReason": told.reason,
        "data": [
            registration_document(one, SourceStanding(), context, sys_attrs) for one in told.registrations
        ],
    }
    if watch.telling.endpoint.accept != "application/json":
        document["@context"] = context.document
    return document
