"""Erasing a person: what they hold goes with its past, what services say of them elsewhere is emptied, account and keys are destroyed.

Each step may be done twice. A record of the erasure under way stands in the area until all is done, so one that was stopped goes on.
Keys come last: from then on nobody can open what an older copy of the data holds. Decision record 0029.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from functools import partial
from itertools import product
from typing import Any, Final

import msgspec

from kaiteki.broker.sealing import Seals
from kaiteki.kit.engine import Asking, Engine
from kaiteki.kit.erasures import ERASURES, Erasure, erasure_id
from kaiteki.kit.files.photo import PHOTOS, Photo, photo_id, sender_mark
from kaiteki.kit.identity.mandates import MANDATE, Mandate
from kaiteki.kit.identity.pairwise import PAIRWISE
from kaiteki.kit.manifest import EntityType, Erase, Purpose, Service
from kaiteki.kit.views import attribute, expand_name, read, where, write
from kaiteki.model.access import Person
from kaiteki.model.decision import Asked
from kaiteki.model.entity import Entity, encode_entity
from kaiteki.model.instant import Instant
from kaiteki.model.problem import Problem
from kaiteki.model.query import PAGE_SIZE_MAX, AnyOf, Query, TypeIs
from kaiteki.model.words import Words
from kaiteki.ports.accounts import Accounts
from kaiteki.ports.credentials import Credentials
from kaiteki.ports.entities import By, Change, Decision, Forgotten
from kaiteki.ports.files import Files
from kaiteki.ports.keys import Tombstone
from kaiteki.ports.subscriptions import Subscriptions

ROUNDS_MAX: Final = 10_000
"""Pages of entities of one type that one erasure goes through."""
_DIGEST: Final = re.compile(rb'"([0-9a-f]{64})"')


class Kept(msgspec.Struct, frozen=True):
    """What is not erased: of which type, how many, for which purpose, and on what ground of the law."""

    type: Words
    count: int
    purpose: Words
    ground: Words | None
    keep_days: int


class Erased(msgspec.Struct, frozen=True):
    """What an erasure did: entities that went, entities that were emptied, photos, subscriptions, keys; and what had to stay."""

    gone: int = 0
    emptied: int = 0
    photos: int = 0
    subscriptions: int = 0
    keys: int = 0
    kept: tuple[Kept, ...] = ()


class Order(msgspec.Struct, frozen=True):
    """Who ordered an erasure (an account of staff, `holder`, `operator`), on what ground, when."""

    by: str
    ground: str
    at: Instant


class Registers(msgspec.Struct, frozen=True):
    """Where a person is known beside entities."""

    accounts: Accounts
    credentials: Credentials
    subscriptions: Subscriptions
    files: Files
    received: Files


class Erasing:
    """Erases people. One per node."""

    def __init__(self, engine: Engine, seals: Seals, registers: Registers) -> None:
        self._engine = engine
        self._seals = seals
        self._registers = registers

    async def ids_of(self, account_id: str, browser: str = "") -> tuple[str, ...]:
        """All ids under which services know somebody: the account, its pairwise ids of all areas, the browser."""
        pairs = await self._registers.credentials.of(account_id, PAIRWISE) if account_id else ()
        account = await self._registers.accounts.by_id(account_id) if account_id else None
        pairing = account.pairing if account is not None else None
        areas = await self._engine.entities.areas() if pairing is not None else ()
        made = [one for area in areas for _, one in pairing.within(area)] if pairing is not None else []
        known = (account_id, *(one.value for one in pairs), *made, browser)
        return tuple(dict.fromkeys(one for one in known if one))

    async def knows(self, ids: Sequence[str]) -> bool:
        """Whether anything is kept under one of the ids."""
        if await self._seals.keys.ring.find(holders=ids):
            return True
        for declared in self._engine.types.values():
            if declared.personal and declared.holder:
                wanted = Query(types=TypeIs(expand_name(declared.name)), q=_held(declared, ids), limit=1)
                for area in await self._engine.entities.areas():
                    if (await self._engine.entities.find(area, wanted)).rows:
                        return True
        return False

    async def kept_by_law(self, ids: Sequence[str]) -> tuple[Kept, ...]:
        """What may not be erased yet, because a law says how long it is kept; told to the person."""
        kept: list[Kept] = []
        for declared, purpose in self._lawful():
            count = 0
            for area in await self._engine.entities.areas():
                wanted = Query(
                    types=TypeIs(expand_name(declared.name)), q=_held(declared, ids), total=True, limit=0
                )
                count += (await self._engine.entities.find(area, wanted)).total or 0
            if count:
                kept.append(Kept(declared.words, count, purpose.words, purpose.ground, purpose.keep_days))
        return tuple(kept)

    async def erase(self, ids: Sequence[str], order: Order) -> Erased:
        """Erase whoever has these ids (`ids_of`); the first is the account, where there is one."""
        if not ids:
            return Erased()
        await self._close_account(ids[0])
        gone = emptied = photos = 0
        areas = await self._engine.entities.areas()
        for area in areas:
            await self._begin(area, ids, order)
            await self._go_on(area, ids, order)
        lawful = {declared.name for declared, _ in self._lawful()}
        kept = await self.kept_by_law(ids)
        for area in areas:
            digests: set[str] = set()
            for service in self._engine.services.values():
                for rule in service.erase:
                    emptied += await self._empty((area, service, rule), ids, order, digests)
            for declared in self._engine.types.values():
                if declared.personal and declared.holder and declared.name not in lawful:
                    gone += await self._purge((area, declared), ids, order, digests)
            photos += await self._forget_photos(area, ids, digests, order)
        subscriptions = await self._unsubscribe(ids)
        for one in ids:
            await self._registers.credentials.forget(one)
            await self._registers.accounts.remove(one)
        tombstone = Tombstone(order.at, order.by, order.ground, 0)
        # what a law keeps must stay readable for whom the law lets read it
        keys = 0 if kept else await self._seals.keys.destroy(ids, tombstone)
        for area in areas:
            await self._end(area, ids, order)
        return Erased(gone, emptied, photos, subscriptions, keys, kept)

    async def resume(self) -> int:
        """Do to the end what was stopped; how many erasures there were."""
        wanted, done = Query(types=TypeIs(expand_name(ERASURES.name)), limit=PAGE_SIZE_MAX), 0
        for area in await self._engine.entities.areas():
            for row in (await self._engine.entities.find(area, wanted)).rows:
                one = read(Erasure, row.entity())
                await self.erase(one.ids, Order(one.by, one.ground, one.at))
                done += 1
        return done

    async def _begin(self, area: str, ids: Sequence[str], order: Order) -> None:
        record = Erasure(erasure_id(ids), tuple(ids), order.by, order.ground, order.at)

        def decide(loaded: Mapping[str, Entity]) -> Decision[None]:
            return (
                Decision((), None)
                if loaded
                else Decision([Change(None, write(record, None, order.at, ERASURES.name))], None)
            )

        await self._engine.entities.change(area, [record.id], decide, _by(order))

    async def _end(self, area: str, ids: Sequence[str], order: Order) -> None:
        """The record goes as what it stands for went: with it freed parts of the file and of its log are emptied."""

        def decide(loaded: Mapping[str, Entity]) -> Decision[None]:
            return Decision([Change(one, None, purge_history=True) for one in loaded.values()], None)

        await self._engine.entities.change(area, [erasure_id(ids)], decide, _by(order))

    def _lawful(self) -> list[tuple[EntityType, Purpose]]:
        """The types that a law says how long to keep, each with the purpose that says so."""
        found: list[tuple[EntityType, Purpose]] = []
        for service in self._engine.services.values():
            for purpose in service.purposes.values():
                if purpose.basis == "law" and purpose.keep_days:
                    named = {item.partition(".")[0] for item in purpose.items}
                    found += [
                        (one, purpose)
                        for one in service.types
                        if one.name in named and one.personal and one.holder
                    ]
        return found

    async def _close_account(self, account_id: str) -> None:
        """Let nobody sign in any more, so that nothing new comes while the old goes."""
        accounts, now = self._registers.accounts, self._engine.clock.now()
        account = await accounts.by_id(account_id)
        if account is not None and not account.disabled:
            await accounts.put(msgspec.structs.replace(account, disabled=True))
        for session in await accounts.sessions(account_id, now):
            await accounts.end(session.token_hash)
        given = await self._registers.credentials.of(account_id, MANDATE)
        helpers = {msgspec.json.decode(one.body, type=Mandate).helper for one in given}
        for helper in sorted(helpers - {""}):
            for session in await accounts.sessions(helper, now):
                if session.acting_for == account_id:
                    await accounts.end(session.token_hash)

    async def _found(self, area: str, declared: EntityType, q: Any) -> AsyncGenerator[list[str]]:
        """The ids of entities, page by page, as long as there are any: whoever asks makes each match no more."""
        wanted = Query(types=TypeIs(expand_name(declared.name)), q=q, limit=PAGE_SIZE_MAX)
        seen: list[str] = []
        for _ in range(ROUNDS_MAX):
            found = [row.id for row in (await self._engine.entities.find(area, wanted)).rows]
            if not found or found == seen:
                return
            seen = found
            yield found

    async def _purge(
        self, what: tuple[str, EntityType], ids: Sequence[str], order: Order, digests: set[str]
    ) -> int:
        """Delete what the ids hold of a type, with all of its past."""
        area, declared = what
        done = 0

        def decide(loaded: Mapping[str, Entity]) -> Decision[int]:
            for entity in loaded.values():
                digests.update(_digests_in(entity))
            return Decision([Change(one, None, purge_history=True) for one in loaded.values()], len(loaded))

        async for page in self._found(area, declared, _held(declared, ids)):
            answer = await self._engine.entities.change(area, page, decide, _by(order))
            done += answer if isinstance(answer, int) else 0
        return done

    async def _empty(
        self, what: tuple[str, Service, Erase], ids: Sequence[str], order: Order, digests: set[str]
    ) -> int:
        """Let a service say what is left of what it keeps of the ids elsewhere, and forget the past of what it empties.

        The ids themselves go last, so that what was stopped in between is found again.
        """
        area, service, rule = what
        declared = next(one for one in service.types if one.name == rule.type)
        asked = self._engine.asked(service, Asking(area, Person(order.by)))
        named = AnyOf(tuple(where(declared.view, field, "==", tuple(ids)) for field in rule.holders))
        holders = frozenset(attribute(declared.view, field) for field in rule.holders)
        done = 0
        async for page in self._found(area, declared, named):
            done += len(page)
            fields = {attribute(declared.view, field) for field in rule.fields}
            for still in (holders, frozenset[str]()):
                if not still:
                    # from here on the ids are in the past alone, where they are not found: the record knows where
                    await self._note(area, ids, (tuple(page), tuple(sorted(holders))), order)
                emptying = _Emptying(declared, rule, (frozenset(ids), asked), still, digests)
                await self._engine.entities.change(area, page, emptying, _by(order))
                await self._forget_past(area, page, fields if still else holders, order)
        return done

    async def _note(
        self, area: str, ids: Sequence[str], cut: tuple[tuple[str, ...], tuple[str, ...]], order: Order
    ) -> None:
        """Write down whose past of which attributes is cut next."""

        def decide(loaded: Mapping[str, Entity]) -> Decision[None]:
            changes: list[Change] = []
            for entity in loaded.values():
                noted = msgspec.structs.replace(
                    read(Erasure, entity), cut_entities=cut[0], cut_attributes=cut[1]
                )
                after = write(noted, entity, order.at, ERASURES.name)
                if after is not entity:
                    changes.append(Change(entity, after))
            return Decision(changes, None)

        await self._engine.entities.change(area, [erasure_id(ids)], decide, _by(order))

    async def _go_on(self, area: str, ids: Sequence[str], order: Order) -> None:
        """Cut the past that an erasure which was stopped was about to cut."""
        for row in (await self._engine.entities.load(area, [erasure_id(ids)])).values():
            noted = read(Erasure, row.entity())
            await self._forget_past(area, noted.cut_entities, noted.cut_attributes, order)

    async def _forget_past(
        self, area: str, entities: Sequence[str], attributes: Iterable[str], order: Order
    ) -> None:
        """Forget former states of attributes; what is present stays."""
        for entity_id, name in product(entities, sorted(attributes)):
            forgotten = Forgotten(entity_id, name)
            try:
                await self._engine.entities.change(
                    area, [entity_id], partial(_forgetting, forgotten), _by(order)
                )
            except Problem as problem:
                # most attributes never had another state than the present one
                if problem.code != "ResourceNotFound":
                    raise

    async def _forget_photos(self, area: str, ids: Sequence[str], digests: set[str], order: Order) -> int:
        """Forget the files of photos that only these ids sent."""
        marks = {digest: {sender_mark(one, digest) for one in ids} for digest in digests}
        registers, done = self._registers, 0
        rows = await self._engine.entities.load(area, [photo_id(one) for one in digests])
        for row in rows.values():
            photo = read(Photo, row.entity())
            others = tuple(one for one in photo.senders if one not in marks[photo.digest])

            if not others:
                for digest in (photo.picture, photo.thumbnail, photo.digest):
                    if digest:
                        await registers.files.remove(area, digest)
                        await registers.received.remove(area, digest)
                done += 1
            left = msgspec.structs.replace(photo, senders=others)
            await self._engine.entities.change(
                area, [photo.id], partial(_leaving, left, order.at), _by(order)
            )
        return done

    async def _unsubscribe(self, ids: Sequence[str]) -> int:
        """Remove the subscriptions of the ids in all areas, with what they are owed."""
        done, after = 0, ("", "")
        while page := await self._registers.subscriptions.list(after):
            after = page[-1].key
            for kept in page:
                if kept.owner in ids:
                    done += await self._registers.subscriptions.remove(kept.key)
        return done


class _Emptying:
    """The decision that empties entities as a service says; attributes in `still` stay as they are."""

    def __init__(
        self,
        declared: EntityType,
        rule: Erase,
        whose: tuple[frozenset[str], Asked],
        still: frozenset[str],
        digests: set[str],
    ) -> None:
        self._declared = declared
        self._rule = rule
        self._ids, self._asked = whose
        self._still = still
        self._digests = digests

    def __call__(self, loaded: Mapping[str, Entity]) -> Decision[None]:
        changes: list[Change] = []
        for entity in loaded.values():
            left = self._rule.decide(read(self._declared.view, entity), self._ids, self._asked)
            after = write(left, entity, self._asked.now, self._declared.name) if left is not None else None
            self._digests |= _digests_in(entity) - (_digests_in(after) if after is not None else set())
            if after is not None and self._still:
                stay = {name: entity.attributes[name] for name in self._still & entity.attributes.keys()}
                after = msgspec.structs.replace(after, attributes={**after.attributes, **stay})
            if after is not entity and (after is None or after.attributes != entity.attributes):
                changes.append(Change(entity, after, purge_history=after is None))
        return Decision(changes, None)


def _leaving(left: Photo, now: Instant, loaded: Mapping[str, Entity]) -> Decision[None]:
    """What is left of a photo: its other senders, or nothing."""
    entity = loaded.get(left.id)
    if entity is None:
        return Decision((), None)
    after = write(left, entity, now, PHOTOS.name) if left.senders else None
    return Decision([Change(entity, after, purge_history=after is None)] if after is not entity else (), None)


def _forgetting(forgotten: Forgotten, _loaded: Mapping[str, Entity]) -> Decision[None]:
    return Decision((), None, correction=forgotten)


def _held(declared: EntityType, ids: Sequence[str]) -> Any:
    return where(declared.view, declared.holder, "==", tuple(ids))


def _digests_in(entity: Entity) -> set[str]:
    return {found.decode() for found in _DIGEST.findall(encode_entity(entity))}


def _by(order: Order) -> By:
    return By(actor=order.by, action="erase")
