"""Subscriptions written as documents, with what the node knows of them (ETSI GS CIM 009 V1.9.1 clauses 5.2.12 to 5.2.15)."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from kaiteki.model.entity import Json
from kaiteki.model.instant import Instant, format_instant
from kaiteki.model.query import Selector, TypeAll, TypeIs, TypeSelection
from kaiteki.model.terms.context import Context
from kaiteki.model.watch.subscription import Endpoint, Pairs, Subscription, Telling


class Pictured(msgspec.Struct, frozen=True, omit_defaults=True):
    """Which registrations a subscription to sources has been told that match (clause 5.11.7), by id, and when.

    `wording` is when the subscription got the wording that they match.
    """

    wording: Instant
    at: Instant
    registrations: dict[str, Json] = {}


class Standing(msgspec.Struct, frozen=True, omit_defaults=True):
    """How the sending of a subscription went so far (the members of clause 5.2.14 that only the node writes)."""

    times_sent: int = 0
    times_failed: int = 0
    last_notification: Instant | None = None
    last_success: Instant | None = None
    last_failure: Instant | None = None
    fails: int = 0
    """Failures since the last success."""
    last_code: int = 0
    """The answer to the last notification that was taken."""
    last_reason: str = ""
    """Why the last one that was not taken was not."""
    pictured: Pictured | None = None

    @property
    def status(self) -> str:
        """`ok` or `failed`, as the last attempt went; empty before the first one."""
        if self.last_notification is None:
            return ""
        return "failed" if (self.last_failure or 0) > (self.last_success or -1) else "ok"


def subscription_document(
    one: Subscription, standing: Standing, context: Context, now: Instant, sys_attrs: bool = False
) -> dict[str, Json]:
    """The document of a subscription, its names compacted."""
    document: dict[str, Json] = {"id": one.id, "type": "Subscription"}
    document |= {
        name: value
        for name, value in (
            ("subscriptionName", one.name),
            ("description", one.description),
            ("entities", [_selector(selector, context) for selector in one.selectors]),
            ("watchedAttributes", [context.compact(name) for name in one.watched]),
            ("notificationTrigger", list(one.triggers)),
            ("timeInterval", _plain(one.time_interval_s)),
            ("q", one.q_text),
            ("expandValues", list(one.expand_values)),
            ("geoQ", one.geo_document),
            ("scopeQ", one.scope_text),
            ("csf", one.csf),
            ("temporalQ", one.temporal),
            ("throttling", _plain(one.throttling_s)),
            ("expiresAt", one.expires_at and format_instant(one.expires_at)),
            ("lang", one.lang),
            ("datasetId", list(one.dataset_ids)),
            ("jsonKeys", list(one.json_keys)),
            ("jsonldContext", one.jsonld_context),
        )
        if value
    }
    for name, flag in (("localOnly", one.local_only), ("splitEntities", one.split_entities)):
        if flag is not None:
            document[name] = flag
    document["isActive"] = one.is_active
    document["notification"] = {**_telling(one.telling, context), **_standing(standing)}
    document["status"] = one.status(now)
    if sys_attrs:
        document["createdAt"] = format_instant(one.created_at)
        document["modifiedAt"] = format_instant(one.modified_at)
    return document


def _plain(number: float | None) -> Json:
    """A number as it was written: whole ones without a fraction."""
    return int(number) if number is not None and number.is_integer() else number


def _selector(one: Selector, context: Context) -> Json:
    document: dict[str, Json] = {"type": types_text(one.types, context)}
    if one.ids:
        document["id"] = one.ids[0] if len(one.ids) == 1 else list(one.ids)
    if one.id_pattern is not None:
        document["idPattern"] = one.id_pattern
    return document


def types_text(types: TypeSelection | None, context: Context) -> str:
    """A type selection as text (clause 4.17)."""
    if types is None:
        return "*"
    if isinstance(types, TypeIs):
        return context.compact(types.type)
    parts = [
        types_text(part, context) if isinstance(part, TypeIs) else f"({types_text(part, context)})"
        for part in types.parts
    ]
    return (";" if isinstance(types, TypeAll) else ",").join(parts)


def _telling(one: Telling, context: Context) -> dict[str, Json]:
    document: dict[str, Json] = {
        name: value
        for name, value in (
            ("attributes", [context.compact(name) for name in one.attributes]),
            ("format", one.said_format),
            ("pick", list(one.pick_words)),
            ("omit", list(one.omit_words)),
            ("sysAttrs", one.sys_attrs),
            ("showChanges", one.show_changes),
            ("join", one.join),
        )
        if value
    }
    if one.join_level > 1:
        document["joinLevel"] = one.join_level
    document["endpoint"] = dict(_endpoint(one.endpoint))
    return document


def _endpoint(one: Endpoint) -> Iterator[tuple[str, Json]]:
    yield "uri", one.uri
    yield "accept", one.accept
    for name, number in (("timeout", one.timeout_ms), ("cooldown", one.cooldown_ms)):
        if number is not None:
            yield name, _plain(number)
    for name, pairs in (("receiverInfo", one.receiver_info), ("notifierInfo", one.notifier_info)):
        if pairs:
            yield name, _pairs(pairs)


def _pairs(pairs: Pairs) -> Json:
    return [{"key": key, "value": value} for key, value in pairs]


def _standing(one: Standing) -> dict[str, Json]:
    if one.last_notification is None:
        return {}
    told: dict[str, Json] = {
        "status": one.status,
        "timesSent": one.times_sent,
        "timesFailed": one.times_failed,
    }
    for name, moment in (
        ("lastNotification", one.last_notification),
        ("lastSuccess", one.last_success),
        ("lastFailure", one.last_failure),
    ):
        if moment is not None:
            told[name] = format_instant(moment)
    if one.last_reason and one.status == "failed":
        told["lastFailureReason"] = one.last_reason
    return told
