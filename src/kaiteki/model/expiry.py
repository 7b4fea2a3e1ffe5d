"""Entities and attributes that are kept for a time only (ETSI GS CIM 009 V1.9.1 clause 4.22). Pure: the time comes in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec
from msgspec import UNSET, UnsetType

from kaiteki.model.entity import Entity, Instance
from kaiteki.model.instant import Instant
from kaiteki.model.problem import Problem


def lasting(told: Instant | UnsetType | None, now: Instant, field: str) -> Instant | None:
    """What a document says as `expiresAt`, None for nothing. Raises BadRequestData for a moment that has passed."""
    if told is None or told is UNSET:
        return None
    if told <= now:
        raise Problem("BadRequestData", "expiresAt lies in the future", f"{field}.expiresAt".lstrip("."))
    return told


def expiring(entity: Entity, told: Instant | UnsetType | None, now: Instant) -> Entity:
    """An entity with the `expiresAt` of a document: put, removed (None), or as it was where nothing is said."""
    if told is UNSET:
        return entity
    return dated(msgspec.structs.replace(entity, expires_at=lasting(told, now, "")))


def dated(entity: Entity) -> Entity:
    """An entity whose `due` is right."""
    due = min(_moments(entity), default=None)
    return entity if due == entity.due else msgspec.structs.replace(entity, due=due)


def may_expire(instances: Iterable[Instance]) -> bool:
    """Whether one of the instances, or something in it, expires."""
    return any(map(_expires, instances))


def _expires(one: Instance) -> bool:
    return one.expires_at is not None or (bool(one.sub) and _within(one))


def _within(one: Instance) -> bool:
    return any(may_expire(inner) for inner in one.sub.values())


def _moments(entity: Entity) -> Iterator[Instant]:
    if entity.expires_at is not None:
        yield entity.expires_at
    for instances in entity.attributes.values():
        yield from _moments_of(instances)


def _moments_of(instances: Iterable[Instance]) -> Iterator[Instant]:
    for one in instances:
        if one.expires_at is not None:
            yield one.expires_at
        for inner in one.sub.values():
            yield from _moments_of(inner)


def without_expired(entity: Entity, now: Instant) -> Entity | None:
    """The next version of an entity without what has expired by now; None when it has expired itself."""
    if entity.expires_at is not None and entity.expires_at <= now:
        return None
    return dated(
        msgspec.structs.replace(
            entity,
            attributes=_left(entity.attributes, now),
            modified_at=now,
            version=entity.version + 1,
        )
    )


def _left(attributes: dict[str, tuple[Instance, ...]], now: Instant) -> dict[str, tuple[Instance, ...]]:
    """The instances that have not expired, those with parts that have without these."""
    left: dict[str, tuple[Instance, ...]] = {}
    for name, instances in attributes.items():
        kept = tuple(
            msgspec.structs.replace(one, sub=_left(one.sub, now)) if _within(one) else one
            for one in instances
            if one.expires_at is None or one.expires_at > now
        )
        if kept:
            left[name] = kept
    return left
