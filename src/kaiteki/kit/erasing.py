"""Erasing a person: what they hold goes with its past, what services say of them elsewhere is emptied, account and keys are destroyed.

Each step may be done twice. A record of the erasure under way stands in the area until all is done, so one that was stopped goes on.
Keys come last: from then on nobody can open what an older copy of the data holds. Decision record 0029.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import product
from typing import Any, Final, TypeAlias

import msgspec

from kaiteki.broker.sealing import Seals
from kaiteki.kit.allowances import use_id
from kaiteki.kit.emptying import Emptying, digests_in, forgetting, leaving
from kaiteki.kit.engine import Asking, Engine
from kaiteki.kit.erasures import ERASURES, Erased, Erasure, Kept, erasure_id
from kaiteki.kit.files.photo import PHOTOS, Photo, photo_id, sender_mark
from kaiteki.kit.identity.mandates import HELPING, MANDATE, Mandate
from kaiteki.kit.identity.pairwise import PAIRWISE
from kaiteki.kit.manifest import EntityType, Erase, Purpose, Service
from kaiteki.kit.messages import LETTERS, Letter
from kaiteki.kit.parting import Parting
from kaiteki.kit.views import attribute, expand_name, read, where, write
from kaiteki.model.access import Person
from kaiteki.model.entity import Entity
from kaiteki.model.instant import Instant
from kaiteki.model.pairing import PAIR_PREFIX
from kaiteki.model.problem import Problem
from kaiteki.model.query import PAGE_SIZE_MAX, AnyOf, Query, TypeIs
from kaiteki.ports.accounts import Accounts
from kaiteki.ports.credentials import Credentials
from kaiteki.ports.entities import By, Change, Decision, Forgotten
from kaiteki.ports.files import Files
from kaiteki.ports.keys import Tombstone
from kaiteki.ports.subscriptions import Subscriptions

ROUNDS_MAX: Final = 10_000
"""Pages of entities of one type that one erasure goes through."""


Heard: TypeAlias = Callable[[str], None]
"""Hears which step is done: one of STEPS."""
STEPS: Final = ("closed", "emptied", "gone", "photos", "left", "keys")
"""What an erasure does, in this order; each may be done twice."""


def _nobody_hears(step: str) -> None:
    """Nobody is told."""


class Order(msgspec.Struct, frozen=True):
    """Who ordered an erasure (an account of staff, `holder`, `operator`), on what ground, when. `again`: it was done before, and is
    done once more in data from before it, so it leaves no tombstone."""

    by: str
    ground: str
    at: Instant
    again: bool = False


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

    async def erase(self, ids: Sequence[str], order: Order, hear: Heard = _nobody_hears) -> Erased:
        """Erase whoever has these ids (`ids_of`); the first is the account, where there is one."""
        if not ids:
            return Erased()
        await self._close_account(ids[0])
        areas = await self._engine.entities.areas()
        digests = {area: await self._begin(area, ids, order) for area in areas}
        hear("closed")
        lawful = {declared.name for declared, _ in self._lawful()}
        kept = await self.kept_by_law(ids)
        gone = emptied = photos = 0
        for area, service in product(areas, self._engine.services.values()):
            for rule in service.erase:
                emptied += await self._empty((area, service, rule), ids, order, digests[area])
        hear("emptied")
        for area, declared in product(areas, self._engine.types.values()):
            if declared.personal and declared.holder and declared.name not in lawful:
                gone += await self._purge((area, declared), _held(declared, ids), order, digests[area])
        await self._forget_mandates(areas, ids, order)
        hear("gone")
        for area in areas:
            photos += await self._forget_photos(area, ids, digests[area], order)
        hear("photos")
        subscriptions = await self._unsubscribe(ids)
        parting = Parting(self._engine, self._registers.accounts, self._registers.credentials, order.by)
        await parting.part(ids[0], areas)
        for one in ids:
            await self._registers.credentials.forget(one)
            await self._registers.accounts.remove(one)
        hear("left")
        # pairwise ids follow from the account: data from before know them, and nothing that stays may join them
        who = "" if order.again else " ".join(one for one in ids if not one.startswith(PAIR_PREFIX))
        tombstone = Tombstone(order.at, order.by, order.ground, 0, who)
        # what a law keeps must stay readable for whom the law lets read it
        keys = await self._seals.keys.destroy(() if kept else ids, tombstone)
        hear("keys")
        for area in areas:
            await self._end(area, ids, order)
        return Erased(gone, emptied, photos, subscriptions, keys, kept)

    async def under_way(self) -> Sequence[Erasure]:
        """The erasures that were begun and did not come to their end."""
        wanted = Query(types=TypeIs(expand_name(ERASURES.name)), limit=PAGE_SIZE_MAX)
        found: dict[str, Erasure] = {}
        for area in await self._engine.entities.areas():
            for row in (await self._engine.entities.find(area, wanted)).rows:
                found.setdefault(row.id, read(Erasure, row.entity()))
        return tuple(found.values())

    async def resume(self, hear: Heard = _nobody_hears) -> Sequence[Erased]:
        """Do to the end what was stopped."""
        return [
            await self.erase(one.ids, Order(one.by, one.ground, one.at), hear)
            for one in await self.under_way()
        ]

    async def replay(self, tombstones: Iterable[Tombstone], *, again: bool = True) -> int:
        """Erase once more, in data that are older than these tombstones, whom they name; how many. Not `again`: their ring does not
        know of it and receives a tombstone, so that data from before them are freed of these people as well."""
        await self.resume()
        done = 0
        for one in tombstones:
            for root in one.who.split():
                ids = await self.ids_of(root)
                await self.erase(ids, Order(one.by, one.ground, self._engine.clock.now(), again=again))
                done += 1
        return done

    async def _begin(self, area: str, ids: Sequence[str], order: Order) -> set[str]:
        """Lay the record down; where it lies there already, go on. The digests of photos of which nothing else speaks any more."""
        record = Erasure(erasure_id(ids), tuple(ids), order.by, order.ground, order.at)

        def decide(loaded: Mapping[str, Entity]) -> Decision[bool]:
            if loaded:
                return Decision((), True)
            return Decision([Change(None, write(record, None, order.at, ERASURES.name))], False)

        if await self._engine.entities.change(area, [record.id], decide, _by(order)) is not True:
            return set()
        await self._go_on(area, ids, order)
        return await self._photos_of(area, ids)

    async def _photos_of(self, area: str, ids: Sequence[str]) -> set[str]:
        """The digests of the photos that the ids sent, out of all there are: who named them may be gone by now."""
        found: set[str] = set()
        after: str | None = None
        for _ in range(ROUNDS_MAX):
            wanted = Query(types=TypeIs(expand_name(PHOTOS.name)), limit=PAGE_SIZE_MAX, after_id=after)
            rows = (await self._engine.entities.find(area, wanted)).rows
            if not rows:
                break
            after = rows[-1].id
            photos = (read(Photo, row.entity()) for row in rows)
            found |= {
                one.digest
                for one in photos
                if {sender_mark(own, one.digest) for own in ids} & set(one.senders)
            }
        return found

    async def _end(self, area: str, ids: Sequence[str], order: Order) -> None:
        """The record goes as what it stands for went: with it freed parts of the file and of its log are emptied."""
        await self._engine.entities.change(area, [erasure_id(ids)], _removed, _by(order))

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

    async def _purge(self, what: tuple[str, EntityType], which: Any, order: Order, digests: set[str]) -> int:
        """Delete what is found of a type, with all of its past."""
        area, declared = what
        done = 0

        def decide(loaded: Mapping[str, Entity]) -> Decision[int]:
            for entity in loaded.values():
                digests.update(digests_in(entity))
            return Decision([Change(one, None, purge_history=True) for one in loaded.values()], len(loaded))

        async for page in self._found(area, declared, which):
            answer = await self._engine.entities.change(area, page, decide, _by(order))
            done += answer if isinstance(answer, int) else 0
        return done

    async def _forget_mandates(self, areas: Sequence[str], ids: Sequence[str], order: Order) -> None:
        """Delete how often the mandates that the ids gave or held were used, and the letters to the other side that tell of them."""
        credentials = self._registers.credentials
        kinds = ((MANDATE, one) for one in ids), ((HELPING, one) for one in ids)
        kept = [one for kind, name in (*kinds[0], *kinds[1]) for one in await credentials.of(name, kind)]
        uses = tuple(dict.fromkeys(use_id(one.value) for one in kept))
        for area, start in product(areas, range(0, len(uses), PAGE_SIZE_MAX)):
            page = uses[start : start + PAGE_SIZE_MAX]
            await self._purge((area, LETTERS), where(Letter, "about", "==", page), order, set())
            await self._engine.entities.change(area, page, _removed, _by(order))

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
            if rule.letters:
                await self._purge((area, LETTERS), where(Letter, "about", "==", tuple(page)), order, digests)
            fields = {attribute(declared.view, field) for field in rule.fields}
            for still in (holders, frozenset[str]()):
                if not still:
                    # from here on the ids are in the past alone, where they are not found: the record knows where
                    await self._note(area, ids, (tuple(page), tuple(sorted(holders))), order)
                emptying = Emptying(declared, rule, (frozenset(ids), asked), still, digests)
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
                    area, [entity_id], partial(forgetting, forgotten), _by(order)
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
            await self._engine.entities.change(area, [photo.id], partial(leaving, left, order.at), _by(order))
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


def _held(declared: EntityType, ids: Sequence[str]) -> Any:
    return where(declared.view, declared.holder, "==", tuple(ids))


def _removed(loaded: Mapping[str, Entity]) -> Decision[None]:
    """What was loaded is deleted with all of its past."""
    return Decision([Change(one, None, purge_history=True) for one in loaded.values()], None)


def _by(order: Order) -> By:
    return By(actor=order.by, action="erase")
