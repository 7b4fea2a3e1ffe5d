"""Where an import goes: the store of this machine, or a running node by NGSI-LD."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol, TypeVar, cast

import aiohttp
import msgspec

from kaiteki.kit import views
from kaiteki.model.entity import VALUE_MEMBER, Entity, Instance, Json
from kaiteki.model.instant import Instant
from kaiteki.ports.clock import Clock
from kaiteki.ports.entities import By, Change, Decision, Entities, Repeated

V = TypeVar("V", bound=msgspec.Struct)
BATCH_ROWS: Final = 500
REQUEST_TIMEOUT_S: Final = 60
_BY: Final = By(actor="import", action="opendata.import", purpose="import")


class Kept(msgspec.Struct, frozen=True):
    """What became of a batch; `refused` are positions in it, with the reason that the target gave."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: Mapping[int, str] = {}


class Target(Protocol):
    """A place that keeps records."""

    async def keep(self, records: Sequence[msgspec.Struct]) -> Kept:
        """Keep records; those that say nothing new are not written."""
        ...

    async def get(self, view: type[V], entity_id: str) -> V | None:
        """One entity as a view."""
        ...

    async def close(self) -> None: ...


class LocalTarget:
    """The store of this machine, also beside a running node."""

    def __init__(self, entities: Entities, clock: Clock, area: str) -> None:
        self._entities, self._clock, self._area = entities, clock, area

    async def keep(self, records: Sequence[msgspec.Struct]) -> Kept:
        wanted: dict[str, Any] = {record.id: record for record in _any(records)}
        now = self._clock.now()

        def decide(existing: Mapping[str, Entity]) -> Decision[Kept]:
            changes: list[Change] = []
            for entity_id, record in wanted.items():
                before = existing.get(entity_id)
                after = views.write(
                    record, before, now, views.type_name(cast(type[msgspec.Struct], type(record)))
                )
                if after is not before:
                    changes.append(Change(before, after))
            created = sum(1 for change in changes if change.before is None)
            changed = len(changes) - created
            return Decision(changes, Kept(created, changed, len(wanted) - len(changes)))

        answer = await self._entities.change(self._area, list(wanted), decide, _BY)
        if isinstance(answer, Repeated):
            raise TypeError("an import uses no idempotency key")
        return answer

    async def get(self, view: type[V], entity_id: str) -> V | None:
        row = (await self._entities.load(self._area, (entity_id,))).get(entity_id)
        return views.read(view, row.entity()) if row is not None else None

    async def close(self) -> None:
        await self._entities.close()


class RemoteTarget:
    """A running node: batch query and batch upsert of NGSI-LD (ETSI GS CIM 009 clauses 5.6.8 and 5.7.2)."""

    def __init__(self, url: str, area: str, token: str = "") -> None:
        headers = {"NGSILD-Tenant": area} if area else {}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        self._base = url.rstrip("/") + "/ngsi-ld/v1/entityOperations/"
        timeout = aiohttp.ClientTimeout(total=REQUEST_TIMEOUT_S)
        self._session = aiohttp.ClientSession(headers=headers, timeout=timeout)

    async def keep(self, records: Sequence[msgspec.Struct]) -> Kept:
        wanted = {str(one["id"]): one for one in (render(record) for record in records)}
        known = await self._query([{"id": one["id"], "type": one["type"]} for one in wanted.values()])
        new = [one for entity_id, one in wanted.items() if entity_id not in known]
        differing = [
            one
            for entity_id, one in wanted.items()
            if entity_id in known and any(known[entity_id].get(name) != value for name, value in one.items())
        ]
        refused = await self._upsert([*new, *differing]) if new or differing else {}
        places = {str(record.id): at for at, record in enumerate(_any(records))}
        failed = {places[entity_id]: why for entity_id, why in refused.items() if entity_id in places}
        created = sum(1 for one in new if one["id"] not in refused)
        changed = sum(1 for one in differing if one["id"] not in refused)
        return Kept(created, changed, len(wanted) - len(new) - len(differing), failed)

    async def get(self, view: type[V], entity_id: str) -> V | None:
        found = (await self._query([{"id": entity_id, "type": views.type_name(view)}])).get(entity_id)
        return views.read(view, parse(found)) if found else None

    async def close(self) -> None:
        await self._session.close()

    async def _query(self, entities: list[dict[str, Json]]) -> dict[str, dict[str, Json]]:
        query = {"type": "Query", "entities": entities}
        async with self._session.post(self._base + f"query?limit={len(entities)}", json=query) as answer:
            answer.raise_for_status()
            rows: list[dict[str, Json]] = await answer.json(content_type=None)
        return {str(row["id"]): row for row in rows}

    async def _upsert(self, entities: list[dict[str, Json]]) -> dict[str, str]:
        """Upsert; ids that were refused with the reason."""
        async with self._session.post(self._base + "upsert?options=update", json=entities) as answer:
            if answer.status == 207:
                result: dict[str, Any] = await answer.json(content_type=None)
                return {str(error["entityId"]): str(error.get("error", "")) for error in result["errors"]}
            answer.raise_for_status()
        return {}


def _any(records: Sequence[msgspec.Struct]) -> Sequence[Any]:
    return records


def render(record: msgspec.Struct) -> dict[str, Json]:
    """A view as a normalized NGSI-LD entity with short names."""
    entity = views.write(record, None, Instant(0), views.type_name(type(record)))
    document: dict[str, Json] = {"id": entity.id, "type": views.type_name(type(record))}
    for slot in views.slots(type(record)):
        instance = entity.first(slot.iri)
        if instance is not None:
            document[slot.short] = {"type": instance.kind, VALUE_MEMBER[instance.kind]: instance.value}
    return document


def parse(document: Mapping[str, Json]) -> Entity:
    """A normalized NGSI-LD entity with short names as an entity; only what `render` writes is read."""
    attributes: dict[str, tuple[Instance, ...]] = {}
    for name, value in document.items():
        kind = cast(dict[str, Any], value).get("type") if isinstance(value, dict) else None
        if kind in VALUE_MEMBER:
            attributes[views.expand_name(name)] = (Instance(kind, value[VALUE_MEMBER[kind]]),)
    return Entity(str(document["id"]), (views.expand_name(str(document["type"])),), attributes)
