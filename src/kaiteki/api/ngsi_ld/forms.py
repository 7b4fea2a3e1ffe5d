"""Entities as bytes, as one person sees them; what was rendered once is kept as long as there is room."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Final

import msgspec

from kaiteki.api.ngsi_ld.negotiation import LD_JSON, Shape
from kaiteki.api.tally import CacheTally
from kaiteki.api.trust import Trust
from kaiteki.broker.opening import reading_now
from kaiteki.model.access import Person
from kaiteki.model.entity import Entity
from kaiteki.model.problem import Problem
from kaiteki.model.representation.rendering import Style, encode, render
from kaiteki.model.sealed import MARK
from kaiteki.model.terms.context import Context
from kaiteki.model.visibility import Attributes
from kaiteki.ports.entities import Row, Stamp

FORMS_BYTES: Final = 48_000_000
ENTRY_COST_BYTES: Final = 300
"""What an entry costs beside its bytes: the key, the tuple, its place in the dictionary."""
SHELVES_MAX: Final = 4000
"""Pairs of an area and a look for which something is kept."""
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

    def __init__(self, trust: Trust, size_max_bytes: int = FORMS_BYTES) -> None:
        self._trust = trust
        self._shelves: dict[tuple[str, str], dict[Stamp, bytes]] = {}
        self._order: deque[tuple[dict[Stamp, bytes], Stamp]] = deque()
        self.tally: Final = CacheTally()
        self._size_max_bytes = size_max_bytes

    def shelf(self, area: str, flavour: str) -> Mapping[Stamp, bytes]:
        """What is kept of an area in one look, by the stamps of rows."""
        return self._shelf(area, flavour)

    def _shelf(self, area: str, flavour: str) -> dict[Stamp, bytes]:
        found = self._shelves.get((area, flavour))
        if found is None:
            if len(self._shelves) >= SHELVES_MAX:
                self._clear()
            found = self._shelves[area, flavour] = {}
        return found

    def of(self, row: Row, area: str, look: Look, flavour: str, person: Person) -> bytes:
        """A found entity in a look; HIDDEN when the person may see nothing of it."""
        shelf, stamp = self._shelf(area, flavour), row.stamp
        kept = shelf.get(stamp)
        if kept is not None:
            return kept
        made = self.make(row.entity(), look, area, person)
        if made is not HIDDEN and row.holds(MARK):
            if reading_now() is None:
                raise Problem("InternalError", "what is sealed is opened within a reading alone")
            # what was opened is told once, with its record, and kept nowhere
            return made
        if self._trust.by_consent(person, area, row):
            return made
        shelf[stamp] = made
        self._order.append((shelf, stamp))
        tally = self.tally
        tally.made += 1
        tally.kept += 1
        tally.size_bytes += len(made) + ENTRY_COST_BYTES
        while tally.size_bytes > self._size_max_bytes:
            oldest, stamp = self._order.popleft()
            tally.size_bytes -= len(oldest.pop(stamp)) + ENTRY_COST_BYTES
            tally.kept -= 1
            tally.let_go += 1
        return made

    def _clear(self) -> None:
        """Begin anew; windows that still hold a shelf find it empty."""
        for shelf in self._shelves.values():
            shelf.clear()
        self._shelves.clear()
        self._order.clear()
        self.tally.let_go += self.tally.kept
        self.tally.kept = self.tally.size_bytes = 0

    def make(self, entity: Entity, look: Look, area: str, person: Person) -> bytes:
        """An entity in a look, rendered now."""
        seen = seen_part(entity, self._trust.visible(person, area, entity), look.style.attrs)
        if seen is None:
            return HIDDEN
        document = render(self._trust.opened(area, seen), look.context, look.style)
        if look.shape == LD_JSON:
            document["@context"] = look.context.document
        return encode(document)


def seen_part(entity: Entity, visible: Attributes, attrs: tuple[str, ...] = ()) -> Entity | None:
    """The entity with only what may be seen of it; None when that is nothing, or none of `attrs` (clause 5.7.1)."""
    if attrs and not any(
        name in entity.attributes and (visible is None or name in visible) for name in attrs
    ):
        return None
    if visible is None:
        return entity
    if not visible:
        return None
    kept = {name: instances for name, instances in entity.attributes.items() if name in visible}
    return entity if len(kept) == len(entity.attributes) else msgspec.structs.replace(entity, attributes=kept)
