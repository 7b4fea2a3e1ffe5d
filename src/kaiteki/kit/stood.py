"""What entities were just before a moment, out of their history: for rules and pages that go back to it.

Of what was deleted by then nothing stood. Sealed attributes stay sealed: nobody goes back to what people said of themselves.
"""

from __future__ import annotations

from collections.abc import Sequence

from kaiteki.model.entity import Entity
from kaiteki.model.instant import Instant
from kaiteki.ports.history import History


async def stood_of(
    history: History, area: str, entity_ids: Sequence[str], moment: Instant
) -> dict[str, Entity]:
    """The entities that stood just before a moment, by id, with the types that they have now or had last. One look for all states,
    and one for each that stood."""
    stood = await history.stood(area, entity_ids, moment)
    found: dict[str, Entity] = {}
    for entity_id, kept in stood.items():
        life = await history.life(area, entity_id)
        if life is not None and kept:
            attributes = {name: (instance,) for name, instance in kept.items()}
            found[entity_id] = Entity(entity_id, life.types, attributes=attributes)
    return found
