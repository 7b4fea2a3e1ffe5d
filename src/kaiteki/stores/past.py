"""What a question about history means to every store: on which time a state is measured, its order, what only repeats."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from kaiteki.model.entity import Instance
from kaiteki.model.instant import Instant
from kaiteki.model.problem import Problem
from kaiteki.ports.entities import Change, Correction, Forgotten, Revised, Told
from kaiteki.ports.history import SCOPE, Past
from kaiteki.stores.change import subject

State = tuple[str | None, Instance | None, str]
"""What a write leaves of one attribute instance: datasetId, the instance or None where it is gone, and which kind went."""


def states(before: Sequence[Instance], after: Sequence[Instance]) -> list[State]:
    """What one attribute leaves in history, by datasetId."""
    old = {instance.dataset_id: instance for instance in before}
    new = {instance.dataset_id: instance for instance in after}
    changed: list[State] = [
        (dataset, instance, "") for dataset, instance in new.items() if old.get(dataset) != instance
    ]
    changed += [(dataset, None, one.kind) for dataset, one in old.items() if dataset not in new]
    return sorted(changed, key=lambda state: state[0] or "")


def scope_states(change: Change, at: Instant) -> list[State]:
    """What a change leaves in the history of the scopes: nothing, when they stay as they are."""
    before = change.before.scopes if change.before is not None else ()
    after = change.after.scopes if change.after is not None else ()
    if before == after:
        return []
    return [(None, scope_value(after, subject(change).created_at, at) if after else None, "Property")]


def told_states(told: Told, at: Instant, number: int) -> list[Past]:
    """The states that somebody told of the past, by the event and the time at which they did, which is that of their writing."""
    parts: Counter[tuple[str, str | None]] = Counter()
    states = list(told.states)
    if told.scopes:
        states.append((SCOPE, scope_value(told.scopes, at, at)))
    pasts: list[Past] = []
    for name, one in states:
        part = parts[name, one.dataset_id]
        parts[name, one.dataset_id] += 1
        kept = msgspec.structs.replace(one, created_at=at, modified_at=at)
        pasts.append(Past(told.entity_id, name, at, 0, kept, one.dataset_id, number, part=part))
    return pasts


def revised(past: Past, correction: Revised) -> Past | None:
    """The state that a correction makes of another one at the same address; None where it takes it away."""
    if correction.removes:
        return None
    instance = correction.revise(past.instance)
    return msgspec.structs.replace(past, instance=instance, was=past.was if instance is None else "")


def nothing_kept(correction: Correction) -> Problem:
    """The refusal of a correction that finds nothing to correct."""
    field = "id"
    if isinstance(correction, Revised):
        field = "instanceId"
    elif isinstance(correction, Forgotten) and correction.attribute is not None:
        field = "attrId"
    return Problem("ResourceNotFound", f"nothing such is kept of the past of {correction.entity_id}", field)


def corrected_names(correction: Correction) -> tuple[str, ...]:
    """The attributes of which a correction names the past."""
    if isinstance(correction, Told):
        return tuple(sorted({name for name, _ in correction.states}))
    return (correction.attribute,) if correction.attribute is not None else ()


def scope_value(scopes: tuple[str, ...], created_at: Instant, at: Instant) -> Instance:
    """Scopes as they stand in history: the value of a Property."""
    return Instance("Property", list(scopes), created_at=created_at, modified_at=at)


def newest_of(pasts: Iterable[Past]) -> dict[str, Instance]:
    """What states leave standing, attribute by attribute: the newest without datasetId, where it is no deletion.

    States that were told of the past alone (version 0) never stood.
    """
    newest: dict[str, Past] = {}
    for past in pasts:
        if past.dataset_id is None and past.version > 0:
            other = newest.get(past.attribute)
            if other is None or (past.at, past.number, past.part) > (other.at, other.number, other.part):
                newest[past.attribute] = past
    return {name: past.instance for name, past in newest.items() if past.instance is not None}
