"""Subscriptions as NGSI v2 shows them: its own as they came, those of NGSI-LD as far as v2 has words, with how their sending went."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, cast

from kaiteki.model.entity import Json
from kaiteki.model.instant import Instant
from kaiteki.model.ngsi_v2.moments import write_moment
from kaiteki.model.ngsi_v2.names import from_id, from_iri
from kaiteki.model.query import Selector, TypeIs, TypeSelection
from kaiteki.model.watch.document import Standing
from kaiteki.model.watch.subscription import Subscription
from kaiteki.model.watch.v2.wish import V2Words, from_subscription_id

HIDDEN: Final = "*****"
"""What is shown of a password."""


def v2_document(one: Subscription, standing: Standing, now: Instant) -> dict[str, Json]:
    """The document of a subscription."""
    document: dict[str, Json] = {"id": from_subscription_id(one.id)}
    if one.description:
        document["description"] = one.description
    if one.expires_at is not None:
        document["expires"] = write_moment(one.expires_at)
    document["status"] = v2_status(one, standing, now)
    document["subject"] = _subject(one, one.v2)
    document["notification"] = {**_notification(one, one.v2), **_standing(standing)}
    if one.throttling_s is not None:
        document["throttling"] = int(one.throttling_s)
    return document


def v2_status(one: Subscription, standing: Standing, now: Instant) -> str:
    """`expired`, `inactive`, `failed` while the last attempt failed, `oneshot` before it was told, or `active`."""
    if one.is_over(now):
        return "expired"
    if not one.is_active:
        return "inactive"
    if standing.fails:
        return "failed"
    return "oneshot" if one.v2 is not None and one.v2.oneshot else "active"


def _subject(one: Subscription, words: V2Words | None) -> Json:
    if words is not None:
        condition = cast("dict[str, Json]", words.subject.get("condition", {}))
        return {
            "entities": words.subject["entities"],
            "condition": {"attrs": [], **condition, "notifyOnMetadataChange": words.metadata_counts},
        }
    entities = [entity for selector in one.selectors or (Selector(),) for entity in _entities(selector)]
    return {"entities": entities, "condition": {"attrs": [from_iri(name) for name in one.watched]}}


def _entities(selector: Selector) -> Iterator[Json]:
    """The items of v2 that mean what a selector does: one for each of its ids and types."""
    types: list[dict[str, Json]] = [{"type": name} for name in _types(selector.types)] or [
        {"typePattern": ".*"}
    ]
    for kind in types:
        for entity_id in selector.ids:
            yield {"id": from_id(entity_id), **kind}
        if not selector.ids:
            yield {"idPattern": selector.id_pattern or ".*", **kind}


def _types(types: TypeSelection | None) -> list[str]:
    if types is None:
        return []
    if isinstance(types, TypeIs):
        return [from_iri(types.type)]
    return list(dict.fromkeys(name for part in types.parts for name in _types(part)))


def _notification(one: Subscription, words: V2Words | None) -> dict[str, Json]:
    if words is None:
        form = "keyValues" if one.telling.format == "simplified" else "normalized"
        attrs: list[Json] = [from_iri(name) for name in one.telling.attributes]
        return {
            "attrs": attrs,
            "onlyChangedAttrs": False,
            "attrsFormat": form,
            "http": {"url": one.telling.endpoint.uri},
            "covered": False,
        }
    shown = {
        name: _hidden(value) if name.startswith("mqtt") else value
        for name, value in words.notification.items()
    }
    base: dict[str, Json] = {} if "exceptAttrs" in shown else {"attrs": []}
    return {**base, "onlyChangedAttrs": False, "attrsFormat": words.shape.format, "covered": False, **shown}


def _hidden(how: Json) -> Json:
    told = cast(Mapping[str, Json], how)
    return {name: HIDDEN if name == "passwd" else value for name, value in told.items()}


def _standing(one: Standing) -> dict[str, Json]:
    """What the node knows of the sending; members that have no value yet are left out."""
    told: dict[str, Json] = {
        "timesSent": one.times_sent or None,
        "lastNotification": one.last_notification and write_moment(one.last_notification),
        "lastFailure": one.last_failure and write_moment(one.last_failure),
        "lastFailureReason": one.last_reason or None,
        "lastSuccess": one.last_success and write_moment(one.last_success),
        "lastSuccessCode": one.last_code or None,
        "failsCounter": one.fails or None,
    }
    return {name: value for name, value in told.items() if value is not None}
