"""Registrations as NGSI v2 shows them: its own as they came, those of NGSI-LD as far as v2 has words, with how asking went."""

from __future__ import annotations

from collections.abc import Iterator

from kaiteki.model.entity import Json
from kaiteki.model.instant import Instant
from kaiteki.model.ngsi_v2.moments import write_moment
from kaiteki.model.ngsi_v2.names import from_id, from_iri
from kaiteki.model.sources.operations import GROUPS
from kaiteki.model.sources.registration import (
    EntityInfo,
    Forwarding,
    Registration,
    SourceStanding,
    V2Source,
)
from kaiteki.model.sources.v2.reading import ANYTHING, from_registration_id


def v2_registration(one: Registration, standing: SourceStanding, now: Instant) -> dict[str, Json]:
    """The document of a registration."""
    document: dict[str, Json] = {"id": from_registration_id(one.id)}
    if one.description or one.name:
        document["description"] = one.description or one.name
    if one.expires_at is not None:
        document["expires"] = write_moment(one.expires_at)
    document["dataProvided"] = _provided(one, one.v2)
    document["provider"] = _provider(one, one.v2)
    document["status"] = _status(one, now)
    if standing.times_sent:
        document["forwardingInformation"] = _forwarded(standing)
    return document


def _status(one: Registration, now: Instant) -> str:
    if one.is_over(now):
        return "expired"
    return "active" if one.v2 is None or one.v2.is_active else "inactive"


def _provided(one: Registration, words: V2Source | None) -> Json:
    """What a source provides. Parts of NGSI-LD with attributes of their own become one: all entities, all attributes."""
    if words is not None:
        return {"attrs": [], **words.data_provided}
    entities = [item for part in one.information for item in _entities(part.entities)]
    whole = any(not part.attributes for part in one.information)
    names = () if whole else dict.fromkeys(name for part in one.information for name in part.attributes)
    return {
        "entities": [dict(item) for item in dict.fromkeys(entities)],
        "attrs": [from_iri(name) for name in names],
    }


def _entities(entities: tuple[EntityInfo, ...]) -> Iterator[tuple[tuple[str, Json], ...]]:
    """The items of v2 that mean what descriptions of NGSI-LD do: one for each type."""
    for entity in entities or (EntityInfo(()),):
        named = ("id", from_id(entity.id)) if entity.id else ("idPattern", entity.id_pattern or ANYTHING)
        for name in entity.types:
            yield (named, ("type", from_iri(name)))
        if not entity.types:
            yield (named,)


def _provider(one: Registration, words: V2Source | None) -> Json:
    if words is not None:
        return {"supportedForwardingMode": words.forwarding, **words.provider}
    return {"http": {"url": one.endpoint}, "supportedForwardingMode": _forwarding(one)}


def _forwarding(one: Registration) -> Forwarding:
    """What v2 calls the operations of a source, as near as it comes; a source of the past is not asked for the present."""
    if one.is_temporal:
        return "none"
    reads = not one.meant.isdisjoint(GROUPS["retrieveOps"])
    writes = one.mode != "auxiliary" and not one.meant.isdisjoint(GROUPS["updateOps"])
    if reads and writes:
        return "all"
    return "query" if reads else "update" if writes else "none"


def _forwarded(one: SourceStanding) -> Json:
    moments = [moment for moment in (one.last_success, one.last_failure) if moment is not None]
    told: dict[str, Json] = {
        "timesSent": one.times_sent,
        "lastForwarding": write_moment(max(moments)) if moments else None,
        "lastSuccess": one.last_success and write_moment(one.last_success),
        "lastFailure": one.last_failure and write_moment(one.last_failure),
    }
    return {name: value for name, value in told.items() if value is not None}
