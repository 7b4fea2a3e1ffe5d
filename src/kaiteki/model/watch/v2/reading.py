"""Subscription documents of NGSI v2 read into subscriptions; every refusal names the member."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

import msgspec

from kaiteki.model.entity import Json, is_array, is_object
from kaiteki.model.instant import Instant
from kaiteki.model.ngsi_v2.moments import read_moment
from kaiteki.model.ngsi_v2.names import check_name, to_id, to_id_pattern, to_iri
from kaiteki.model.ngsi_v2.places import read_geo
from kaiteki.model.ngsi_v2.q import parse_q
from kaiteki.model.pattern import read_pattern
from kaiteki.model.problem import Problem
from kaiteki.model.query import AllOf, ScopeSelection, Selector, TypeIs
from kaiteki.model.watch.subscription import Subscription, Trigger
from kaiteki.model.watch.v2.notifying import Notified, read_notification
from kaiteki.model.watch.v2.wish import ALTERATIONS, DEFAULT_ALTERATIONS, Alteration, V2Words

SELECTORS_MAX: Final = 100
NAMES_MAX: Final = 200
DESCRIPTION_LENGTH_MAX: Final = 1024
THROTTLING_MAX_S: Final = 366 * 86_400
STATUSES: Final = ("active", "inactive", "oneshot")
_ANY: Final = ".*"
_TOLD: Final = frozenset({"id"})
_TRIGGERS: Final[Mapping[Alteration, tuple[Trigger, ...]]] = {
    "entityCreate": ("entityCreated",),
    "entityChange": ("attributeCreated", "attributeUpdated", "attributeDeleted"),
    "entityUpdate": ("attributeCreated", "attributeUpdated", "attributeDeleted"),
    "entityDelete": ("entityDeleted",),
}
"""What NGSI-LD calls an alteration, as near as it comes."""


class Made(NamedTuple):
    """Where and when a subscription is made: its id, the service path as it came and what of entities it means."""

    id: str
    path: str
    scope: ScopeSelection | None
    at: Instant


def read_subscription(document: Json, made: Made) -> Subscription:
    """The subscription of a whole document. Raises BadRequestData, OperationNotSupported."""
    said = _object(document, "a subscription")
    for name in ("subject", "notification"):
        if name not in said:
            raise Problem("BadRequestData", f"no {name} for subscription specified", name)
    notified = read_notification(said["notification"])
    blank = Subscription(
        made.id,
        notified.telling,
        scope=made.scope,
        created_at=made.at,
        v2=V2Words({}, notified.document, path=made.path),
    )
    return patch_subscription(blank, said, made.at)


def patch_subscription(before: Subscription, document: Json, now: Instant) -> Subscription:
    """A subscription with the members of a document in the place of its own. Raises BadRequestData, OperationNotSupported."""
    said = _object(document, "a subscription")
    if not said:
        raise Problem("BadRequestData", "empty payload", "body")
    after = before
    for name, value in said.items():
        change = _MEMBERS.get(name)
        if change is not None:
            if before.v2 is None and name in ("subject", "notification"):
                raise Problem(
                    "OperationNotSupported",
                    f"NGSI-LD made this subscription; its {name} is changed there",
                    name,
                )
            after = change(after, value)
        elif name not in _TOLD:
            raise Problem("BadRequestData", f"a subscription has no member {name[:64]}", name)
    return msgspec.structs.replace(after, modified_at=now)


def _object(value: Json, field: str) -> dict[str, Json]:
    if not is_object(value):
        raise Problem("BadRequestData", f"{field} is a JSON object", field)
    return value


def _words(one: Subscription, **fields: Any) -> V2Words | None:
    return None if one.v2 is None else msgspec.structs.replace(one.v2, **fields)


def _describe(one: Subscription, value: Json) -> Subscription:
    if not isinstance(value, str) or len(value) > DESCRIPTION_LENGTH_MAX:
        raise Problem(
            "BadRequestData",
            f"max description length exceeded, or no text (max length is {DESCRIPTION_LENGTH_MAX})",
            "description",
        )
    return msgspec.structs.replace(one, description=value)


def _expire(one: Subscription, value: Json) -> Subscription:
    moment = read_moment(value)
    if moment is None and value not in ("", None):
        raise Problem("BadRequestData", "expires has an invalid format", "expires")
    return msgspec.structs.replace(one, expires_at=moment)


def _throttle(one: Subscription, value: Json) -> Subscription:
    whole = isinstance(value, int) and not isinstance(value, bool)
    if not whole or not 0 <= value <= THROTTLING_MAX_S:
        raise Problem(
            "BadRequestData", f"throttling is a number of seconds from 0 to {THROTTLING_MAX_S}", "throttling"
        )
    return msgspec.structs.replace(one, throttling_s=float(value) or None)


def _switch(one: Subscription, value: Json) -> Subscription:
    if value not in STATUSES:
        raise Problem("BadRequestData", f"status is one of {', '.join(STATUSES)}", "status")
    if value == "oneshot" and one.v2 is None:
        raise Problem(
            "OperationNotSupported", "NGSI-LD, which made this subscription, has no oneshot", "status"
        )
    oneshot = value == "oneshot"
    return msgspec.structs.replace(one, is_active=value != "inactive", v2=_words(one, oneshot=oneshot))


def _notify(one: Subscription, value: Json) -> Subscription:
    notified: Notified = read_notification(value)
    words = _words(
        one,
        notification=notified.document,
        shape=notified.shape,
        custom=notified.custom,
        fails_max=notified.fails_max,
    )
    return msgspec.structs.replace(one, telling=notified.telling, v2=words)


def _subject(one: Subscription, value: Json) -> Subscription:
    said = _object(value, "subject")
    _only(said, ("entities", "condition"), "subject")
    items: Json = said.get("entities")
    if not is_array(items) or not items or len(items) > SELECTORS_MAX:
        raise Problem(
            "BadRequestData", f"subject has entities, an array of 1 to {SELECTORS_MAX}", "subject.entities"
        )
    read = [_selector(item, f"subject.entities[{number}]") for number, item in enumerate(items)]
    patterns = tuple(pattern for _, pattern in read)
    condition = _object(said.get("condition", {}), "subject.condition")
    _only(
        condition, ("attrs", "expression", "alterationTypes", "notifyOnMetadataChange"), "subject.condition"
    )
    watched = tuple(
        to_iri(check_name(name, "condition attr"))
        for name in _texts(condition.get("attrs", []), "subject.condition.attrs")
    )
    alterations = _alterations(condition.get("alterationTypes"))
    counts = condition.get("notifyOnMetadataChange", True)
    if not isinstance(counts, bool):
        raise Problem("BadRequestData", "notifyOnMetadataChange is true or false", "subject.condition")
    words = _words(
        one,
        subject=said,
        type_patterns=patterns if any(patterns) else (),
        alterations=alterations,
        metadata_counts=counts,
    )
    triggers = tuple(dict.fromkeys(trigger for name in alterations for trigger in _TRIGGERS[name]))
    return msgspec.structs.replace(
        one,
        selectors=tuple(selector for selector, _ in read),
        watched=watched,
        triggers=triggers,
        v2=words,
        **_expression(condition.get("expression", {})),
    )


def _only(said: Mapping[str, Json], known: tuple[str, ...], field: str) -> None:
    for name in said:
        if name not in known:
            raise Problem("BadRequestData", f"{field} has no member {name[:64]}", f"{field}.{name[:64]}")


def _selector(value: Json, field: str) -> tuple[Selector, str]:
    """Which entities an item means, and the pattern of types, empty where it has none."""
    item = _object(value, field)
    _only(item, ("id", "idPattern", "type", "typePattern"), field)
    for name, pattern in (("id", "idPattern"), ("type", "typePattern")):
        if name in item and pattern in item:
            raise Problem("BadRequestData", f"{field} has {name} or {pattern}, not both", field)
    if "id" not in item and "idPattern" not in item:
        raise Problem("BadRequestData", f"{field} has an id or an idPattern", field)
    ids = (to_id(check_name(item["id"], f"{field}.id")),) if "id" in item else ()
    id_pattern = _pattern(item, "idPattern", field)
    type_pattern = _pattern(item, "typePattern", field)
    types = TypeIs(to_iri(check_name(item["type"], f"{field}.type"))) if "type" in item else None
    made = to_id_pattern(id_pattern) if id_pattern else None
    if made is not None:
        read_pattern(made, f"{field}.idPattern")
    return Selector(types, ids, made), type_pattern


def _pattern(item: Mapping[str, Json], name: str, field: str) -> str:
    """An expression that is checked, empty where it is left out or means anything."""
    told = item.get(name, "")
    if name in item and (not isinstance(told, str) or not told):
        raise Problem("BadRequestData", f"{field}.{name} is an expression", f"{field}.{name}")
    if not isinstance(told, str) or told in ("", _ANY):
        return ""
    read_pattern(told, f"{field}.{name}")
    return told


def _texts(value: Json, field: str) -> list[Json]:
    if not is_array(value) or len(value) > NAMES_MAX:
        raise Problem("BadRequestData", f"{field} is an array of up to {NAMES_MAX} texts", field)
    return value


def _alterations(value: Json) -> tuple[Alteration, ...]:
    if value is None:
        return DEFAULT_ALTERATIONS
    told = _texts(value, "subject.condition.alterationTypes")
    for name in told:
        if name not in ALTERATIONS:
            raise Problem(
                "BadRequestData",
                f"alterationTypes knows {', '.join(ALTERATIONS)}, not {str(name)[:64]}",
                "subject.condition.alterationTypes",
            )
    return tuple(name for name in ALTERATIONS if name in told) or DEFAULT_ALTERATIONS


def _expression(value: Json) -> dict[str, Any]:
    """The filters of a condition, as fields of the subscription."""
    said = _object(value, "subject.condition.expression")
    _only(said, ("q", "mq", "georel", "geometry", "coords"), "subject.condition.expression")
    texts = {name: text for name, text in said.items() if text != ""}
    if any(not isinstance(text, str) for text in texts.values()):
        raise Problem("BadRequestData", "expression is an object of texts", "subject.condition.expression")
    parts = tuple(parse_q(str(texts[name]), name) for name in ("q", "mq") if name in texts)
    georel, geometry, coords = (str(texts.get(name, "")) for name in ("georel", "geometry", "coords"))
    geo = None
    if georel or geometry or coords:
        if not (georel and geometry and coords):
            raise Problem("BadRequestData", "georel, geometry and coords go together", "georel")
        geo = read_geo(georel, geometry, coords, to_iri("location"))
    return {"q": parts[0] if len(parts) == 1 else AllOf(parts) if parts else None, "geo": geo}


_MEMBERS: Final[Mapping[str, Callable[[Subscription, Json], Subscription]]] = {
    "description": _describe,
    "expires": _expire,
    "throttling": _throttle,
    "status": _switch,
    "subject": _subject,
    "notification": _notify,
}
