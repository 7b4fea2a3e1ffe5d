"""Subscription documents read into subscriptions; every refusal names the member (ETSI GS CIM 009 V1.9.1 clauses 5.2.12 to 5.2.15)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from kaiteki.model.entity import Json, is_array, is_object
from kaiteki.model.instant import Instant
from kaiteki.model.language.geo import parse_geo
from kaiteki.model.language.projection import parse_projection
from kaiteki.model.language.q import parse_q
from kaiteki.model.language.scope import parse_scopes
from kaiteki.model.language.types import parse_types
from kaiteki.model.pattern import read_pattern
from kaiteki.model.problem import Problem
from kaiteki.model.query import AllOf, AnyOf, Filter, Selector
from kaiteki.model.representation.patch import NULL
from kaiteki.model.representation.rendering import Format
from kaiteki.model.representation.values import check_uri
from kaiteki.model.terms.context import Context
from kaiteki.model.watch.members import (
    NAMES_MAX,
    Member,
    read_datasets,
    read_flag,
    read_lang,
    read_moment,
    read_names,
    read_number,
    read_object,
    read_plain_names,
    read_seconds,
    read_text,
    read_texts,
    read_uri,
    read_words,
)
from kaiteki.model.watch.mqtt import check_mqtt, parse_mqtt
from kaiteki.model.watch.subscription import (
    TRIGGERS,
    Endpoint,
    Pairs,
    Subscription,
    Telling,
    check_subscription,
)

SELECTORS_MAX: Final = 100
PAIRS_MAX: Final = 50
TIMEOUT_MAX_MS: Final = 60_000.0
COOLDOWN_MAX_MS: Final = 86_400_000.0
JOIN_LEVEL_MAX: Final = 4
ACCEPTED: Final = ("application/json", "application/ld+json", "application/geo+json")
FORMATS: Final[dict[str, Format]] = {
    "normalized": "normalized",
    "concise": "concise",
    "simplified": "simplified",
    "keyValues": "simplified",
}
SHARED: Final = frozenset({"description", "isActive", "expiresAt", "throttling"})
"""Members of a subscription of NGSI v2 that both faces change."""
SCHEMES: Final = ("http:", "https:", "mqtt:", "mqtts:", "urn:kaiteki:stream")
"""How endpoints begin that this node can serve."""
OWN_HEADERS: Final = frozenset(
    {
        "host",
        "content-length",
        "content-type",
        "content-encoding",
        "transfer-encoding",
        "connection",
        "upgrade",
        "te",
        "trailer",
        "expect",
    }
)
"""Headers of a notification that are the node's alone."""
_HEADER: Final = re.compile(r"[\w!#$&+.^`|~-]{1,100}", re.ASCII)
_TOLD: Final = frozenset({"status", "createdAt", "modifiedAt", "ngsiV2", "contextSources"})
"""What the node says of a subscription; documents that were read from it may be sent back."""
_TOLD_OF_SENDING: Final = frozenset(
    {
        "status",
        "timesSent",
        "timesFailed",
        "lastNotification",
        "lastFailure",
        "lastFailureReason",
        "lastSuccess",
    }
)


def parse_subscription(document: Json, context: Context, subscription_id: str, now: Instant) -> Subscription:
    """The subscription of a whole document; `subscription_id` is taken where it brings none. Raises BadRequestData."""
    if not is_object(document):
        raise Problem("BadRequestData", "a subscription is a JSON object", "body")
    if document.get("type", document.get("@type")) != "Subscription":
        raise Problem("BadRequestData", "the type of a subscription is Subscription", "type")
    fields = _fields(document, MEMBERS, "", context)
    if "telling" not in fields:
        raise Problem("BadRequestData", "a subscription says in notification where to", "notification")
    members: dict[str, Any] = {"id": subscription_id, **_with_meanings(fields, context)}
    made = Subscription(**members, context=context.source, created_at=now, modified_at=now)
    return check_subscription(made, now)


def patch_subscription(before: Subscription, document: Json, context: Context, now: Instant) -> Subscription:
    """A subscription with the members of a fragment put in the place of its own, or removed by null (clauses 5.8.2, 5.5.8)."""
    if not is_object(document):
        raise Problem("BadRequestData", "a fragment of a subscription is a JSON object", "body")
    if document.get("type", "Subscription") != "Subscription":
        raise Problem("BadRequestData", "the type of a subscription is Subscription", "type")
    if before.v2 is not None:
        _check_shared(document)
    gone = {name for name, value in document.items() if value is None or value == NULL}
    told = {name: value for name, value in document.items() if name not in gone}
    read = _fields(told, MEMBERS, "", context)
    fields = _with_meanings({"expand_values": before.expand_values, **read}, context)
    if fields.pop("id", before.id) != before.id:
        raise Problem("BadRequestData", "a subscription keeps its id", "id")
    for name in gone - {"@context"}:
        if name in ("id", "type", "notification") or name not in MEMBERS:
            raise Problem("BadRequestData", f"{name} cannot be removed from a subscription", name)
        fields |= _blank(MEMBERS[name].field)
    after = msgspec.structs.replace(before, **fields, modified_at=now)
    checked = after if "expires_at" in fields else msgspec.structs.replace(after, expires_at=None)
    check_subscription(checked, now)
    return after


def _check_shared(document: Mapping[str, Json]) -> None:
    """Refuse to change what NGSI v2 said of a subscription in words that NGSI-LD does not have."""
    for name in document.keys() - SHARED - _TOLD - {"id", "type", "@context"}:
        raise Problem(
            "OperationNotSupported", f"NGSI v2 made this subscription; its {name} is changed there", name
        )


def _blank(field: str) -> dict[str, Any]:
    """The fields of a member that is removed, as they are without it."""
    defaults = {one.name: one.default for one in msgspec.structs.fields(Subscription) if not one.required}
    return {name: defaults[name] for name in (field, *_MEANINGS.get(field, ()))}


_MEANINGS: Final = {
    "q_text": ("q",),
    "scope_text": ("scope",),
    "geo_document": ("geo",),
    "csf": ("csf_filter",),
}
"""Fields that follow from another one."""


def _with_meanings(fields: dict[str, Any], context: Context) -> dict[str, Any]:
    """The fields with what their texts mean beside them."""
    if "q_text" in fields:
        q = parse_q(fields["q_text"], context.expand, fields.get("expand_values", ()))
        if _follows_links(q):
            raise Problem(
                "OperationNotSupported", "the q of a subscription does not follow relationships", "q"
            )
        fields["q"] = q
    if "scope_text" in fields:
        fields["scope"] = parse_scopes(fields["scope_text"])
    if "geo_document" in fields:
        geo = fields["geo_document"]
        fields["geo"] = parse_geo(
            geo["georel"],
            geo["geometry"],
            geo["coordinates"],
            context.expand,
            geo.get("geoproperty", "location"),
        )
    if fields.get("csf"):
        fields["csf_filter"] = parse_q(fields["csf"], context.expand, field="csf")
    return fields


def _follows_links(q: Filter) -> bool:
    if isinstance(q, AllOf | AnyOf):
        return any(_follows_links(part) for part in q.parts)
    return q.path.linked is not None


def _fields(
    document: Mapping[str, Json], members: Mapping[str, Member], within: str, context: Context
) -> dict[str, Any]:
    """The fields of the members of an object. Members that only the node writes are passed over, unknown ones refused."""
    told = _TOLD_OF_SENDING if within == "notification." else _TOLD
    fields: dict[str, Any] = {}
    for name, value in document.items():
        if name in ("type", "@type", "@context") or name in told:
            continue
        member = members.get(name)
        if member is None:
            what = "a subscription" if not within else within.removesuffix(".")
            raise Problem("BadRequestData", f"{what} has no member {name}", within + name)
        fields[member.field] = member.read(value, within + name, context)
    return fields


def _triggers(value: Json, field: str, context: Context) -> tuple[str, ...]:
    for trigger in read_texts(value, field):
        if trigger not in TRIGGERS:
            raise Problem("BadRequestData", f"{field} knows {', '.join(TRIGGERS)}, not {trigger[:64]}", field)
    return tuple(dict.fromkeys(value))


def _geo(value: Json, field: str, context: Context) -> dict[str, Json]:
    geo = read_object(value, field)
    for name in geo:
        if name not in ("georel", "geometry", "coordinates", "geoproperty"):
            raise Problem("BadRequestData", f"{field} has no member {name}", f"{field}.{name}")
    for name in ("georel", "geometry", "coordinates"):
        if name not in geo:
            raise Problem(
                "BadRequestData", f"{field} has georel, geometry and coordinates", f"{field}.{name}"
            )
    for name in geo.keys() - {"coordinates"}:
        read_text(geo[name], f"{field}.{name}", context)
    return geo


def _selectors(value: Json, field: str, context: Context) -> tuple[Selector, ...]:
    items: list[Json] = value if is_array(value) else []
    if not items or len(items) > SELECTORS_MAX:
        raise Problem("BadRequestData", f"{field} is an array of 1 to {SELECTORS_MAX} selectors", field)
    return tuple(_selector(one, f"{field}[{index}]", context) for index, one in enumerate(items))


def _selector(value: Json, field: str, context: Context) -> Selector:
    """An EntitySelector (clause 5.2.33): a type always, and at most an id (or several) or a pattern; the id counts."""
    one = read_object(value, field)
    for name in one:
        if name not in ("id", "idPattern", "type"):
            raise Problem("BadRequestData", f"{field} has no member {name}", f"{field}.{name}")
    if "type" not in one:
        raise Problem("BadRequestData", f"{field} says a type (* for any)", f"{field}.type")
    types = parse_types(read_text(one["type"], f"{field}.type", context), context.expand, f"{field}.type")
    if "id" in one:
        ids = one["id"] if is_array(one["id"]) else [one["id"]]
        return Selector(types, tuple(check_uri(uri, f"{field}.id") for uri in ids[:NAMES_MAX]))
    pattern = one.get("idPattern")
    if pattern is not None:
        read_pattern(read_text(pattern, f"{field}.idPattern", context), f"{field}.idPattern")
    return Selector(types, id_pattern=pattern)


def _telling(value: Json, field: str, context: Context) -> Telling:
    told = read_object(value, field)
    fields = _fields(told, TELLING, f"{field}.", context)
    if "endpoint" not in fields:
        raise Problem("BadRequestData", "a notification has an endpoint", f"{field}.endpoint")
    for name in ("pick", "omit"):
        if f"{name}_words" in fields:
            text = ",".join(fields[f"{name}_words"])
            fields[name] = parse_projection(text, context.expand, f"{field}.{name}")
    if "said_format" in fields:
        fields["format"] = FORMATS[fields["said_format"]]
    return Telling(**fields)


def _format(value: Json, field: str, context: Context) -> str:
    if not isinstance(value, str) or value not in FORMATS:
        raise Problem("BadRequestData", f"{field} is one of {', '.join(FORMATS)}", field)
    return value


def _join(value: Json, field: str, context: Context) -> str:
    if value not in ("flat", "inline", "@none"):
        raise Problem("BadRequestData", f"{field} is flat, inline or @none", field)
    return str(value)


def _level(value: Json, field: str, context: Context) -> int:
    return int(read_number(value, field, 1, JOIN_LEVEL_MAX, "links"))


def _endpoint(value: Json, field: str, context: Context) -> Endpoint:
    fields = _fields(read_object(value, field), ENDPOINT, f"{field}.", context)
    if "uri" not in fields:
        raise Problem("BadRequestData", "an endpoint has a uri", f"{field}.uri")
    check_mqtt(fields.get("notifier_info", ()), f"{field}.notifierInfo")
    return Endpoint(**fields)


def _address(value: Json, field: str, context: Context) -> str:
    uri = check_uri(value, field)
    if not uri.lower().startswith(SCHEMES):
        raise Problem("BadRequestData", f"{field} begins with one of {', '.join(SCHEMES)}", field)
    if uri.lower().startswith("mqtt"):
        parse_mqtt(uri, field)
    return uri


def _accept(value: Json, field: str, context: Context) -> str:
    if value not in ACCEPTED:
        raise Problem("BadRequestData", f"{field} is one of {', '.join(ACCEPTED)}", field)
    return str(value)


def _timeout(value: Json, field: str, context: Context) -> float:
    return read_number(value, field, 1, TIMEOUT_MAX_MS, "milliseconds")


def _cooldown(value: Json, field: str, context: Context) -> float:
    return read_number(value, field, 1, COOLDOWN_MAX_MS, "milliseconds")


def _pairs(value: Json, field: str, context: Context) -> Pairs:
    items: list[Json] = value if is_array(value) else []
    if not items or len(items) > PAIRS_MAX:
        raise Problem(
            "BadRequestData", f"{field} is an array of 1 to {PAIRS_MAX} pairs of key and value", field
        )
    pairs: list[tuple[str, str]] = []
    for index, item in enumerate(items):
        pair = read_object(item, f"{field}[{index}]")
        if pair.keys() != {"key", "value"}:
            raise Problem("BadRequestData", f"{field}[{index}] has a key and a value", f"{field}[{index}]")
        key, text = (read_words(pair[name], f"{field}[{index}].{name}", context) for name in ("key", "value"))
        if (
            not _HEADER.fullmatch(key)
            or key.lower() in OWN_HEADERS
            or not all(" " <= sign <= "~" for sign in text)
        ):
            raise Problem(
                "BadRequestData",
                f"{field}[{index}] is no header that a subscription may set",
                f"{field}[{index}]",
            )
        pairs.append((key, text))
    return tuple(pairs)


ENDPOINT: Final[Mapping[str, Member]] = {
    "uri": Member("uri", _address),
    "accept": Member("accept", _accept),
    "timeout": Member("timeout_ms", _timeout),
    "cooldown": Member("cooldown_ms", _cooldown),
    "receiverInfo": Member("receiver_info", _pairs),
    "notifierInfo": Member("notifier_info", _pairs),
}
TELLING: Final[Mapping[str, Member]] = {
    "attributes": Member("attributes", read_names),
    "format": Member("said_format", _format),
    "endpoint": Member("endpoint", _endpoint),
    "pick": Member("pick_words", read_plain_names),
    "omit": Member("omit_words", read_plain_names),
    "sysAttrs": Member("sys_attrs", read_flag),
    "showChanges": Member("show_changes", read_flag),
    "join": Member("join", _join),
    "joinLevel": Member("join_level", _level),
}
MEMBERS: Final[Mapping[str, Member]] = {
    "id": Member("id", read_uri),
    "subscriptionName": Member("name", read_words),
    "description": Member("description", read_words),
    "entities": Member("selectors", _selectors),
    "watchedAttributes": Member("watched", read_names),
    "notificationTrigger": Member("triggers", _triggers),
    "timeInterval": Member("time_interval_s", read_seconds),
    "q": Member("q_text", read_text),
    "expandValues": Member("expand_values", read_plain_names),
    "geoQ": Member("geo_document", _geo),
    "scopeQ": Member("scope_text", read_text),
    "csf": Member("csf", read_text),
    "isActive": Member("is_active", read_flag),
    "notification": Member("telling", _telling),
    "expiresAt": Member("expires_at", read_moment),
    "throttling": Member("throttling_s", read_seconds),
    "lang": Member("lang", read_lang),
    "datasetId": Member("dataset_ids", read_datasets),
    "jsonldContext": Member("jsonld_context", read_uri),
    "localOnly": Member("local_only", read_flag),
    "splitEntities": Member("split_entities", read_flag),
    "jsonKeys": Member("json_keys", read_plain_names),
}
"""The members of a subscription that a client writes (clause 5.2.12)."""
