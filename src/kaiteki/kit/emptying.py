"""The decisions of an erasure: what is left of an entity, of a photo, of the past of an attribute."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import msgspec

from kaiteki.kit.files.photo import PHOTOS, Photo
from kaiteki.kit.manifest import EntityType, Erase
from kaiteki.kit.views import read, write
from kaiteki.model.decision import Asked
from kaiteki.model.entity import Entity, encode_entity
from kaiteki.model.instant import Instant
from kaiteki.ports.entities import Change, Decision, Forgotten

_DIGEST: Final = re.compile(rb'"([0-9a-f]{64})"')


class Emptying:
    """The decision that empties entities as a service says; attributes in `still` stay as they are."""

    def __init__(
        self,
        declared: EntityType,
        rule: Erase,
        whose: tuple[frozenset[str], Asked],
        still: frozenset[str],
        digests: set[str],
    ) -> None:
        self._declared = declared
        self._rule = rule
        self._ids, self._asked = whose
        self._still = still
        self._digests = digests

    def __call__(self, loaded: Mapping[str, Entity]) -> Decision[None]:
        changes: list[Change] = []
        for entity in loaded.values():
            left = self._rule.decide(read(self._declared.view, entity), self._ids, self._asked)
            after = write(left, entity, self._asked.now, self._declared.name) if left is not None else None
            self._digests |= digests_in(entity) - (digests_in(after) if after is not None else set())
            if after is not None and self._still:
                stay = {name: entity.attributes[name] for name in self._still & entity.attributes.keys()}
                after = msgspec.structs.replace(after, attributes={**after.attributes, **stay})
            if after is not entity and (after is None or after.attributes != entity.attributes):
                changes.append(Change(entity, after, purge_history=after is None))
        return Decision(changes, None)


def leaving(left: Photo, now: Instant, loaded: Mapping[str, Entity]) -> Decision[None]:
    """What is left of a photo: its other senders, or nothing."""
    entity = loaded.get(left.id)
    if entity is None:
        return Decision((), None)
    after = write(left, entity, now, PHOTOS.name) if left.senders else None
    return Decision([Change(entity, after, purge_history=after is None)] if after is not entity else (), None)


def forgetting(forgotten: Forgotten, _loaded: Mapping[str, Entity]) -> Decision[None]:
    """Former states of an attribute are forgotten."""
    return Decision((), None, correction=forgotten)


def digests_in(entity: Entity) -> set[str]:
    """The digests of files that an entity names."""
    return {found.decode() for found in _DIGEST.findall(encode_entity(entity))}
