"""Entities whose personal attributes stand in the store as ciphertext, under the key of their holder.

Rules see plain values inside `decide` and need not know; what the store keeps, indexes, logs and tells is sealed, and so is what
every read answers: broker.opening makes it plain for who may read it. An attribute that a decision leaves alone stays the very
bytes that it was, so that history tells no change. Where a key is gone, its ciphertext stays and opens for nobody.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, Final, TypeAlias, TypeVar

import msgspec

from kaiteki.broker import ciphering
from kaiteki.broker.keyring import NODE, Keys
from kaiteki.broker.sought import by_marks, check_compared
from kaiteki.model.entity import Entity, Instance
from kaiteki.model.query import Query
from kaiteki.model.sealed import (
    MARK,
    Ciphertext,
    SealedType,
    bound_to,
    ciphertext_of,
    holder_of,
    read_written,
    sealed_instance,
    sought_text,
    written,
)
from kaiteki.ports.entities import (
    By,
    Change,
    Correction,
    Decision,
    Entities,
    Found,
    Line,
    Repeated,
    Revised,
    Row,
    Told,
    TypeSummary,
)

TRIES_MAX: Final = 8
"""How often one decision is made anew because keys were missing; twice is usual for whoever is new."""

T = TypeVar("T")
Instances = tuple[Instance, ...]
Met: TypeAlias = Callable[[str, Iterable[Entity]], Awaitable[None]]


class KeysWanted(Exception):
    """A decision cannot be made before keys are remembered. It is pure, so it is made again."""

    def __init__(self, holders: Iterable[str] = (), ids: Iterable[str] = ()) -> None:
        super().__init__("keys are wanted")
        self.holders = tuple(holders)
        self.ids = tuple(ids)


class Seals:
    """Makes attributes sealed and plain with the keys that are remembered; raises KeysWanted for others."""

    def __init__(self, types: Iterable[SealedType], keys: Keys) -> None:
        self.types: Final = {one.type: one for one in types}
        self.keys: Final = keys
        self.met: Met | None = None
        """Told of found entities before anybody looks at them, to fetch what else decides over them. It looks at none where nothing does."""

    def of(self, types: Sequence[str]) -> SealedType | None:
        """What is sealed of an entity with these types; None for nothing."""
        known = self.types
        for one in types:
            if one in known:
                return known[one]
        return None

    def opened(self, area: str, entity: Entity, names: Iterable[str] | None = None) -> Entity:
        """An entity with plain values, of those attributes that are meant; what no key opens stays sealed."""
        one = self.of(entity.types)
        if one is None:
            return entity
        meant = one.names if names is None else one.names.intersection(names)
        plain: dict[str, Instances] = {}
        wanted: list[str] = []
        for name in meant & entity.attributes.keys():
            instances = entity.attributes[name]
            held = ciphertext_of(instances)
            if held is None:
                continue
            if not self.keys.knows(held.key_id):
                wanted.append(held.key_id)
                continue
            plain[name] = self.plain(area, entity.id, name, instances)
        if wanted:
            raise KeysWanted(ids=wanted)
        if not plain:
            return entity
        return msgspec.structs.replace(entity, attributes={**entity.attributes, **plain})

    async def plained(self, area: str, entities: Sequence[Entity]) -> Sequence[Entity]:
        """Entities with plain values for what decides and shows nobody anything: no record is kept. What no key opens stays sealed."""
        await self.recall(entities)
        return [self.opened(area, one) for one in entities]

    async def recall(self, entities: Iterable[Entity]) -> None:
        """Have the keys remembered by which entities are opened."""
        self.keys.age()
        wanted: list[str] = []
        for entity in entities:
            one = self.of(entity.types)
            for name in one.names & entity.attributes.keys() if one is not None else ():
                held = ciphertext_of(entity.attributes[name])
                if held is not None and not self.keys.knows(held.key_id):
                    wanted.append(held.key_id)
        if wanted:
            await self.keys.fetch(wanted)

    def plain(self, area: str, entity_id: str, name: str, instances: Instances) -> Instances:
        """An attribute made plain by a key that is remembered; the same where no key opens it."""
        held = ciphertext_of(instances)
        key = self.keys.with_id(held.key_id) if held is not None else None
        if held is None or key is None:
            return instances
        try:
            return read_written(ciphering.unseal(key.secret, held.content, bound_to(area, entity_id, name)))
        except ciphering.Unsealable:
            return instances

    def sealed(self, area: str, entity: Entity, before: Entity | None, opened: Entity | None) -> Entity:
        """An entity with sealed attributes. What is as in `opened`, the plain form of `before`, stays as it is in `before`."""
        one = self.of(entity.types)
        if one is None or not (one.names & entity.attributes.keys()):
            return entity
        holder = holder_of(one, area, entity)
        moved = opened is None or holder_of(one, area, opened) != holder
        changed: dict[str, Instances] = {}
        for name in one.names & entity.attributes.keys():
            instances = entity.attributes[name]
            stood = before.attributes.get(name) if before is not None else None
            known = opened.attributes.get(name) if opened is not None else None
            kept = stood is not None and (known is instances or known == instances)
            if (
                kept
                and stood is not None
                and ciphertext_of(stood) is not None
                and (not moved or known == stood)
            ):
                changed[name] = stood
            else:
                changed[name] = self.closed(area, entity.id, (one, name, holder), instances)
        return msgspec.structs.replace(entity, attributes={**entity.attributes, **changed})

    def closed(
        self, area: str, entity_id: str, whose: tuple[SealedType, str, str], instances: Instances
    ) -> Instances:
        """An attribute of a type, sealed under the key of a holder."""
        one, name, holder = whose
        key, node = self.keys.of(holder), self.keys.of(NODE)
        if key is None or node is None:
            raise KeysWanted((holder, NODE))
        content = ciphering.seal(key.secret, written(instances), bound_to(area, entity_id, name))
        how = one.sought.get(name)
        text = sought_text(instances, how) if how is not None else None
        mark = b"" if text is None else ciphering.blind_mark(node.secret, bound_to(area, "", name), text)
        return sealed_instance(mark, Ciphertext(key.id, content), instances)


class SealedEntities:
    """The entities of all areas; see ports.entities. Costs a look at the types of what is written where nothing is sealed."""

    def __init__(self, entities: Entities, seals: Seals) -> None:
        self._entities = entities
        self.seals: Final = seals

    async def change(
        self,
        area: str,
        ids: Sequence[str],
        decide: Callable[[Mapping[str, Entity]], Decision[T]],
        by: By,
        once: str | None = None,
    ) -> T | Repeated:
        """As ports.entities; `decide` sees and makes plain values. Raises UnknownKek where keys cannot be used."""
        deciding = _Deciding(self.seals, area, decide)
        keys = self.seals.keys
        keys.age()
        for _ in range(TRIES_MAX):
            try:
                return await self._entities.change(area, ids, deciding, by, once)
            except KeysWanted as wanted:
                await keys.fetch(wanted.ids)
                await keys.hold(wanted.holders)
        raise RuntimeError(f"a decision wanted other keys {TRIES_MAX} times")

    async def load(self, area: str, ids: Sequence[str]) -> Mapping[str, Row]:
        """Those of the ids that exist, sealed; the keys that open them are remembered by now."""
        rows = await self._entities.load(area, ids)
        await self._recall(rows.values())
        if self.seals.met is not None:
            await self.seals.met(area, (row.entity() for row in rows.values()))
        return rows

    async def find(self, area: str, wanted: Query) -> Found:
        """One page of the entities that match, sealed; the keys that open them are remembered by now."""
        check_compared(self.seals.types, wanted)
        found = await self._entities.find(area, await self.marked(area, wanted))
        await self._recall(found.rows)
        if self.seals.met is not None:
            await self.seals.met(area, (row.entity() for row in found.rows))
        return found

    async def marked(self, area: str, wanted: Query) -> Query:
        """The query as sealed entities answer it (broker.sought)."""
        return await by_marks(self.seals.types, self.seals.keys, area, wanted)

    async def explain(self, area: str, wanted: Query) -> Sequence[str]:
        """The steps by which `find` would answer."""
        return await self._entities.explain(area, wanted)

    async def summarise(self, area: str) -> Sequence[TypeSummary]:
        """The combinations of types of an area."""
        return await self._entities.summarise(area)

    async def areas(self) -> Sequence[str]:
        """The areas that hold anything."""
        return await self._entities.areas()

    async def audit(self, area: str, after: int = 0, limit: int = 100) -> Sequence[Line]:
        """Audit lines behind a number."""
        return await self._entities.audit(area, after, limit)

    async def close(self) -> None:
        """Finish what was accepted, and forget the keys."""
        await self._entities.close()
        self.seals.keys.forget()

    async def _recall(self, rows: Iterable[Row]) -> None:
        """Have the keys of sealed rows remembered. Of others nothing is decoded."""
        sealed = [row for row in rows if row.holds(MARK)]
        if sealed:
            await self.seals.recall(row.entity() for row in sealed)


class _Deciding:
    """A decision between sealed states that is made over plain ones."""

    __slots__ = ("_area", "_decide", "_seals")

    def __init__(
        self, seals: Seals, area: str, decide: Callable[[Mapping[str, Entity]], Decision[Any]]
    ) -> None:
        self._seals = seals
        self._area = area
        self._decide = decide

    def __call__(self, found: Mapping[str, Entity]) -> Decision[Any]:
        seals = self._seals
        is_sealed = any(seals.of(entity.types) is not None for entity in found.values())
        plain = self._opened(found) if is_sealed else found
        decision = self._decide(plain)
        if decision.correction is not None:
            correction = self._corrected(decision.correction, found)
            return msgspec.structs.replace(decision, correction=correction)
        if not is_sealed and all(
            change.after is None or seals.of(change.after.types) is None for change in decision.changes
        ):
            return decision
        return msgspec.structs.replace(decision, changes=self._changed(decision.changes, found, plain))

    def _opened(self, found: Mapping[str, Entity]) -> dict[str, Entity]:
        plain: dict[str, Entity] = {}
        wanted: list[str] = []
        for entity_id, entity in found.items():
            try:
                plain[entity_id] = self._seals.opened(self._area, entity)
            except KeysWanted as missing:
                wanted += missing.ids
        if wanted:
            raise KeysWanted(ids=wanted)
        return plain

    def _changed(
        self, changes: Sequence[Change], found: Mapping[str, Entity], plain: Mapping[str, Entity]
    ) -> list[Change]:
        made: list[Change] = []
        wanted: list[str] = []
        for change in changes:
            before, after = change.before, change.after
            opened = plain.get(before.id) if before is not None else None
            if before is not None and opened is not None and (before is opened or before == opened):
                before = found[before.id]
            try:
                sealed = self._seals.sealed(self._area, after, before, opened) if after is not None else None
            except KeysWanted as missing:
                wanted += missing.holders
            else:
                made.append(Change(before, sealed, change.purge_history))
        if wanted:
            raise KeysWanted(wanted)
        return made

    def _corrected(self, correction: Correction, found: Mapping[str, Entity]) -> Correction:
        """A correction of the past, with sealed states where the type says so."""
        entity = found.get(correction.entity_id)
        if isinstance(correction, Told):
            told = Entity(
                correction.entity_id,
                entity.types if entity is not None else correction.types,
                {name: (instance,) for name, instance in reversed(correction.states)},
            )
            one = self._seals.of(told.types)
            if one is None:
                return correction
            holder = holder_of(one, self._area, entity or told)
            states = tuple(
                (name, self._seals.closed(self._area, told.id, (one, name, holder), (instance,))[0])
                if name in one.names
                else (name, instance)
                for name, instance in correction.states
            )
            return msgspec.structs.replace(correction, states=states)
        if isinstance(correction, Revised):
            return self._revised(correction, entity)
        return correction

    def _revised(self, revised: Revised, entity: Entity | None) -> Revised:
        """A kept state is revised as what it is when it is plain, and sealed again for the holder of now."""
        seals, area, name = self._seals, self._area, revised.attribute

        def revise(state: Instance | None) -> Instance | None:
            held = ciphertext_of((state,)) if state is not None else None
            if held is not None and not seals.keys.knows(held.key_id):
                raise KeysWanted(ids=(held.key_id,))
            plain = seals.plain(area, revised.entity_id, name, (state,)) if state is not None else ()
            after = revised.revise(plain[0] if plain else None)
            one = seals.of(entity.types) if entity is not None else _with_name(seals, name, held is not None)
            if after is None or one is None or name not in one.names or (after is state and held is not None):
                return after
            known = entity or Entity(revised.entity_id, (one.type,))
            return seals.closed(area, known.id, (one, name, holder_of(one, area, known)), (after,))[0]

        return msgspec.structs.replace(revised, revise=revise)


def _with_name(seals: Seals, name: str, was_sealed: bool) -> SealedType | None:
    """Of an entity without a present its types are not known: what was sealed is sealed again."""
    return next((one for one in seals.types.values() if was_sealed and name in one.names), None)
