"""Entities as bytes, as one person sees them; what was rendered once is kept as long as there is room."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Final

import msgspec

from kaiteki.api.ngsi_ld.negotiation import LD_JSON, Shape
from kaiteki.api.trust import Attributes, Trust
from kaiteki.model.access import Person
from kaiteki.model.entity import Entity
from kaiteki.model.representation.rendering import Links, Style, encode, render
from kaiteki.model.terms.context import Context
from kaiteki.ports.entities import Row

FORMS_SIZE_MAX_BYTES: Final = 48_000_000
ENTRY_COST_BYTES: Final = 300
"""What an entry costs beside its bytes: the key, the tuple, its place in the dictionary."""
HIDDEN: Final = b""


class Look(msgspec.Struct, frozen=True):
    """How entities are shown in one answer: media type, @context, style, and for whom."""

    shape: Shape
    context: Context
    style: Style
    level: str

    @property
    def flavour(self) -> str:
        """Equal for equal looks: the part of a cache key that is not the entity."""
        return f"{self.shape} {self.context.key} {self.style.key.decode()} {self.level}"


class Forms:
    """The cache of rendered forms of a node. Bounded by bytes; the oldest entry goes first."""

    def __init__(self, trust: Trust, size_max_bytes: int = FORMS_SIZE_MAX_BYTES) -> None:
        self._trust = trust
        self._kept: dict[Hashable, bytes] = {}
        self._size_bytes = 0
        self._size_max_bytes = size_max_bytes

    def of(self, row: Row, area: str, look: Look, flavour: str, person: Person) -> bytes:
        """A found entity in a look; HIDDEN when the person may see nothing of it."""
        key = (area, row.id, row.stamp, flavour)
        kept = self._kept.get(key)
        if kept is not None:
            return kept
        made = self.make(row.entity(), look, person)
        self._size_bytes += len(made) + ENTRY_COST_BYTES
        self._kept[key] = made
        while self._size_bytes > self._size_max_bytes:
            oldest = next(iter(self._kept))
            self._size_bytes -= len(self._kept.pop(oldest)) + ENTRY_COST_BYTES
        return made

    def make(self, entity: Entity, look: Look, person: Person, links: Links | None = None) -> bytes:
        """An entity in a look, rendered now."""
        seen = seen_part(entity, self._trust.visible(person, entity))
        if seen is None:
            return HIDDEN
        document = render(seen, look.context, look.style, links)
        if look.shape == LD_JSON:
            document["@context"] = look.context.document
        return encode(document)


def seen_part(entity: Entity, visible: Attributes) -> Entity | None:
    """The entity with only what may be seen of it; None when that is nothing."""
    if visible is None:
        return entity
    if not visible:
        return None
    kept = {name: instances for name, instances in entity.attributes.items() if name in visible}
    return entity if len(kept) == len(entity.attributes) else msgspec.structs.replace(entity, attributes=kept)
