"""Where an import goes: the store of this machine, or a running node by NGSI-LD."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any, Final, Literal, Protocol, TypeVar, cast

import aiohttp
import msgspec

from kaiteki.kit import views
from kaiteki.model.entity import VALUE_MEMBER, Entity, Instance, Json
from kaiteki.model.instant import Instant
from kaiteki.model.problem import Problem
from kaiteki.model.query import PAGE_SIZE_MAX
from kaiteki.model.representation.applying import new_entity
from kaiteki.model.representation.parsing import parse_entity
from kaiteki.model.representation.patch import EntityPatch
from kaiteki.model.representation.rendering import render as render_entity
from kaiteki.model.terms.compiling import core_context
from kaiteki.ports.clock import Clock
from kaiteki.ports.entities import By, Change, Decision, Entities, Repeated, Row
from kaiteki.services.opendata.standard.table import standard_types
from kaiteki.services.opendata.surplus import records_of
from kaiteki.services.opendata.withdrawal.model import WITHHELD, hide

V = TypeVar("V", bound=msgspec.Struct)
BATCH_ROWS: Final = 500
SELECTORS_MAX: Final = 100
"""Entities that one query names; a node takes as many."""
REQUEST_TIMEOUT_S: Final = 60
BODY_BYTES_MAX: Final = 1_500_000
"""Bytes of one body that is sent; a node takes two million."""
REFUSED: Final = {
    401: "The node does not know you. Put the token of an account into KAITEKI_TOKEN (kaiteki user add NAME --machine).",
    403: "This account may not import there: {detail}. It needs the role staff in the area {area}.",
    404: "The node has no such area or interface ({detail}). Please check --url and --city {area}.",
}
"""Status -> what a person can do about it."""
_BY: Final = By(actor="import", action="opendata.import", purpose="import")
_PRUNE: Final = By(actor="import", action="opendata.prune", purpose="import")


class Kept(msgspec.Struct, frozen=True):
    """What became of a batch; `refused` are positions in it, with the reason that the target gave."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: Mapping[int, str] = {}


class NoTarget(Exception):
    """The target cannot be reached or will not have the import; the text says why and what to do."""


class Target(Protocol):
    """A place that keeps records."""

    async def keep(self, records: Sequence[msgspec.Struct], withheld: str = "") -> Kept:
        """Keep records; those that say nothing new are not written. New ones are not public where a Withdrawal is named."""
        ...

    async def take(self, documents: Sequence[dict[str, Json]]) -> Kept:
        """Keep normalized NGSI-LD entities whole, in the place of those of their ids."""
        ...

    async def get(self, view: type[V], entity_id: str) -> V | None:
        """One entity as a view."""
        ...

    def ids_of(self, data_set: str) -> AsyncIterator[Sequence[str]]:
        """The ids of all records of a data set, a page at a time."""
        ...

    async def remove(self, ids: Sequence[str]) -> int:
        """Delete entities; their history stays. The answer is how many there were."""
        ...

    async def close(self) -> None: ...


class LocalTarget:
    """The store of this machine, also beside a running node."""

    def __init__(self, entities: Entities, clock: Clock, area: str) -> None:
        self._entities, self._clock, self._area = entities, clock, area

    async def keep(self, records: Sequence[msgspec.Struct], withheld: str = "") -> Kept:
        wanted: dict[str, Any] = {record.id: record for record in _any(records)}
        now = self._clock.now()

        def decide(existing: Mapping[str, Entity]) -> Decision[Kept]:
            changes = _changes(wanted, existing, now, withheld)
            created = sum(1 for change in changes if change.before is None)
            changed = len(changes) - created
            return Decision(changes, Kept(created, changed, len(wanted) - len(changes)))

        answer = await self._entities.change(self._area, list(wanted), decide, _BY)
        if isinstance(answer, Repeated):
            raise TypeError("an import uses no idempotency key")
        return answer

    async def keep_upon(self, row: Row, records: Sequence[msgspec.Struct]) -> bool:
        """Keep records that were worked out of the entity of a row, unless it was written or deleted since: then none of them, and False."""
        wanted: dict[str, Any] = {record.id: record for record in _any(records)}
        read, now = row.entity(), self._clock.now()

        def decide(existing: Mapping[str, Entity]) -> Decision[bool]:
            stands = existing.get(row.id)
            if stands is None or (stands.version, stands.created_at) != (read.version, read.created_at):
                return Decision((), False)
            return Decision(_changes(wanted, existing, now), True)

        answer = await self._entities.change(self._area, list({row.id: None, **wanted}), decide, _BY)
        if isinstance(answer, Repeated):
            raise TypeError("an import uses no idempotency key")
        return answer

    async def take(self, documents: Sequence[dict[str, Json]]) -> Kept:
        now, context = self._clock.now(), core_context()
        read: dict[str, tuple[dict[str, Json], EntityPatch]] = {}
        refused: dict[int, str] = {}
        for at, document in enumerate(documents):
            try:
                read[str(document["id"])] = document, parse_entity(document, context)
            except Problem as problem:
                refused[at] = problem.detail

        def decide(existing: Mapping[str, Entity]) -> Decision[Kept]:
            changes = [
                Change(before, new_entity(patch, now, before))
                for entity_id, (document, patch) in read.items()
                if (before := existing.get(entity_id)) is None or render_entity(before, context) != document
            ]
            created = sum(1 for change in changes if change.before is None)
            return Decision(changes, Kept(created, len(changes) - created, len(read) - len(changes), refused))

        answer = await self._entities.change(self._area, list(read), decide, _BY)
        if isinstance(answer, Repeated):
            raise TypeError("an import uses no idempotency key")
        return answer

    async def get(self, view: type[V], entity_id: str) -> V | None:
        row = (await self._entities.load(self._area, (entity_id,))).get(entity_id)
        return views.read(view, row.entity()) if row is not None else None

    async def ids_of(self, data_set: str) -> AsyncIterator[Sequence[str]]:
        wanted, after = records_of(data_set), None
        more = True
        while more:
            page = msgspec.structs.replace(wanted, limit=PAGE_SIZE_MAX, after_id=after)
            found = await self._entities.find(self._area, page)
            ids = [row.id for row in found.rows]
            more, after = found.more and bool(ids), ids[-1] if ids else None
            yield ids

    async def remove(self, ids: Sequence[str]) -> int:
        def decide(existing: Mapping[str, Entity]) -> Decision[int]:
            return Decision([Change(one, None) for one in existing.values()], len(existing))

        answer = await self._entities.change(self._area, ids, decide, _PRUNE)
        if isinstance(answer, Repeated):
            raise TypeError("an import uses no idempotency key")
        return answer

    async def close(self) -> None:
        await self._entities.close()


class RemoteTarget:
    """A running node: batch query and batch upsert of NGSI-LD (ETSI GS CIM 009 clauses 5.6.8 and 5.7.2)."""

    def __init__(self, url: str, area: str, token: str = "") -> None:
        self._url, self._area = url, area
        headers = {"Content-Type": "application/json", **({"NGSILD-Tenant": area} if area else {})}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        self._base = url.rstrip("/") + "/ngsi-ld/v1/entityOperations/"
        timeout = aiohttp.ClientTimeout(total=REQUEST_TIMEOUT_S)
        self._session = aiohttp.ClientSession(headers=headers, timeout=timeout)

    async def keep(self, records: Sequence[msgspec.Struct], withheld: str = "") -> Kept:
        return await self._send([render(record) for record in records], "update", withheld)

    async def take(self, documents: Sequence[dict[str, Json]]) -> Kept:
        return await self._send(documents, "replace")

    async def _send(
        self, documents: Sequence[dict[str, Json]], mode: Literal["update", "replace"], withheld: str = ""
    ) -> Kept:
        """Upsert what is new or differs from what the node has."""
        wanted = {str(one["id"]): one for one in documents}
        known = await self._query([{"id": one["id"], "type": _a_type(one)} for one in wanted.values()])
        new = [_hidden(one, withheld) for entity_id, one in wanted.items() if entity_id not in known]
        differing = [
            one
            for entity_id, one in wanted.items()
            if entity_id in known
            and (
                any(known[entity_id].get(name) != value for name, value in one.items())
                or (mode == "replace" and known[entity_id].keys() != one.keys())
            )
        ]
        refused = await self._upsert([*new, *differing], mode) if new or differing else {}
        places = {str(one["id"]): at for at, one in enumerate(documents)}
        failed = {places[entity_id]: why for entity_id, why in refused.items() if entity_id in places}
        created = sum(1 for one in new if one["id"] not in refused)
        changed = sum(1 for one in differing if one["id"] not in refused)
        return Kept(created, changed, len(wanted) - len(new) - len(differing), failed)

    async def get(self, view: type[V], entity_id: str) -> V | None:
        found = (await self._query([{"id": entity_id, "type": views.type_name(view)}])).get(entity_id)
        return views.read(view, parse(found)) if found else None

    async def ids_of(self, data_set: str) -> AsyncIterator[Sequence[str]]:
        selectors: list[Json] = [{"type": name} for name in standard_types()]
        query = {"type": "Query", "entities": selectors, "q": f'dataSet=="{data_set}"', "attrs": ["dataSet"]}
        offset, more = 0, True
        while more:
            ids = [str(row["id"]) for row in await self._page(query, PAGE_SIZE_MAX, offset)]
            offset, more = offset + len(ids), len(ids) == PAGE_SIZE_MAX
            yield ids

    async def remove(self, ids: Sequence[str]) -> int:
        status, answer = await self._ask("delete", msgspec.json.encode(ids))
        return len(ids) - len(answer["errors"] if status == 207 else ())

    async def close(self) -> None:
        await self._session.close()

    async def _query(self, entities: list[dict[str, Json]]) -> dict[str, dict[str, Json]]:
        """Those of the entities that the node has; as many at once as a query may name."""
        found: dict[str, dict[str, Json]] = {}
        for first in range(0, len(entities), SELECTORS_MAX):
            selectors = entities[first : first + SELECTORS_MAX]
            rows = await self._page({"type": "Query", "entities": selectors}, len(selectors))
            found |= {str(row["id"]): row for row in rows}
        return found

    async def _page(self, query: Mapping[str, Any], limit: int, offset: int = 0) -> list[dict[str, Json]]:
        """One page of what a query document asks for."""
        _, rows = await self._ask(f"query?limit={limit}&offset={offset}", msgspec.json.encode(query))
        if not isinstance(rows, list):
            raise NoTarget("What answers there is no NGSI-LD broker. Please check the address of --url.")
        return cast("list[dict[str, Json]]", rows)

    async def _upsert(self, entities: list[dict[str, Json]], mode: str) -> dict[str, str]:
        """Upsert in bodies that the node takes; ids that were refused with the reason."""
        refused: dict[str, str] = {}
        for part in _parts([(str(one["id"]), msgspec.json.encode(one)) for one in entities]):
            body = b"[" + b",".join(text for _, text in part) + b"]"
            status, answer = await self._ask(f"upsert?options={mode}", body)
            if status == 413:
                refused |= {entity_id: "larger than the node takes" for entity_id, _ in part}
            elif status == 207:
                errors: list[dict[str, Any]] = answer["errors"]
                if len(errors) == len(part) and all(_status(one.get("error")) == 403 for one in errors):
                    detail = _reason(errors[0].get("error"))
                    raise NoTarget(REFUSED[403].format(area=self._area, detail=detail))
                refused |= {str(one["entityId"]): _reason(one.get("error")) for one in errors}
        return refused

    async def _ask(self, path: str, body: bytes) -> tuple[int, Any]:
        """POST; raises NoTarget with words for a person where the node cannot be reached or will not have it."""
        try:
            async with self._session.post(self._base + path, data=body) as answer:
                status, content = answer.status, await answer.read()
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise NoTarget(f"No node answers at {self._url} ({error or type(error).__name__}).") from error
        if status in REFUSED:
            raise NoTarget(REFUSED[status].format(area=self._area, detail=_reason(_decoded(content))))
        if status >= 400 and status != 413:
            why = _reason(_decoded(content)) or "no reason that a program can read. Please check --url."
            raise NoTarget(f"The answer of {self._url} was {status}: {why}")
        return status, _decoded(content)


def _hidden(document: dict[str, Json], withheld: str) -> dict[str, Json]:
    """A document as that of what is not public, where a Withdrawal is named."""
    if not withheld:
        return document
    worn: Json = {"type": "Property", "value": withheld}
    return {**document, "type": [_a_type(document), WITHHELD], "withheldFor": worn}


def _a_type(document: Mapping[str, Json]) -> Json:
    """One type of an entity, by which it is asked for."""
    types = document["type"]
    return cast("list[Json]", types)[0] if isinstance(types, list) else types


def _decoded(content: bytes) -> Any:
    """A body as JSON, None where it is none."""
    try:
        return msgspec.json.decode(content)
    except msgspec.DecodeError:
        return None


def _status(error: Any) -> int:
    """The status that a problem document names, 0 where it names none."""
    return int(cast("dict[str, Any]", error).get("status", 0)) if isinstance(error, dict) else 0


def _reason(error: Any) -> str:
    """What a problem document says; any other value as text."""
    if isinstance(error, dict):
        told = cast("dict[str, Any]", error)
        return str(told.get("detail") or told.get("title") or told)
    return str(error or "")


def _parts(entities: Sequence[tuple[str, bytes]]) -> Iterator[list[tuple[str, bytes]]]:
    """Entities in groups whose bodies stay below BODY_BYTES_MAX; one that is larger stands alone."""
    group: list[tuple[str, bytes]] = []
    size = 0
    for entity_id, text in entities:
        if group and size + len(text) > BODY_BYTES_MAX:
            yield group
            group, size = [], 0
        group.append((entity_id, text))
        size += len(text) + 1
    if group:
        yield group


def _changes(
    wanted: Mapping[str, Any], existing: Mapping[str, Entity], now: Instant, withheld: str = ""
) -> list[Change]:
    """What has to be written so that records stand as they are; those that say nothing new are left out. New ones are hidden where a
    Withdrawal is named; what stands stays as public as it is."""
    changes: list[Change] = []
    for entity_id, record in wanted.items():
        before = existing.get(entity_id)
        after = views.write(record, before, now, views.type_name(cast(type[msgspec.Struct], type(record))))
        if before is None and withheld:
            after = msgspec.structs.replace(hide(after, withheld, now), version=after.version)
        if after is not before:
            changes.append(Change(before, after))
    return changes


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
