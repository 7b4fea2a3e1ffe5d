"""Entity maps: which entities a query has found and who told of them, kept for a while so that its pages fit together (ETSI GS CIM 009 V1.9.1 clauses 5.2.39, 5.5.9.3, 5.14).

They are kept in memory, as they are of use for minutes: after a restart a query is asked anew.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import Final

import msgspec

from kaiteki.broker.federated import GATHERED_MAX, HERE, Gathered, Sought, query_federated, tell_again
from kaiteki.broker.inquiring import Inquirer
from kaiteki.broker.sifting import sift
from kaiteki.model.entity import Json, is_object
from kaiteki.model.instant import Instant, format_instant, parse_instant
from kaiteki.model.periods import parse_periods
from kaiteki.model.problem import Problem
from kaiteki.model.query import Query
from kaiteki.model.sources.passage import Passage

LIFETIME_S: Final = 600
"""How long a map is kept that nobody says anything of."""
LIFETIME_MAX_S: Final = 86_400
MAPS_MAX: Final = 200
"""Maps of a node; the one that was asked for longest ago goes first."""
SECOND: Final = 1_000_000


class EntityMap(msgspec.Struct, frozen=True):
    """An entity map of an area. `level` are those who see what its maker sees; nobody else is told of it.

    `places` are the ids of registrations by entity, `@none` for this node, in the order of the query.
    """

    id: str
    area: str
    level: str
    places: Mapping[str, tuple[str, ...]]
    expires_at: Instant

    def document(self) -> dict[str, Json]:
        """The map as it is shown (clause 5.2.39)."""
        return {
            "id": self.id,
            "type": "EntityMap",
            "expiresAt": format_instant(self.expires_at),
            "entityMap": {entity_id: list(places) for entity_id, places in self.places.items()},
            "linkedMaps": {},
        }


class EntityMaps:
    """The entity maps of a node."""

    def __init__(self, inquirer: Inquirer) -> None:
        self._inquirer = inquirer
        self._clock = inquirer.registry.plane.clock
        self._kept: OrderedDict[str, EntityMap] = OrderedDict()

    async def create(
        self, passage: Passage, sought: Sought, level: str, lifetime: str | None
    ) -> tuple[EntityMap, Gathered]:
        """Ask a query whole, and keep who told of what (clause 5.14.4); the map, and its entities. Raises TooManyResults."""
        lifetime_s = _seconds(lifetime) if lifetime is not None else LIFETIME_S
        wanted = msgspec.structs.replace(sought.wanted, limit=GATHERED_MAX - 1, offset=0, total=False)
        plane = self._inquirer.registry.plane
        await self._inquirer.registry.ready()
        whole = msgspec.structs.replace(sought, wanted=wanted)
        gathered = await query_federated(self._inquirer, passage, whole)
        if gathered is None:
            found = await sift(plane.entities, passage.area, wanted)
            if found.more:
                raise Problem(
                    "TooManyResults", f"a map holds fewer than {GATHERED_MAX} entities", "entityMap"
                )
            gathered = Gathered(
                [row.entity() for row in found.rows], places={row.id: (HERE,) for row in found.rows}
            )
        made = EntityMap(
            f"urn:ngsi-ld:EntityMap:{self._clock.seed():016x}",
            passage.area,
            level,
            gathered.places,
            Instant(self._clock.now() + lifetime_s * SECOND),
        )
        self._kept[made.id] = made
        while len(self._kept) > MAPS_MAX:
            self._kept.popitem(last=False)
        return made, gathered

    def retrieve(self, area: str, level: str, map_id: str) -> EntityMap:
        """A map that stands (clause 5.14.1). Raises ResourceNotFound."""
        found = self._kept.get(map_id)
        if (
            found is None
            or (found.area, found.level) != (area, level)
            or found.expires_at <= self._clock.now()
        ):
            raise Problem("ResourceNotFound", f"there is no entity map {map_id}", "id")
        self._kept.move_to_end(map_id)
        return found

    def update(self, area: str, level: str, map_id: str, document: Json) -> None:
        """Let a map stand until another time (clause 5.14.2). Raises ResourceNotFound, BadRequestData."""
        found = self.retrieve(area, level, map_id)
        if not is_object(document) or not document.keys() <= {"type", "id", "expiresAt", "@context"}:
            raise Problem("BadRequestData", "of an entity map expiresAt can be changed", "body")
        told = document.get("expiresAt")
        moment = parse_instant(told) if isinstance(told, str) else None
        now = self._clock.now()
        if moment is None or not now < moment <= now + LIFETIME_MAX_S * SECOND:
            raise Problem("BadRequestData", "expiresAt is a DateTime of the next 24 hours", "expiresAt")
        self._kept[map_id] = msgspec.structs.replace(found, expires_at=moment)

    def delete(self, area: str, level: str, map_id: str) -> None:
        """Forget a map (clause 5.14.3). Raises ResourceNotFound."""
        del self._kept[self.retrieve(area, level, map_id).id]

    async def page(self, kept: EntityMap, passage: Passage, wanted: Query) -> Gathered:
        """A page of the entities of a map, as they are now (clause 5.5.9.3)."""
        ids = list(kept.places)[wanted.offset : wanted.offset + wanted.limit]
        more = len(kept.places) > wanted.offset + wanted.limit
        if not ids:
            return Gathered((), more=more, total=len(kept.places))
        told = await tell_again(self._inquirer, passage, {one: kept.places[one] for one in ids}, wanted)
        return told._replace(more=more, total=len(kept.places))


def _seconds(lifetime: str) -> int:
    """How long a map is wanted, as long as maps are kept at most. Raises BadRequestData."""
    wanted = parse_periods(lifetime, "entityMapLifetime")
    seconds = wanted.microseconds // SECOND + wanted.months * 31 * 86_400
    if not seconds:
        raise Problem("BadRequestData", "an entity map lasts at least a second", "entityMapLifetime")
    return min(seconds, LIFETIME_MAX_S)
