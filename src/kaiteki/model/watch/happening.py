"""What happened to an entity, as far as somebody sees it, and whether it concerns a subscription (ETSI GS CIM 009 V1.9.1 clause 5.8.6)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

import msgspec

from kaiteki.model.entity import Entity, Instance
from kaiteki.model.instant import Instant
from kaiteki.model.matching import matches_filter, matches_geo, matches_scopes, matches_selector
from kaiteki.model.watch.subscription import Subscription

NO_DATASET: Final = "@none"


class Touch(NamedTuple):
    """What happened to one instance of an attribute: a trigger, the attribute, and which instance (`@none`: the default one)."""

    trigger: str
    name: str
    dataset: str


class Happening(msgspec.Struct, frozen=True):
    """A change of an entity: its states and all that was done to its attributes. `subject` is what conditions are asked of.

    `known` is the state before, as far as its values may be told beside those of now.
    """

    before: Entity | None
    after: Entity | None
    touches: tuple[Touch, ...]
    known: Entity | None = None

    @property
    def subject(self) -> Entity:
        """The state after the change, or the last one of an entity that is gone."""
        subject = self.after or self.before
        if subject is None:
            raise ValueError("a change needs a state before or a state after")
        return subject


def happening(before: Entity | None, after: Entity | None, known: Entity | None = None) -> Happening:
    """What a change did. One of the states before and after may be None, not both."""
    old: Mapping[str, tuple[Instance, ...]] = before.attributes if before is not None else {}
    new: Mapping[str, tuple[Instance, ...]] = after.attributes if after is not None else {}
    return Happening(before, after, tuple(_touches(old, new)), known)


def _touches(
    old: Mapping[str, tuple[Instance, ...]], new: Mapping[str, tuple[Instance, ...]]
) -> Iterator[Touch]:
    for name, instances in new.items():
        stood = old.get(name, ())
        if stood is instances:
            continue
        known = {one.dataset_id: one for one in stood}
        for one in instances:
            before = known.pop(one.dataset_id, None)
            if before is None:
                yield Touch("attributeCreated", name, one.dataset_id or NO_DATASET)
            elif before != one:
                yield Touch("attributeUpdated", name, one.dataset_id or NO_DATASET)
        for gone in known:
            yield Touch("attributeDeleted", name, gone or NO_DATASET)
    for name, instances in old.items():
        if name not in new:
            for one in instances:
                yield Touch("attributeDeleted", name, one.dataset_id or NO_DATASET)


def concerns(one: Subscription, happened: Happening, now: Instant) -> bool:
    """Whether a change is to be notified: triggered, of a wanted entity, with all conditions true of it."""
    if not one.is_active or one.time_interval_s is not None or one.is_over(now):
        return False
    return _is_triggered(one, happened) and is_wanted(one, happened.subject)


def _is_triggered(one: Subscription, happened: Happening) -> bool:
    wanted = one.wanted_triggers
    if happened.before is None and "entityCreated" in wanted:
        return True
    if happened.after is None and "entityDeleted" in wanted:
        return True
    return any(touch.trigger in wanted for touch in watched_touches(one, happened))


def watched_touches(one: Subscription, happened: Happening) -> Iterator[Touch]:
    """What was done to the attributes, and their instances, that a subscription watches."""
    for touch in happened.touches:
        if one.watched and touch.name not in one.watched:
            continue
        if not one.dataset_ids or touch.dataset in one.dataset_ids:
            yield touch


def is_wanted(one: Subscription, entity: Entity) -> bool:
    """Whether an entity is one of those that a subscription is about."""
    if one.selectors and not any(matches_selector(entity, selector) for selector in one.selectors):
        return False
    attributes = one.telling.attributes
    if attributes and not any(name in entity.attributes for name in attributes):
        return False
    if one.scope is not None and not matches_scopes(entity.scopes, one.scope):
        return False
    if one.q is not None and not matches_filter(entity, one.q):
        return False
    return one.geo is None or matches_geo(entity, one.geo)
