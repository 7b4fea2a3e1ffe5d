"""What becomes of an entity when a v2 document is applied to it. Pure: the time comes in.

What v2 does not know stays: further instances by datasetId, further types, expiry of attributes, parts of parts.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from kaiteki.model.entity import Entity, Instance
from kaiteki.model.expiry import dated, lasting
from kaiteki.model.instant import Instant
from kaiteki.model.ngsi_v2.moments import read_moment
from kaiteki.model.ngsi_v2.names import from_id, from_iri, to_iri
from kaiteki.model.ngsi_v2.reading import EntitySaid, Said
from kaiteki.model.ngsi_v2.values import MARKS, NATURAL_TYPES, instance_with, lift, lower, marked
from kaiteki.model.problem import Problem
from kaiteki.model.representation.applying import changed

Instances = tuple[Instance, ...]

EXPIRES: Final = "dateExpires"
"""The attribute of v2 that is the expiry of the entity."""
TIME_INSTANT: Final = "TimeInstant"
"""The metadata of v2 that is `observedAt`."""
BUILTIN_METADATA: Final = frozenset({"dateCreated", "dateModified", "previousValue", "actionType"})


def created(said: EntitySaid, scopes: tuple[str, ...], now: Instant) -> Entity:
    """A new entity. Raises BadRequestData."""
    entity = Entity(said.id, (said.type_or_thing,), scopes=scopes, created_at=now, modified_at=now, version=1)
    attributes = _lowered(entity, said.attributes, now)
    return dated(
        msgspec.structs.replace(
            entity, attributes=attributes, expires_at=_expiry(entity, said.attributes, now)
        )
    )


def appended(
    entity: Entity, said: dict[str, Said], now: Instant, strict: bool = False, fresh: bool = False
) -> Entity:
    """The entity with attributes put. `strict` refuses those that stand; `fresh` forgets the metadata that are not said."""
    if strict:
        standing = [name for name in said if _stands(entity, name)]
        if standing:
            raise _refused("one or more of the attributes in the request already exist", standing)
    return _put(entity, said, now, fresh)


def updated(entity: Entity, said: dict[str, Said], now: Instant, fresh: bool = False) -> Entity:
    """The entity with attributes that stand changed. Refuses those that do not."""
    missing = [name for name in said if not _stands(entity, name)]
    if missing:
        raise _refused("one or more of the attributes in the request do not exist", missing)
    return _put(entity, said, now, fresh)


def replaced(entity: Entity, said: dict[str, Said], now: Instant) -> Entity:
    """The entity with these attributes instead of all its own."""
    bare = msgspec.structs.replace(entity, attributes={}, expires_at=None, due=None)
    attributes = _lowered(bare, said, now)
    gone: dict[str, Instances] = {name: () for name in entity.attributes if name not in attributes}
    after = changed(entity, now, {**gone, **attributes})
    return dated(msgspec.structs.replace(after, expires_at=_expiry(bare, said, now)))


def without(entity: Entity, names: Iterable[str], now: Instant) -> Entity:
    """The entity without some attributes (v2 names). Raises ResourceNotFound when one is not there."""
    gone: dict[str, Instances] = {}
    expires_at = entity.expires_at
    for name in names:
        if not _stands(entity, name):
            raise no_attribute()
        if name == EXPIRES:
            expires_at = None
        else:
            gone[to_iri(name)] = ()
    return dated(msgspec.structs.replace(changed(entity, now, gone), expires_at=expires_at))


def no_attribute() -> Problem:
    """The refusal for an attribute that is not there."""
    return Problem("ResourceNotFound", "The entity does not have such an attribute", "attrName")


def default_instance(entity: Entity, name: str) -> Instance:
    """The instance of an attribute (v2 name) that v2 shows. Raises ResourceNotFound."""
    one = entity.first(to_iri(name))
    if one is None:
        raise no_attribute()
    return one


def of_type(entity: Entity, iri: str | None) -> Entity:
    """The entity, when it has this type. Refuses an id that an entity of another type has."""
    if iri is not None and iri not in entity.types:
        stands = from_iri(entity.types[0])
        raise Problem(
            "OperationNotSupported",
            f"{from_id(entity.id)} is the id of an entity of type {stands}; an id is given once",
            "type",
        )
    return entity


def _stands(entity: Entity, name: str) -> bool:
    return entity.expires_at is not None if name == EXPIRES else to_iri(name) in entity.attributes


def _refused(detail: str, names: list[str]) -> Problem:
    return Problem("OperationNotSupported", f"{detail}: [ {', '.join(names)} ]", names[0])


def _put(entity: Entity, said: dict[str, Said], now: Instant, fresh: bool) -> Entity:
    after = changed(entity, now, _lowered(entity, said, now, fresh))
    if EXPIRES not in said:
        return after
    return dated(msgspec.structs.replace(after, expires_at=_expiry(entity, said, now)))


def _lowered(
    entity: Entity, said: dict[str, Said], now: Instant, fresh: bool = False
) -> dict[str, Instances]:
    """The new instances of attributes, beside those by datasetId that stand."""
    attributes: dict[str, Instances] = {}
    for name, one in said.items():
        if name == EXPIRES:
            continue
        stands = entity.attributes.get(to_iri(name), ())
        others = tuple(other for other in stands if other.dataset_id is not None)
        before = next((other for other in stands if other.dataset_id is None), None)
        attributes[to_iri(name)] = (_instance(one, before, now, name, fresh), *others)
    return attributes


def _instance(said: Said, before: Instance | None, now: Instant, field: str, fresh: bool) -> Instance:
    if before is None:
        return _with_metadata(instance_with(lower(said.type, said.value, field), now), said, now, field)
    lowered = lower(said.type or _lasting_type(before), said.value, field)
    kept = Instance(before.kind, before.value) if fresh else before
    after = msgspec.structs.replace(
        kept,
        kind=lowered.kind,
        value=lowered.value,
        object_type=before.object_type if lowered.kind == before.kind else None,
        created_at=before.created_at,
        modified_at=now,
        sub=marked(kept.sub, lowered.marks, now),
    )
    return _with_metadata(after, said, now, field)


def _lasting_type(before: Instance) -> str | None:
    """The type that an attribute keeps when a new value comes without one: none that follows from the JSON value."""
    kind, _ = lift(before)
    return None if kind in NATURAL_TYPES else kind


def _with_metadata(one: Instance, said: Said, now: Instant, field: str) -> Instance:
    sub = dict(one.sub)
    observed_at, unit_code = one.observed_at, one.unit_code
    for name, told in said.metadata.items():
        moment = read_moment(told.value) if name == TIME_INSTANT else None
        if moment is not None:
            observed_at = moment
        elif name == "unitCode" and isinstance(told.value, str):
            unit_code = told.value
        elif name not in BUILTIN_METADATA:
            iri = to_iri(name)
            if iri in MARKS:
                raise Problem("BadRequestData", f"{name} is kept for the node itself", f"{field}.{name}")
            inner = instance_with(lower(told.type, told.value, f"{field}.{name}"), now)
            sub[iri] = (inner,)
    return msgspec.structs.replace(one, observed_at=observed_at, unit_code=unit_code, sub=sub)


def _expiry(entity: Entity, said: dict[str, Said], now: Instant) -> Instant | None:
    told = said.get(EXPIRES)
    if told is None:
        return entity.expires_at
    moment = read_moment(told.value)
    if moment is None and told.value is not None:
        raise Problem("BadRequestData", "dateExpires is a DateTime", EXPIRES)
    return lasting(moment, now, EXPIRES)
