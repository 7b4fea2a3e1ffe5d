"""Registrations written as documents, with what the node knows of them (ETSI GS CIM 009 V1.9.1 clauses 5.2.9, 5.2.10, 5.2.34)."""

from __future__ import annotations

from kaiteki.model.entity import Entity, Json
from kaiteki.model.instant import Instant, format_instant
from kaiteki.model.representation.rendering import Style, render
from kaiteki.model.sources.registration import (
    REGISTRATION_TYPE,
    EntityInfo,
    Information,
    Management,
    Registration,
    SourceStanding,
    Stretch,
)
from kaiteki.model.terms.context import Context

SIMPLY = Style(format="simplified")


def registration_document(
    one: Registration, standing: SourceStanding, context: Context, sys_attrs: bool = False
) -> dict[str, Json]:
    """The document of a registration, its names compacted."""
    members: dict[str, Json] = {
        "registrationName": one.name,
        "description": one.description,
        "information": [_information(part, context) for part in one.information],
        "tenant": one.tenant,
        "observationInterval": one.observed and _stretch(one.observed),
        "managementInterval": one.managed and _stretch(one.managed),
        **one.places,
        "expiresAt": _moment(one.expires_at),
        "endpoint": one.endpoint,
        "contextSourceInfo": [{"key": key, "value": value} for key, value in one.source_info],
        "contextSourceAlias": one.alias,
        "scope": one.scopes[0] if len(one.scopes) == 1 else list(one.scopes),
        "mode": one.said_mode,
        "operations": list(one.operations),
        "refreshRate": one.refresh_rate,
        "management": one.management and _management(one.management),
        "datasetId": list(one.dataset_ids),
    }
    document: dict[str, Json] = {"id": one.id, "type": REGISTRATION_TYPE}
    document |= {name: value for name, value in members.items() if value}
    if one.v2 is not None and not one.operations:
        # without the member it would stand for the usual operations
        document["operations"] = []
    others = render(Entity(one.id, (REGISTRATION_TYPE,), one.properties), context, SIMPLY)
    document |= {name: value for name, value in others.items() if name not in ("id", "type")}
    document |= _standing(standing)
    if sys_attrs:
        document["createdAt"] = format_instant(one.created_at)
        document["modifiedAt"] = format_instant(one.modified_at)
    return document


def _information(one: Information, context: Context) -> Json:
    document: dict[str, Json] = {
        "entities": [_entity(entity, context) for entity in one.entities],
        "propertyNames": [context.compact(name) for name in one.properties],
        "relationshipNames": [context.compact(name) for name in one.relationships],
    }
    return {name: value for name, value in document.items() if value}


def _entity(one: EntityInfo, context: Context) -> Json:
    types = [context.compact(name) for name in one.types]
    document: dict[str, Json] = {
        "id": one.id,
        "idPattern": one.id_pattern,
        "type": types[0] if len(types) == 1 else types,
    }
    return {name: value for name, value in document.items() if value}


def _stretch(one: Stretch) -> Json:
    document = {"startAt": format_instant(one.start)}
    return {**document, "endAt": format_instant(one.end)} if one.end is not None else document


def _management(one: Management) -> Json:
    members: dict[str, Json] = {
        "localOnly": one.local_only,
        "cacheDuration": one.cache_duration or None,
        "timeout": _plain(one.timeout_ms),
        "cooldown": _plain(one.cooldown_ms),
    }
    return {name: value for name, value in members.items() if value is not None}


def _moment(moment: Instant | None) -> Json:
    return format_instant(moment) if moment is not None else None


def _plain(number: float | None) -> Json:
    """A number as it was written: whole ones without a fraction."""
    return int(number) if number is not None and number.is_integer() else number


def _standing(one: SourceStanding) -> dict[str, Json]:
    if not one.times_sent:
        return {}
    told: dict[str, Json] = {
        "status": one.status,
        "timesSent": one.times_sent,
        "timesFailed": one.times_failed,
        "lastSuccess": _moment(one.last_success),
        "lastFailure": _moment(one.last_failure),
    }
    return {name: value for name, value in told.items() if value is not None}
