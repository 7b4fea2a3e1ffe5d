"""Writing the past of entities: create, append, modify and delete of temporal representations (ETSI GS CIM 009 V1.9.1 clauses 5.6.11 to 5.6.16).

What is told here is of the past alone: the entity that stands is not touched, and one that never stood may have a past. Each
correction is one decision with an event and an audit line, under the same permission as other writes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
from msgspec import UNSET

from kaiteki.broker.entities import named
from kaiteki.broker.plane import Call, Plane, first_time, not_found, seen_life
from kaiteki.model.entity import Entity, Instance, Json, is_array, is_object
from kaiteki.model.instant import Instant
from kaiteki.model.matching import matches_types
from kaiteki.model.problem import Problem
from kaiteki.model.representation.applying import new_instance, update_instance
from kaiteki.model.representation.parsing import parse_attribute, parse_entity
from kaiteki.model.representation.patch import AttributePatch, EntityPatch
from kaiteki.model.representation.values import check_uri, is_name
from kaiteki.model.terms.context import Context
from kaiteki.ports.entities import Change, Correction, Decision, Forgotten, Revised, Told
from kaiteki.ports.history import SCOPE, Life

STATES_TOLD_MAX: Final = 20_000
"""States that one request tells of the past."""
_PROBE: Final = (Instance("Property", 0), Instance("Property", 1))
"""Two states that differ: a permission to write an attribute is asked with them."""

States = tuple[tuple[str, Instance], ...]


async def tell_past(plane: Plane, call: Call, document: Json) -> tuple[str, bool]:
    """Create the past of an entity, or tell more of it (clause 5.6.11): its id, and whether it is new. Raises BadRequestData."""
    patch = parse_entity(first_states(document), call.context)
    entity_id = str(patch.id)
    life = await seen_life(plane, call, entity_id)
    await _tell(plane, call, (patch, document), life)
    return entity_id, life is None


async def append_past(plane: Plane, call: Call, entity_id: str, document: Json) -> None:
    """Tell more of the past of an entity that has one (clause 5.6.12). Raises BadRequestData, ResourceNotFound."""
    check_uri(entity_id, "id")
    patch = named(parse_entity(first_states(document), call.context, "update"), entity_id)
    life = await _life(plane, call, entity_id)
    await _tell(plane, call, (patch, document), life)


async def forget_past(plane: Plane, call: Call, entity_id: str) -> None:
    """Forget the past of an entity (clause 5.6.16); what is present stays. Raises BadRequestData, ResourceNotFound."""
    check_uri(entity_id, "id")
    types = await _types(plane, call, entity_id)
    names = await plane.history.names(call.area, entity_id)
    await _correct(plane, call, Forgotten(entity_id), types, names)


async def forget_attribute(
    plane: Plane,
    call: Call,
    place: tuple[str, str],
    dataset_id: str | None = None,
    delete_all: bool = False,
) -> None:
    """Forget the past of an attribute of an entity: of its default instance, of the one of a dataset, or of all (clause 5.6.13).

    `place` is the id of the entity and the name of the attribute. Raises BadRequestData, ResourceNotFound.
    """
    if dataset_id is not None and dataset_id != "@none":
        check_uri(dataset_id, "datasetId")
    entity_id, iri = _attribute(place, call.context)
    types = await _types(plane, call, entity_id)
    datasets = () if delete_all else (dataset_id or "@none",)
    await _correct(plane, call, Forgotten(entity_id, iri, datasets), types, [iri])


async def revise_state(
    plane: Plane, call: Call, place: tuple[str, str], instance_id: str, document: Json
) -> None:
    """Change one kept state in part (clause 5.6.14). Raises BadRequestData, ResourceNotFound."""
    check_uri(instance_id, "instanceId")
    entity_id, iri = _attribute(place, call.context)
    patches = parse_attribute(_one_state(document, place[1], call.context), place[1], call.context, "update")
    if len(patches) != 1 or patches[0].deleted:
        raise Problem("BadRequestData", "one state of an attribute, with what is to change of it", "attrId")
    now = plane.clock.now()

    def revise(one: Instance | None) -> Instance:
        if one is None:
            raise Problem("BadRequestData", "this state says that the attribute was deleted", "instanceId")
        if patches[0].dataset_id not in (None, one.dataset_id):
            raise Problem("BadRequestData", "a state keeps its datasetId", "datasetId")
        return _lasting(update_instance(one, patches[0], now, place[1]))

    types = await _types(plane, call, entity_id)
    await _correct(plane, call, Revised(entity_id, iri, instance_id, revise), types, [iri])


async def remove_state(plane: Plane, call: Call, place: tuple[str, str], instance_id: str) -> None:
    """Remove one kept state (clause 5.6.15). Raises BadRequestData, ResourceNotFound."""
    check_uri(instance_id, "instanceId")
    entity_id, iri = _attribute(place, call.context)
    types = await _types(plane, call, entity_id)
    removal = Revised(entity_id, iri, instance_id, _same, removes=True)
    await _correct(plane, call, removal, types, [iri])


def _same(one: Instance | None) -> Instance | None:
    return one


async def _types(plane: Plane, call: Call, entity_id: str) -> tuple[str, ...]:
    """The types of an entity that has a past. Raises ResourceNotFound."""
    return (await _life(plane, call, entity_id)).types


async def _life(plane: Plane, call: Call, entity_id: str) -> Life:
    life = await seen_life(plane, call, entity_id)
    if life is None or (call.types is not None and not matches_types(life.types, call.types)):
        raise not_found(entity_id)
    return life


async def _is_hidden(plane: Plane, call: Call, entity_id: str) -> bool:
    """Whether something was kept of an entity that whoever asks may not know of."""
    if call.may is None or await seen_life(plane, call, entity_id) is not None:
        return False
    return await plane.history.life(call.area, entity_id) is not None


async def _tell(plane: Plane, call: Call, told: tuple[EntityPatch, Json], life: Life | None) -> None:
    patch, document = told
    entity_id = str(patch.id)
    types = life.types if life is not None else patch.types
    states = _states(document, call.context, plane.clock.now())
    scopes = () if patch.scopes is UNSET or patch.scopes is None else patch.scopes
    names = sorted({name for name, _ in states})
    await _correct(plane, call, Told(entity_id, types, states, scopes), types, names)


async def _correct(
    plane: Plane, call: Call, correction: Correction, types: tuple[str, ...], names: Sequence[str]
) -> None:
    """Keep a correction, if whoever asks may write these attributes of an entity of these types."""

    is_taken = await _is_hidden(plane, call, correction.entity_id)

    def decide(found: Mapping[str, Entity]) -> Decision[None]:
        standing = call.seen(found.get(correction.entity_id))
        bare = standing if standing is not None else Entity(correction.entity_id, types)
        old, new = (
            msgspec.structs.replace(bare, attributes={**bare.attributes, **dict.fromkeys(names, (probe,))})
            for probe in _PROBE
        )
        call.allow(Change(None if standing is None else old, new))
        if is_taken and call.may is not None:
            raise call.may.refusal(correction.entity_id)
        return Decision((), None, correction=correction)

    first_time(await plane.entities.change(call.area, [correction.entity_id], decide, call.by, call.once))


# Reading -----------------------------------------------------------------------------------------------------------


def first_states(document: Json) -> Json:
    """A document with one state of each attribute, which is an entity; lists without a state stay as they are."""
    if not is_object(document):
        return document
    return {
        name: value[0] if is_array(value) and value and is_object(value[0]) else value
        for name, value in document.items()
    }


def _states(document: Json, context: Context, now: Instant) -> States:
    """All states of a document, which was read as an entity before: its names are good."""
    states: list[tuple[str, Instance]] = []
    for name, value in document.items() if is_object(document) else ():
        if name in _MEMBERS:
            continue
        several = is_array(value) and all(is_object(one) for one in value)
        for index, one in enumerate(value if several else [value]):
            (patch,) = _patches(one, name, context)
            states.append((context.expand(name), _new(patch, now, f"{name}[{index}]")))
    if len(states) > STATES_TOLD_MAX:
        raise Problem("BadRequestData", f"one request tells up to {STATES_TOLD_MAX} states")
    return tuple(states)


_MEMBERS: Final = frozenset(
    {"id", "@id", "type", "@type", "scope", "@context", "expiresAt", "createdAt", "modifiedAt", "deletedAt"}
)


def _patches(one: Json, name: str, context: Context) -> tuple[AttributePatch]:
    patches = parse_attribute(one, name, context, "whole")
    if len(patches) != 1:
        raise Problem("BadRequestData", "a state is one instance of an attribute", name)
    return (patches[0],)


def _new(patch: AttributePatch, now: Instant, field: str) -> Instance:
    return _lasting(new_instance(msgspec.structs.replace(patch, expires_at=UNSET), now, field))


def _lasting(one: Instance) -> Instance:
    """What is past does not expire."""
    return one if one.expires_at is None else msgspec.structs.replace(one, expires_at=None)


def _attribute(place: tuple[str, str], context: Context) -> tuple[str, str]:
    """The id of an entity and the expanded name of an attribute."""
    entity_id, name = place
    check_uri(entity_id, "id")
    if not is_name(name) or name in ("id", "type"):
        raise Problem("BadRequestData", f"{name!r} is no attribute name", "attrId")
    return entity_id, SCOPE if name == SCOPE else context.expand(name)


def _one_state(document: Json, name: str, context: Context) -> Json:
    """The state in a document: by itself, or as the only one of a fragment of an entity with this attribute."""
    if not is_object(document):
        return document
    plain = {member: value for member, value in document.items() if member != "@context"}
    for member, value in plain.items():
        if len(plain) == 1 and context.expand(member) == context.expand(name):
            return value[0] if is_array(value) and len(value) == 1 else value
    return plain
