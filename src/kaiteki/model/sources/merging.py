"""One entity out of what several sources tell of it (ETSI GS CIM 009 V1.9.1 clauses 4.3.6.2, 4.3.6.3 and 4.5.5.3)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from kaiteki.model.entity import Entity, Instance
from kaiteki.model.sources.registration import Mode

Instances = tuple[Instance, ...]
RANK: Final[dict[Mode, int]] = {"exclusive": 0, "redirect": 0, "inclusive": 1, "auxiliary": 2}
"""Who is heard first: those who alone hold what they tell; equals; those who only fill gaps."""


class Account(msgspec.Struct, frozen=True):
    """What one source tells of an entity. `held` are the attributes that it alone holds; None: everything that it tells."""

    entity: Entity
    mode: Mode = "inclusive"
    held: frozenset[str] | None = frozenset()


def merged(accounts: Sequence[Account]) -> Entity:
    """The entity that the accounts make together; they are of one id, and there is at least one.

    What a proxied source holds nobody else tells. Among equals the newest instance by datasetId counts: by observedAt, where both
    tell one, else by modifiedAt; on a draw the earlier account. Auxiliary sources add what nobody else tells.
    """
    ordered = sorted(accounts, key=lambda one: RANK[one.mode])
    if len(ordered) == 1:
        return ordered[0].entity
    attributes: dict[str, dict[str | None, Instance]] = {}
    closed: set[str] = set()
    for one in ordered:
        mine: set[str] = set()
        for name, instances in one.entity.attributes.items():
            if name in closed and RANK[one.mode]:
                continue
            stands = attributes.setdefault(name, {})
            for instance in instances:
                known = stands.get(instance.dataset_id)
                if known is None or (one.mode != "auxiliary" and is_newer(instance, known)):
                    stands[instance.dataset_id] = instance
            mine.add(name)
        if not RANK[one.mode]:
            closed |= mine if one.held is None else one.held
    first = ordered[0].entity
    return msgspec.structs.replace(
        first,
        types=_united(one.entity.types for one in ordered),
        scopes=_united(one.entity.scopes for one in ordered),
        attributes={name: _in_order(instances) for name, instances in attributes.items()},
        created_at=min(
            (one.entity.created_at for one in ordered if one.entity.created_at), default=first.created_at
        ),
        modified_at=max(one.entity.modified_at for one in ordered),
    )


def is_newer(one: Instance, other: Instance) -> bool:
    """Whether an instance is the more current one of two with the same datasetId (clause 4.5.5.3)."""
    if one.observed_at is not None and other.observed_at is not None and one.observed_at != other.observed_at:
        return one.observed_at > other.observed_at
    return one.modified_at > other.modified_at


def _in_order(instances: dict[str | None, Instance]) -> Instances:
    return tuple(instances[key] for key in sorted(instances, key=lambda key: key or ""))


def _united(groups: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one for group in groups for one in group))
