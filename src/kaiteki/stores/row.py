"""A found entity as its stored bytes."""

from __future__ import annotations

import msgspec

from kaiteki.model.entity import Entity, decode_entity
from kaiteki.ports.entities import Stamp


class StoredRow(msgspec.Struct, gc=False):
    """A found entity as its stored bytes; decoded when asked."""

    id: str
    version: int
    born: int
    doc: bytes
    read: Entity | None = None
    """The entity, where it had to be decoded to be found."""

    @property
    def stamp(self) -> Stamp:
        """The event of its creation tells entities of one id apart, the version their states."""
        return (self.born, self.version)

    def entity(self) -> Entity:
        """Decode the stored bytes, unless that was done."""
        return decode_entity(self.doc) if self.read is None else self.read

    def holds(self, mark: bytes) -> bool:
        """Whether the stored bytes hold a mark."""
        return mark in self.doc
