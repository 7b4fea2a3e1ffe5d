"""What happened to an entity, as far as somebody sees it, and whether it concerns a subscription (ETSI GS CIM 009 V1.9.1 clause 5.8.6)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

import msgspec

from kaiteki.model.entity import Entity, Instance
from kaiteki.model.instant import Instant
from kaiteki.model.matching import matches_filter, matches_geo, matches_scopes, matches_selector
from kaiteki.model.ngsi_v2.names import from_iri
from kaiteki.model.ngsi_v2.showing import show_attribute
from kaiteki.model.pattern import found_in
from kaiteki.model.watch.subscription import Subscription
from kaiteki.model.watch.v2.wish import V2Words

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
    if one.v2 is not None:
        return _is_alteration(one.v2, list(watched_touches(one, happened)), bool(one.watched), happened)
    wanted = one.wanted_triggers
    if happened.before is None and "entityCreated" in wanted:
        return True
    if happened.after is None and "entityDeleted" in wanted:
        return True
    return any(touch.trigger in wanted for touch in watched_touches(one, happened))


def _is_alteration(words: V2Words, touches: list[Touch], watches: bool, happened: Happening) -> bool:
    """Whether a change is one of the alterations that a subscription of v2 wants, of an attribute that it watches."""
    wanted = words.alterations
    if happened.before is None or happened.after is None:
        what = "entityCreate" if happened.before is None else "entityDelete"
        return what in wanted and (bool(touches) or not watches)
    if "entityUpdate" in wanted:
        return bool(touches)
    return "entityChange" in wanted and any(
        is_altered(happened, touch, words.metadata_counts) for touch in touches
    )


def is_altered(happened: Happening, touch: Touch, metadata_counts: bool = True) -> bool:
    """Whether an instance is another one to v2: it came or went, or has another type, value or metadata."""
    before, after = happened.before, happened.after
    if touch.trigger != "attributeUpdated" or before is None or after is None:
        return True
    shown = [
        show_attribute(one, None if metadata_counts else ())
        for entity in (before, after)
        for one in entity.attributes[touch.name]
        if (one.dataset_id or NO_DATASET) == touch.dataset
    ]
    return shown[0] != shown[1]


def watched_touches(one: Subscription, happened: Happening) -> Iterator[Touch]:
    """What was done to the attributes, and their instances, that a subscription watches."""
    for touch in happened.touches:
        if one.watched and touch.name not in one.watched:
            continue
        if not one.dataset_ids or touch.dataset in one.dataset_ids:
            yield touch


def is_wanted(one: Subscription, entity: Entity) -> bool:
    """Whether an entity is one of those that a subscription is about."""
    if one.selectors and not _is_selected(one, entity):
        return False
    attributes = one.telling.attributes
    if attributes and not any(name in entity.attributes for name in attributes):
        return False
    if one.scope is not None and not matches_scopes(entity.scopes, one.scope):
        return False
    if one.q is not None and not matches_filter(entity, one.q):
        return False
    return one.geo is None or matches_geo(entity, one.geo)


def _is_selected(one: Subscription, entity: Entity) -> bool:
    patterns = one.v2.type_patterns if one.v2 is not None else ()
    for number, selector in enumerate(one.selectors):
        pattern = patterns[number] if patterns else ""
        if matches_selector(entity, selector) and (
            not pattern or any(found_in(pattern, from_iri(name)) for name in entity.types)
        ):
            return True
    return False
