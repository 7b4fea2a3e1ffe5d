"""The subscriptions of a node in memory, in front of their register: all of them, by what they can match, with how their sending goes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Final, Protocol, TypeAlias

import msgspec

from kaiteki.broker.contexts import Contextbook
from kaiteki.broker.packing import Packing
from kaiteki.broker.plane import Plane
from kaiteki.model.entity import Entity, is_object
from kaiteki.model.query import Query
from kaiteki.model.terms.context import Context
from kaiteki.model.watch.document import Standing
from kaiteki.model.watch.happening import Happening
from kaiteki.model.watch.index import WatchIndex
from kaiteki.model.watch.subscription import Terms
from kaiteki.ports.events import Event
from kaiteki.ports.subscriptions import KeptSubscription, SubscriptionKey

LOADED_AT_ONCE: Final = 1000


class Viewer(Protocol):
    """With whose eyes notifications are seen: the decision of a read. Viewers of one level see the same."""

    @property
    def level(self) -> str: ...

    @property
    def hall(self) -> bool:
        """Whether it is somebody of the town hall, or who runs the node."""
        ...

    @property
    def by_consent(self) -> bool:
        """Whether what is seen of some entity may rest on a consent: then it is looked at anew each time, after `meet`."""
        ...

    async def meet(self, states: Iterable[Entity]) -> None:
        """Have at hand, within a reading, what the holders of states of entities agree to now."""
        ...

    def see(self, entity: Entity) -> Entity | None:
        """What is seen of a present entity, None where it is not seen at all."""
        ...

    def take(self, entity: Entity) -> Entity | None:
        """What is seen of a present entity, with what decides over it (holder, office), so that it can be decided over again."""
        ...

    async def opened(self, area: str, happened: Happening) -> Happening:
        """What happened, as it is seen, with plain values where something is sealed; the very object where nothing is."""
        ...

    async def plain(self, area: str, happened: Happening) -> Happening:
        """The same for the conditions of a subscription: nothing is told yet, and nothing recorded."""
        ...

    def show(self, area: str, entity: Entity) -> Entity | None:
        """What is seen of an entity that was found just now, with plain values."""
        ...

    def reading(self) -> AbstractAsyncContextManager[None]:
        """A reading of this viewer: what is opened in it is recorded before it ends."""
        ...

    def narrow(self, wanted: Query) -> Query | None:
        """A query as far as it may be asked, None when nothing can be found."""
        ...

    def see_past(self, entity: Entity, present: Entity | None) -> Entity | None:
        """What is seen of a former state; `present` is the entity now, None when it is gone."""
        ...


Owners: TypeAlias = Callable[[str, str, Terms], Awaitable[Viewer | None]]
"""(area, account, terms) -> with whose eyes its notifications are seen now; None for an account that may see nothing any more."""


class Watchers:
    """The subscriptions of all areas. One per node; everything that changes them goes through here."""

    def __init__(self, plane: Plane) -> None:
        self.plane: Final = plane
        self.contexts: Final = Contextbook(plane)
        self._kept: dict[str, dict[str, KeptSubscription]] = {}
        self._indexes: dict[str, WatchIndex[SubscriptionKey]] = {}
        self._contexts: dict[SubscriptionKey, Context] = {}
        self._loading: asyncio.Task[None] | None = None
        self._revision: int | None = None
        """The revision of the register that is in memory; None where no other node changes it."""
        self.standings: dict[SubscriptionKey, Standing] = {}
        """How sending goes, newer than what is kept."""
        self.unsettled: set[SubscriptionKey] = set()
        """The subscriptions whose standing is newer than what is kept."""
        self.news = asyncio.Event()
        """Set when a subscription came, changed or went."""
        self.deciding: frozenset[str] = frozenset()
        """The attributes (holders, offices) that decide who sees an entity."""
        self.closed = False
        """Whether the node stops: whoever reads a stream is let go."""
        self.count = 0
        """Subscriptions that changes of entities may concern."""
        self.wishes: dict[SubscriptionKey, str] = {}
        """How its notifications are to look, as far as that was asked for (broker.notices.wish_of)."""
        self.headers: dict[SubscriptionKey, tuple[tuple[str, str], ...]] = {}
        """The headers of its notifications, as far as one was sent."""
        self.periodic: set[SubscriptionKey] = set()
        """Those that are told at intervals."""
        self.of_sources: set[SubscriptionKey] = set()
        """Those that are told of registrations instead of entities."""
        self.passed: dict[SubscriptionKey, set[SubscriptionKey]] = {}
        """What stands for subscriptions at sources, by the one that it is for."""
        self._by_token: dict[str, SubscriptionKey] = {}
        self.packing: Final = Packing(plane)
        self.fetch: Callable[[SubscriptionKey], None] = lambda key: None
        """Told when a parcel for a subscription is written down; whoever sends puts itself here."""
        self.owing: Callable[[SubscriptionKey], None] = lambda key: None
        """Told when deliveries of a subscription that are written down should be sent; whoever sends puts itself here."""

    async def ready(self) -> None:
        """Wait until all subscriptions of the register are in memory, those that other nodes have kept since too."""
        loading = self._loading
        if loading is None or (loading.done() and await self._is_behind()):
            # of those who see at once that something is new, one reads it
            if self._loading is loading:
                self._loading = asyncio.create_task(self._load())
            loading = self._loading
        if loading is None:
            return await self.ready()
        if not loading.done():
            await asyncio.shield(loading)
        if loading.exception() is not None:
            if self._loading is loading:
                self._loading = None
            loading.result()
        return None

    async def look_again(self) -> None:
        """Read the register anew, because another process may have changed it."""
        self._loading = None
        await self.ready()

    @property
    def is_shared(self) -> bool:
        """Whether other nodes may keep subscriptions in the register."""
        return self._revision is not None

    async def _is_behind(self) -> bool:
        return self.is_shared and await self.plane.subscriptions.revision() != self._revision

    def _quiet(self) -> asyncio.Task[None] | None:
        """The latest look at the register, None while one is under way."""
        return self._loading if self._loading is not None and self._loading.done() else None

    def _count_on(self, before: asyncio.Task[None] | None) -> None:
        """After a change of its own: where the register was not looked at meanwhile, its revision is one further."""
        if self._revision is not None and before is not None and before is self._loading:
            self._revision += 1

    async def _load(self) -> None:
        revision = await self.plane.subscriptions.revision()
        after: SubscriptionKey = ("", "")
        found: set[SubscriptionKey] = set()
        while page := await self.plane.subscriptions.list(after, LOADED_AT_ONCE):
            for kept in page:
                found.add(kept.key)
                self._meet(kept)
            after = page[-1].key
            await asyncio.sleep(0)
        for key in [kept.key for kept in self.all() if kept.key not in found]:
            self._forget(key)
        self._revision = revision
        self._tell()

    def _meet(self, kept: KeptSubscription) -> None:
        """Know a subscription of the register; one that another node has changed is tried anew."""
        known = self.get(kept.key)
        if kept.key not in self.unsettled:
            self.standings[kept.key] = kept.standing
        if known is None or (known.subscription, known.since) != (kept.subscription, kept.since):
            self._take(kept)
            if known is not None:
                self.owing(kept.key)

    def _forget(self, key: SubscriptionKey) -> None:
        self._drop(key)
        self.standings.pop(key, None)
        self.unsettled.discard(key)

    def _take(self, kept: KeptSubscription) -> None:
        self._drop(kept.key)
        self._kept.setdefault(kept.area, {})[kept.subscription.id] = kept
        self.standings.setdefault(kept.key, kept.standing)
        if kept.subscription.of_sources:
            self.of_sources.add(kept.key)
            return
        passed = kept.subscription.passed
        if passed is not None:
            self.passed.setdefault((kept.area, passed.of), set()).add(kept.key)
            self._by_token[passed.token] = kept.key
            return
        self._indexes.setdefault(kept.area, WatchIndex()).put(kept.subscription, kept.key)
        self.count += 1
        if kept.subscription.time_interval_s is not None:
            self.periodic.add(kept.key)

    def _drop(self, key: SubscriptionKey) -> None:
        kept = self._kept.get(key[0], {}).pop(key[1], None)
        self._contexts.pop(key, None)
        self.wishes.pop(key, None)
        self.headers.pop(key, None)
        self.periodic.discard(key)
        self.of_sources.discard(key)
        passed = kept.subscription.passed if kept is not None else None
        if passed is not None:
            self._by_token.pop(passed.token, None)
            others = self.passed.get((key[0], passed.of), set())
            others.discard(key)
            if not others:
                self.passed.pop((key[0], passed.of), None)
        if kept is not None and kept.subscription.watches_entities:
            self._indexes[key[0]].drop(kept.subscription)
            self.count -= 1

    def of(self, area: str) -> Mapping[str, KeptSubscription]:
        """The subscriptions of an area by id."""
        return self._kept.get(area, {})

    def get(self, key: SubscriptionKey) -> KeptSubscription | None:
        """A subscription that stands."""
        return self._kept.get(key[0], {}).get(key[1])

    def by_token(self, token: str) -> KeptSubscription | None:
        """What stands for a subscription at a source, by what the source's notifications are addressed with."""
        key = self._by_token.get(token)
        return self.get(key) if key is not None else None

    def all(self) -> Iterable[KeptSubscription]:
        """The subscriptions of all areas."""
        return (kept for area in self._kept.values() for kept in area.values())

    def types_of(self, event: Event) -> Iterable[str]:
        """The types of the entity of an event, after its change and, as far as it is remembered, before."""
        change = self.plane.events.witnessed(event.number)
        before = change.before.types if change is not None and change.before is not None else ()
        return event.types if before == event.types else dict.fromkeys((*event.types, *before))

    def names_of(self, event: Event) -> Iterable[str]:
        """The attributes that a change touches for somebody: also those that come into sight or go out of it, as far as it is remembered.

        That is so where types change, or an attribute that decides who sees the entity.
        """
        names, change = event.attributes, self.plane.events.witnessed(event.number)
        if change is None or change.before is None or change.after is None:
            return names
        before, after = change.before, change.after
        if before.types == after.types and self.deciding.isdisjoint(names):
            return names
        return dict.fromkeys((*names, *before.attributes, *after.attributes))

    def concerned(
        self, area: str, entity_id: str, types: Iterable[str], names: Iterable[str]
    ) -> Iterable[SubscriptionKey]:
        """The subscriptions that a change may concern: few of many, each still to be asked."""
        index = self._indexes.get(area)
        return index.find(entity_id, types, names) if index is not None else ()

    async def put(self, kept: KeptSubscription) -> None:
        """Keep a subscription, in place of one with its area and id."""
        standing = self.standings.get(kept.key, kept.standing)
        before = self._quiet()
        await self.plane.subscriptions.put(msgspec.structs.replace(kept, standing=standing))
        self._count_on(before)
        known = self.get(kept.key) is not None
        self._take(kept)
        self._tell()
        if known:
            self.owing(kept.key)

    async def remove(self, key: SubscriptionKey) -> bool:
        """Forget a subscription and what is owed to it; whether there was one."""
        before = self._quiet()
        was = await self.plane.subscriptions.remove(key)
        self._count_on(before)
        self._forget(key)
        self._tell()
        return was

    def _tell(self) -> None:
        self.news.set()
        self.news = asyncio.Event()

    def note(self, key: SubscriptionKey, standing: Standing) -> None:
        """Take down how the sending of a subscription goes; it is kept with the next settlement."""
        if self.get(key) is not None:
            self.standings[key] = standing
            self.unsettled.add(key)

    async def context(self, kept: KeptSubscription) -> Context:
        """The @context that its notifications use (clause 5.2.12). Raises LdContextNotAvailable."""
        known = self._contexts.get(kept.key)
        if known is None:
            one = kept.subscription
            known = await self.contexts.understand(one.jsonld_context or one.context)
            self._contexts[kept.key] = known
        return known


def context_address(kept: KeptSubscription) -> str | None:
    """The address of the @context of its notifications, None for the core one."""
    one = kept.subscription
    if one.jsonld_context:
        return one.jsonld_context
    return one.context if isinstance(one.context, str) and not is_object(one.context) else None
