"""What a change means to every store: which attributes differ, whether it may be kept."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Literal

from kaiteki.model.entity import Entity
from kaiteki.model.problem import Problem
from kaiteki.ports.entities import AnyDecision, Change

What = Literal["created", "modified", "deleted"]


def what_happened(change: Change) -> What:
    """Created, modified or deleted."""
    if change.before is None:
        return "created"
    return "deleted" if change.after is None else "modified"


def is_erasure(change: Change) -> bool:
    """Whether an entity goes with all that it held."""
    return change.purge_history and change.after is None


def subject(change: Change) -> Entity:
    """The entity as it is after the change, or as it was when it is gone."""
    entity = change.after or change.before
    if entity is None:
        raise ValueError("a change needs a state before or a state after")
    return entity


def version_after(change: Change) -> int:
    """The version that the change makes; a deletion counts as a write."""
    if change.after is not None:
        return change.after.version
    return subject(change).version + 1


def differing(change: Change) -> tuple[str, ...]:
    """The names of the attributes that differ, sorted: all of a new or deleted entity."""
    before = change.before.attributes if change.before else {}
    after = change.after.attributes if change.after else {}
    if not before:
        return tuple(sorted(after))
    if not after:
        return tuple(sorted(before))
    names = [name for name, instances in after.items() if before.get(name) != instances]
    if not before.keys() <= after.keys():
        names += [name for name in before if name not in after]
    return tuple(sorted(names))


def check(decision: AnyDecision, asked: Collection[str], loaded: Mapping[str, Entity]) -> None:
    """Refuse a decision that the port does not allow; ValueError means a bug of whoever decided.

    Changes of entities that were not asked for may only be creations; whether such an id is taken is for the store to
    see (`taken`).
    """
    correction = decision.correction
    if correction is not None and (decision.changes or correction.entity_id not in asked):
        raise ValueError(f"the past of {correction.entity_id} is corrected by a decision of its own")
    seen: set[str] = set()
    for change in decision.changes:
        entity = subject(change)
        if entity.id in seen:
            raise ValueError(f"two changes of {entity.id} in one decision")
        seen.add(entity.id)
        before = change.before
        if before is not None and (entity.id not in asked or _differ(loaded.get(entity.id), before)):
            raise ValueError(f"{entity.id} was changed from a state that was not read")
        if change.after is not None and (
            change.after.id != entity.id or change.after.version != (before.version if before else 0) + 1
        ):
            raise ValueError(f"{entity.id} must keep its id and count its version on by one")


def _differ(one: Entity | None, other: Entity) -> bool:
    return one is not other and one != other


def taken(entity_id: str) -> Problem:
    """The refusal of a creation whose id exists already."""
    return Problem("AlreadyExists", f"There is an entity {entity_id} already", "id")
