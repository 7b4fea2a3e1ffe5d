"""What the services of a node keep, and as what each of them sees it: types by name, views by class, parts that are played."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from kaiteki.kit.allowances import USES
from kaiteki.kit.channels.kept import CHANNEL_TYPES
from kaiteki.kit.channels.rules import CHANNEL_COMMANDS, CHANNEL_JOBS
from kaiteki.kit.erasures import ERASURES
from kaiteki.kit.failures import FAILURES
from kaiteki.kit.files.photo import PHOTOS
from kaiteki.kit.grounds import KIT_PURPOSES
from kaiteki.kit.manifest import EntityType, Service, State
from kaiteki.kit.messages import LETTERS
from kaiteki.kit.numbering import COUNTERS
from kaiteki.kit.views import expand_name, read, type_name
from kaiteki.model.entity import Entity
from kaiteki.model.words import Words

KIT_TYPES: Final = (LETTERS, COUNTERS, PHOTOS, FAILURES, ERASURES, USES, *CHANNEL_TYPES)
KIT: Final = Service(
    name="kit",
    words=Words("基本機能", "Basics", "きほん"),
    summary=Words("すべてのサービスが使う記録", "Records that all services use", "みんなが つかう きろく"),
    field="hall",
    stage="stable",
    package="kaiteki.kit",
    types=KIT_TYPES,
    commands=CHANNEL_COMMANDS,
    jobs=CHANNEL_JOBS,
    purposes=KIT_PURPOSES,
)
"""What the kit itself keeps, told as a service is, so that generic pages show it to those who run the node."""


class Kept:
    """The types of some services and of the kit itself."""

    def __init__(self, services: Sequence[Service]) -> None:
        self.types: Final = {
            expand_name(declared.name): declared
            for declared in (*KIT_TYPES, *(declared for service in services for declared in service.types))
        }
        self._kept_by = {one.view: one for service in services for one in (*service.types, *KIT_TYPES)}
        self._views = {service.name: self._views_of(service) for service in (*services, KIT)}

    def declared(self, view: type[msgspec.Struct]) -> EntityType | None:
        """The entity type of which a class is a view, whichever service keeps it."""
        return self._kept_by.get(view) or self.types.get(expand_name(type_name(view)))

    def playing(self, part: str) -> tuple[EntityType, ...]:
        """The types that play a part, whichever service keeps them, in the order of the services."""
        return tuple(declared for declared in self.types.values() if part in declared.plays)

    def state(self, service: Service, loaded: Mapping[str, Entity]) -> State:
        """The loaded entities as the service's own views; what it has no view of it does not see."""
        views = self._views[service.name]
        kinds = {one.id: next((kind for kind in one.types if kind in views), "") for one in loaded.values()}
        return {found: read(views[kind], loaded[found]) for found, kind in kinds.items() if kind}

    def _views_of(self, service: Service) -> dict[str, type[msgspec.Struct]]:
        """How a service sees entities, by expanded type: its own types before those it names, these before parts."""
        views = {
            expand_name(declared.name): view
            for part, view in service.meets.items()
            for declared in self.playing(part)
        }
        views |= {expand_name(type_name(view)): view for view in service.sees}
        return views | {expand_name(one.name): one.view for one in (*KIT_TYPES, *service.types)}


def own_type(service: Service, view: type[msgspec.Struct]) -> EntityType:
    """The type a service writes; a service writes no other service's entities (that would be a bug, so it raises)."""
    for declared in (*service.types, *KIT_TYPES):
        if declared.view is view or view in declared.parts:
            return declared
    raise TypeError(f"{service.name} keeps no entities of {view.__name__}")
