"""Making sealed attributes plain for who may read them: nothing else does, and each opening leaves a record of access.

Whoever answers somebody begins a *reading* and says who reads; what is opened within it is noted, and `keep` makes the record durable
before the answer leaves. Outside of a reading nothing opens: a reader that somebody forgot shows ciphertext, and leaves no gap in the
record. What holders read of their own is not recorded: it would say of them alone when they were where, and bury what others did.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Generator, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from typing import Final, NamedTuple, TypeAlias

import msgspec

from kaiteki.broker.sealing import KeysWanted, Seals
from kaiteki.model.access import Person
from kaiteki.model.entity import Entity, Instance
from kaiteki.model.instant import Instant
from kaiteki.model.past import Past, Period, added_up, put_together
from kaiteki.model.periods import Periods
from kaiteki.model.problem import Problem
from kaiteki.model.query import TypeSelection
from kaiteki.model.sealed import ciphertext_of, holder_of
from kaiteki.model.sums import Sums
from kaiteki.model.visibility import Attributes
from kaiteki.ports.accesses import ACCESSES_MAX, ENTITIES_MAX, Access, Accesses
from kaiteki.ports.entities import By
from kaiteki.ports.history import History, Life

ADDED_UP_MAX: Final = 10_000
"""Sealed states of one attribute that are opened to be added up."""
_Instances = tuple[Instance, ...]
_Key = tuple[str, By, str, str]
PurposeOf: TypeAlias = Callable[[Person, str], str]
"""(who asks, expanded type) -> `<service>.<purpose>` for which it is read where they say none."""


def _no_purpose(_person: Person, _type: str) -> str:
    return ""


class Reader(NamedTuple):
    """Who reads, and the ids under which that person holds what is their own. For a `person` consents are looked up; None: for nobody."""

    by: By
    own: frozenset[str] = frozenset()
    person: Person | None = None
    """Who it is to decisions: for what they read is said by these where nobody said it."""


def reader_of(person: Person, own: Iterable[str] = (), action: str = "read", purpose: str = "") -> Reader:
    """A person as one who reads. Whoever acts in the name of another reads nothing of their own."""
    by = By(
        actor=person.account_id or "anonymous",
        action=action,
        office=",".join(sorted(person.offices)),
        purpose=purpose or person.purpose,
        helper=person.helper,
    )
    known = (*person.owned, *own)
    own = frozenset() if person.helper else frozenset(one for one in known if one)
    return Reader(by, own, person if person.signed_in else None)


class Reading:
    """What was opened for one answer and is not recorded yet. `reader` is who gets it; as long as nobody is, nothing opens."""

    def __init__(self, accesses: Accesses, purpose_of: PurposeOf = _no_purpose) -> None:
        self._accesses = accesses
        self._purpose_of = purpose_of
        self._heaps: dict[_Key, tuple[dict[str, None], dict[str, None]]] = {}
        """Attributes and entities, by who read what of whom: one look of a person is one record."""
        self.reader: Reader | None = None
        self.agreed: Final[dict[tuple[str, str, str], frozenset[str]]] = {}
        """What holders agreed to as it was last looked up for this answer: (area, purpose, holder) -> items."""
        self.is_open = True

    def note(self, area: str, subject: str, of: tuple[str, tuple[str, ...], str], reader: Reader) -> None:
        """Note that something was read; `of`: the type, the attributes, the id of the entity."""
        if subject in reader.own:
            return
        kind, names, entity_id = of
        by = reader.by
        if not by.purpose and reader.person is not None:
            by = msgspec.structs.replace(by, purpose=self._purpose_of(reader.person, kind))
        attributes, entities = self._heaps.setdefault((area, by, subject, kind), ({}, {}))
        attributes.update(dict.fromkeys(names))
        entities[entity_id] = None

    async def keep(self) -> None:
        """Make the record of what was read durable. Called before anything of it leaves."""
        if not self._heaps:
            return
        heaps, self._heaps = self._heaps, {}
        accesses = [
            Access(
                area, by, subject, kind, tuple(sorted(names)), len(ids), entities=tuple(ids)[:ENTITIES_MAX]
            )
            for (area, by, subject, kind), (names, ids) in heaps.items()
        ]
        for start in range(0, len(accesses), ACCESSES_MAX):
            await self._accesses.keep(accesses[start : start + ACCESSES_MAX])


_READING: Final[ContextVar[Reading | None]] = ContextVar("reading", default=None)


def reading_now() -> Reading | None:
    """The reading within which this is asked, None outside of one. A task that outlives its answer is outside."""
    reading = _READING.get()
    return reading if reading is not None and reading.is_open else None


def reads(reader: Reader) -> None:
    """Say who gets what is opened in this reading, where there is one."""
    reading = reading_now()
    if reading is not None:
        reading.reader = reader


@contextmanager
def unopened() -> Generator[None]:
    """Where something is taken as it is kept: nothing opens in here, whatever reading goes on around it."""
    token = _READING.set(None)
    try:
        yield
    finally:
        _READING.reset(token)


async def recorded() -> None:
    """Make durable what was noted in this reading so far: asked before a part of an answer leaves."""
    reading = reading_now()
    if reading is not None:
        await reading.keep()


class Opener:
    """Opens what is sealed, within a reading. One per node."""

    def __init__(self, seals: Seals, accesses: Accesses) -> None:
        self.seals: Final = seals
        self.purpose_of: PurposeOf = _no_purpose
        self._accesses = accesses

    @asynccontextmanager
    async def reading(self, reader: Reader | None = None) -> AsyncGenerator[Reading]:
        """A reading, recorded at its end; whoever lets parts of an answer go before that asks `recorded` before each."""
        reading = Reading(self._accesses, self.purpose_of)
        reading.reader = reader
        token = _READING.set(reading)
        try:
            yield reading
            await reading.keep()
        finally:
            reading.is_open = False
            _READING.reset(token)

    def opened(self, area: str, entity: Entity, visible: Attributes = None) -> Entity:
        """An entity with plain values of what is visible of it, and noted. Outside of a reading it stays as it is.

        What was sealed by a key that was destroyed is told to nobody, not even as ciphertext.
        """
        one = self.seals.of(entity.types)
        if one is None:
            return entity
        reading = reading_now()
        if reading is None or reading.reader is None:
            return entity
        names = (one.names if visible is None else one.names & visible) & entity.attributes.keys()
        plain = self._plain(area, entity, names)
        by_subject: dict[str, list[str]] = {}
        for name in sorted(names & plain.attributes.keys()):
            if plain.attributes[name] is not entity.attributes[name]:
                by_subject.setdefault(self._subject(entity.attributes[name]), []).append(name)
        for subject, read in by_subject.items():
            reading.note(area, subject, (one.type, tuple(read), entity.id), reading.reader)
        return plain

    def plain(self, area: str, entity: Entity) -> Entity:
        """An entity with plain values of all that is sealed, for a decision over it that tells nobody of them: nothing is noted."""
        one = self.seals.of(entity.types)
        return entity if one is None else self._plain(area, entity, one.names & entity.attributes.keys())

    def _plain(self, area: str, entity: Entity, names: AbstractSet[str]) -> Entity:
        try:
            plain = self.seals.opened(area, entity, names)
        except KeysWanted:
            # it came by a way on which nobody had its keys fetched
            return entity
        gone = {name for name in names if ciphertext_of(plain.attributes[name]) is not None}
        if not gone:
            return plain
        kept = {name: many for name, many in plain.attributes.items() if name not in gone}
        return msgspec.structs.replace(plain, attributes=kept)

    def opened_states(
        self, area: str, entity_id: str, types: Sequence[str], states: Sequence[Past]
    ) -> Sequence[Past]:
        """Kept states of an entity with plain values, and noted; their keys are remembered by now. `types`: as far as they are known."""
        reading = reading_now()
        if reading is None or reading.reader is None:
            return states
        told: list[Past] = []
        known = self.seals.of(types)
        for state in states:
            held = None if state.instance is None else ciphertext_of((state.instance,))
            # several types may seal an attribute of one name: whose it was says the entity, as long as it is known
            is_its = known is not None and state.attribute in known.names
            one = known.type if known is not None and is_its else self._with_name(state.attribute)
            if state.instance is None or held is None or one is None:
                told.append(state)
                continue
            plain = self.seals.plain(area, entity_id, state.attribute, (state.instance,))
            if plain[0] is state.instance:
                continue
            subject = self._subject((state.instance,))
            reading.note(area, subject, (one, (state.attribute,), entity_id), reading.reader)
            told += [
                msgspec.structs.replace(state, instance=instance, dataset_id=instance.dataset_id)
                for instance in plain
            ]
        return told

    async def saw(self, area: str, entities: Iterable[Entity], reader: Reader) -> None:
        """Record that plain entities were seen by a rule that decided for somebody. Durable, or noted in the reading."""
        reading = reading_now() or Reading(self._accesses, self.purpose_of)
        for entity in entities:
            one = self.seals.of(entity.types)
            names = one.names & entity.attributes.keys() if one is not None else ()
            if one is not None and names:
                subject = holder_of(one, area, entity)
                reading.note(area, subject, (one.type, tuple(sorted(names)), entity.id), reader)
        if reading is not reading_now():
            await reading.keep()

    def _with_name(self, name: str) -> str | None:
        return next((one.type for one in self.seals.types.values() if name in one.names), None)

    def _subject(self, instances: _Instances) -> str:
        """Whose key opens: the holder who sealed it, whatever became of the entity since."""
        held = ciphertext_of(instances)
        key = self.seals.keys.with_id(held.key_id) if held is not None else None
        return key.holder if key is not None else ""


class SealedHistory:
    """The past of all areas; see ports.history. States of sealed attributes are plain within a reading, ciphertext elsewhere."""

    def __init__(self, history: History, opener: Opener) -> None:
        self._history = history
        self._opener = opener

    async def past(
        self,
        area: str,
        entity_id: str,
        attributes: Sequence[str] = (),
        period: Period | None = None,
        limit: int = 1000,
        newest_first: bool = False,
    ) -> Sequence[Past]:
        """The kept states of one entity."""
        states = await self._history.past(area, entity_id, attributes, period, limit, newest_first)
        held = [
            found.key_id
            for state in states
            if state.instance is not None and (found := ciphertext_of((state.instance,))) is not None
        ]
        if not held:
            return states
        keys = self._opener.seals.keys
        keys.age()
        await keys.fetch(held)
        life = await self._history.life(area, entity_id)
        return self._opener.opened_states(area, entity_id, life.types if life is not None else (), states)

    async def life(self, area: str, entity_id: str) -> Life | None:
        """An entity that exists or has a history."""
        return await self._history.life(area, entity_id)

    async def lives(
        self,
        area: str,
        types: TypeSelection | None = None,
        after_id: str = "",
        limit: int = 100,
        gone_since: Instant | None = None,
    ) -> Sequence[Life]:
        """The entities of these types that exist or have a history."""
        return await self._history.lives(area, types, after_id, limit, gone_since)

    async def names(self, area: str, entity_id: str) -> Sequence[str]:
        """The attributes of which an entity has a history."""
        return await self._history.names(area, entity_id)

    async def stood(
        self, area: str, entity_ids: Sequence[str], moment: Instant, attributes: Sequence[str] = ()
    ) -> Mapping[str, Mapping[str, Instance]]:
        """What stood of some entities just before a moment, without what is sealed: that is opened entity by entity (`past`)."""
        found = await self._history.stood(area, entity_ids, moment, attributes)
        return {
            entity_id: {name: one for name, one in stood.items() if ciphertext_of((one,)) is None}
            for entity_id, stood in found.items()
        }

    async def add_up(
        self,
        area: str,
        entity_id: str,
        attribute: str,
        period: Period,
        periods: Periods,
        distinct: bool = False,
    ) -> Sequence[Sums]:
        """What the values of an attribute add up to; those that are sealed are opened one by one. Raises TooComplexQuery beyond ADDED_UP_MAX."""
        history = self._history
        states: Sequence[Past] = ()
        if any(attribute in one.names for one in self._opener.seals.types.values()):
            states = await history.past(area, entity_id, [attribute], period, ADDED_UP_MAX + 1)
        if not any(one.instance is not None and ciphertext_of((one.instance,)) for one in states):
            return await history.add_up(area, entity_id, attribute, period, periods, distinct)
        if len(states) > ADDED_UP_MAX:
            raise Problem(
                "TooComplexQuery",
                f"of what is sealed up to {ADDED_UP_MAX} values of an attribute are added up; name a shorter time",
                "timeAt",
            )
        plain = await self.past(area, entity_id, [attribute], period, ADDED_UP_MAX)
        told = [one for one in plain if one.instance is None or ciphertext_of((one.instance,)) is None]
        return put_together(added_up(told, period, periods, distinct), period, periods)
